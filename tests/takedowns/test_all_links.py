"""Links over all cases: only of cases that the person works on, narrowed by the address of the page, a page by key."""

from datetime import timedelta

import pytest

from cases.access import acting_as
from cases.actor import Actor
from cases.states import AgeAnswer
from takedowns import link_list
from takedowns.models import NoticeClock, ReportedUrl
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import load_platforms, make_links, make_notice
from tests.takedowns.test_place import enter

pytestmark = pytest.mark.django_db


def page(browser, query=""):
    answer = browser.get(f"/links{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_links_of_ones_own_cases_are_listed_by_site_and_no_others():
    mine, theirs = make_case(), make_case()
    make_links(mine, "http://vidnest.localhost:8100/v/8f2k1")
    make_links(theirs, "http://photopost.localhost:8100/p/two")
    seen = page(signed_in(mine.owner))
    assert "vidnest.localhost" in seen
    assert mine.reference in seen
    assert "8f2k1" not in seen
    assert theirs.reference not in seen


def test_links_of_a_case_that_is_locked_for_age_are_not_listed():
    case = make_case()
    make_links(case, "http://vidnest.localhost:8100/v/1")
    with acting_as(Actor.user(case.owner)):
        type(case).objects.filter(pk=case.pk).update(age_answer=AgeAnswer.UNDER_18)
    assert "vidnest" not in page(signed_in(case.owner)).partition("<main")[2].partition("<tbody>")[2]


def test_the_address_of_the_page_keeps_what_it_is_narrowed_to():
    case = make_case()
    make_links(case, "\n".join(f"http://vidnest.localhost:8100/v/{n}" for n in range(55)) + "\nhttps://a.org/1")
    browser = signed_in(case.owner)
    seen = page(browser, "?platform=vidnest&state=found")
    assert "55 links" in seen
    assert "a.org" not in seen.partition("<tbody>")[2]
    older = seen.partition('href="/links?state=found&amp;platform=vidnest&amp;after=')[2].partition('"')[0]
    second = page(browser, f"?state=found&platform=vidnest&after={older}")
    assert second.count("<tr") == 1 + 5
    assert 'value="vidnest" selected' in second


@pytest.mark.parametrize(
    ("clock", "sites"), [("running", {"vidnest.localhost"}), ("none", {"a.org", "b.org"}), ("late", set())]
)
def test_links_are_narrowed_by_their_clock(clock, sites):
    case = make_case()
    urls = make_links(case, "http://vidnest.localhost:8100/v/1\nhttps://a.org/1\nhttps://b.org/2")
    enter(case, [url for url in urls if url.site == "vidnest.localhost"])
    make_notice(case, [url for url in urls if url.site == "a.org"])
    with acting_as(Actor.user(case.owner)):
        assert NoticeClock.objects.count() == 1
        found = link_list.reached(Actor.user(case.owner), case.owner, only_mine=True)
        assert set(link_list.narrowed(found, {"clock": clock}).values_list("site", flat=True)) == sites


def test_the_board_has_a_column_for_each_step_and_counts_them():
    case = make_case()
    make_links(case, "\n".join(f"https://a.org/{n}" for n in range(15)))
    with acting_as(Actor.user(case.owner)):
        first = ReportedUrl.objects.first()
        ReportedUrl.objects.filter(pk=first.pk).update(state=LinkState.DOWN, down_at=NOON)
        columns = {one.key: one for one in link_list.board(ReportedUrl.objects.all())}
        assert (columns["found"].count, len(columns["found"].urls)) == (14, link_list.COLUMN_SIZE)
        assert columns["down"].count == 1
    seen = page(signed_in(case.owner), "?view=board")
    assert 'href="/links?state=found"' in seen


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=2026-11-22T12:00:00_x", "?state=zz&platform=%00&clock=<b>&owner=1"]
)
def test_an_address_that_cannot_be_read_shows_the_whole_list(query):
    case = make_case()
    make_links(case, "https://a.org/1")
    assert "a.org" in page(signed_in(case.owner), query)


def test_a_person_without_cases_is_told_so():
    load_platforms()
    assert "appear here" in page(signed_in(make_staff()))


def test_pages_by_key_miss_nothing_and_tell_nothing_twice(monkeypatch):
    monkeypatch.setattr(link_list, "PAGE_SIZE", 3)
    case = make_case()
    for hour in range(3):
        make_links(case, "\n".join(f"https://a.org/{hour}{n}" for n in range(3)), at=NOON + timedelta(hours=hour))
    with acting_as(Actor.user(case.owner)):
        found, place, seen = ReportedUrl.objects.all(), "", []
        while True:
            one = link_list.page_of(found, place=place, base="/links", asked={})
            seen += [url.pk for url in one.urls]
            if not one.older:
                break
            place = f"{one.urls[-1].found_at.isoformat()}_{one.urls[-1].pk}"
        assert len(seen) == len(set(seen)) == 9
