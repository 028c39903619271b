"""The pages of links: pasting with bad input, the list, one link, what can be done, who may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from cases.states import AgeAnswer
from takedowns.models import ReportedUrl
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import load_platforms, make_consent, make_links

pytestmark = pytest.mark.django_db


def at_work(**more: Any) -> tuple[Case, Client]:
    load_platforms()
    case = make_case(**more)
    return case, signed_in(case.owner)


def states(case: Case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        return list(ReportedUrl.objects.filter(case=case).values_list("state", flat=True))


def test_pasted_links_appear_by_site_and_never_by_address():
    case, browser = at_work()
    answer = press(browser, f"/cases/{case.reference}/links/add", links="http://vidnest.localhost:8100/v/8f2k1")
    assert answer.status_code == 302
    page = browser.get(f"/cases/{case.reference}/links").content.decode()
    assert "vidnest.localhost" in page
    assert "8f2k1" not in page


def test_an_empty_box_says_what_to_do():
    case, browser = at_work()
    answer = press(browser, f"/cases/{case.reference}/links/add", links="  \n ")
    assert answer.status_code == 422
    assert "Paste at least one link" in answer.content.decode()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("https://amira:secret@site.com/x", "user name or password"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("https://site.com/a\x00b", "characters that no link can have"),
        ("javascript:alert(1)", "http:// or https://"),
        ("https://site.com/" + "a" * 5000, "longer than any real one"),
    ],
)
def test_a_line_that_is_no_link_is_quoted_and_the_good_ones_are_kept(line, said):
    case, browser = at_work()
    answer = press(browser, f"/cases/{case.reference}/links/add", links=f"http://vidnest.localhost:8100/v/good\n{line}")
    assert answer.status_code == 302
    page = browser.get(answer.url).content.decode()
    assert said in page
    assert "line 2" in page
    assert "1 link was added" in page
    assert "/v/good" not in page
    assert states(case) == [LinkState.FOUND]


def test_a_double_press_adds_once():
    case, browser = at_work()
    fields = {"links": "http://vidnest.localhost:8100/v/one", "form_token": "a-token-of-this-one-form"}
    browser.post(f"/cases/{case.reference}/links/add", fields)
    browser.post(f"/cases/{case.reference}/links/add", fields)
    assert len(states(case)) == 1


def test_what_was_here_already_is_said_by_its_line():
    case, browser = at_work()
    make_links(case, "http://vidnest.localhost:8100/v/one")
    answer = press(
        browser,
        f"/cases/{case.reference}/links/add",
        links="http://vidnest.localhost:8100/v/two\nhttp://m.vidnest.localhost:8100/v/one",
    )
    page = browser.get(answer.url).content.decode()
    assert "1 link was added. 1 was here already (line 2)." in page


def test_a_stranger_to_the_case_finds_nothing():
    case, _browser = at_work()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/one")
    stranger = signed_in(make_staff())
    for path in ("links", "links/add", f"links/{url.pk}", "notices", "notices/new"):
        assert stranger.get(f"/cases/{case.reference}/{path}").status_code == 404
    assert press(stranger, f"/cases/{case.reference}/links/{url.pk}/check").status_code == 404
    assert press(stranger, f"/cases/{case.reference}/links/{url.pk}/drop", reason="x").status_code == 404
    assert states(case) == [LinkState.FOUND]


@pytest.mark.parametrize("age", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_a_locked_case_has_no_page_of_links(age):
    case, browser = at_work(age=age)
    for path in ("links", "links/add", "notices", "notices/new"):
        assert browser.get(f"/cases/{case.reference}/{path}").status_code == 404


def test_before_the_age_answer_the_box_is_closed():
    case, browser = at_work(age=None)
    answer = press(browser, f"/cases/{case.reference}/links/add", links="http://vidnest.localhost:8100/v/one")
    assert answer.status_code == 302
    assert states(case) == []


def test_check_now_makes_the_chosen_links_due():
    case, browser = at_work()
    urls = make_links(case, "http://vidnest.localhost:8100/v/one\nhttp://photopost.localhost:8100/p/two")
    with acting_as(Actor.user(case.owner)):
        ReportedUrl.objects.update(next_check_at=NOON + timedelta(days=900))
    press(browser, f"/cases/{case.reference}/links/check", links=[str(urls[0].pk), "no-number"])
    with acting_as(Actor.user(case.owner)):
        due = ReportedUrl.objects.filter(next_check_at__lt=NOON + timedelta(days=899))
        assert [url.pk for url in due] == [urls[0].pk]


def test_one_link_shows_its_address_only_folded_away():
    case, browser = at_work()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/8f2k1")
    page = browser.get(f"/cases/{case.reference}/links/{url.pk}").content.decode()
    folded = page[page.index("Show the address") :]
    assert "8f2k1" in folded
    assert "8f2k1" not in page[: page.index("Show the address")]
    assert "<img" not in page


def test_a_link_is_taken_off_with_a_reason_and_not_without():
    case, browser = at_work()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/one")
    assert press(browser, f"/cases/{case.reference}/links/{url.pk}/drop", reason=" ").status_code == 422
    assert states(case) == [LinkState.FOUND]
    press(browser, f"/cases/{case.reference}/links/{url.pk}/drop", reason="<b>another person</b>")
    assert states(case) == [LinkState.DROPPED]
    page = browser.get(f"/cases/{case.reference}/timeline").content.decode()
    assert "&lt;b&gt;another person&lt;/b&gt;" in page


@pytest.mark.parametrize("how_many", [2, 40])
def test_the_list_costs_the_same_however_long(how_many, django_assert_max_num_queries):
    case, browser = at_work()
    make_links(case, "\n".join(f"http://vidnest.localhost:8100/v/item-{number}" for number in range(how_many)))
    with django_assert_max_num_queries(36):
        assert browser.get(f"/cases/{case.reference}/links").status_code == 200


def test_a_long_list_is_paged():
    case, browser = at_work()
    make_links(case, "\n".join(f"http://vidnest.localhost:8100/v/item-{number}" for number in range(60)))
    page = browser.get(f"/cases/{case.reference}/links").content.decode()
    assert page.count('name="links"') == 50
    older = page.split("?show=&amp;after=")[1].split('"')[0]
    second = browser.get(f"/cases/{case.reference}/links?show=&after={older}").content.decode()
    assert second.count('name="links"') == 10


def test_the_overview_shows_links_notices_and_how_many_are_down():
    case, browser = at_work()
    make_consent(case)
    make_links(case, "http://vidnest.localhost:8100/v/one")
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    assert "0 of 1 down" in page
    assert "Links down" in page
