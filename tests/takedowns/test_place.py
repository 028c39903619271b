"""Places without an address, what is known of a link, and reports that were made before the case came to us."""

from datetime import timedelta
from typing import Any

import pytest

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, Lookup, LookupKind
from cases.states import AgeAnswer, IllegalMove
from evidence.models import Reader
from evidence.order import BundleOrder
from takedowns.actions import earlier_report, place, reported_url
from takedowns.actions.place import Known
from takedowns.bundle_sections import COLUMNS, links
from takedowns.listing import where_of
from takedowns.models import Filer, FoundBy, Means, Notice, NoticeClock, PlaceKind, ReportedUrl, Route
from takedowns.states import LinkState, NoticeState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case
from tests.factories.takedowns import load_platforms, make_links

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
NOTHING = Known()


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def add(case: Case, name: str = "The class group", **more: Any) -> ReportedUrl:
    load_platforms()
    given: dict[str, Any] = {
        "kind": PlaceKind.GROUP,
        "platform_key": "whatsapp",
        "known": NOTHING,
        "disappears": False,
        "found_by": FoundBy.STAFF,
        **more,
    }
    with acting_as(owner(case)):
        return place.add(case_id=case.pk, name=name, by=owner(case), at=NOON, **given)


def test_a_place_is_named_by_its_sort_and_site_and_no_program_looks_at_it():
    case = make_case()
    url = add(case)
    with acting_as(owner(case)):
        assert where_of(url) == "Group, whatsapp.com"
        assert (url.told, url.next_check_at) == ("Group: The class group", None)
        assert b"class" not in bytes(url.sealed)
        asked = reported_url.ask_for_look(case_id=case.pk, url_ids=[url.pk], by=owner(case), at=LATER)
        assert asked == 0
        assert not ReportedUrl.objects.due_for_check(at=LATER).exists()


def test_the_same_place_is_kept_once_and_comes_back_after_it_was_taken_off():
    case = make_case()
    url = add(case)
    with pytest.raises(IllegalMove):
        add(case, " the  CLASS group ")
    with acting_as(owner(case)):
        reported_url.drop(url_id=url.pk, reason="wrong", by=owner(case), at=LATER)
    assert add(case).pk != url.pk


def test_what_disappears_asks_to_be_kept_within_the_hour():
    case = make_case()
    url = add(case, kind=PlaceKind.STORY, disappears=True)
    with acting_as(owner(case)):
        task = CaseTask.objects.get(kind="vanishing_place")
        assert (task.due_at, task.subject_id) == (NOON + place.CAPTURE_WITHIN, url.pk)


@pytest.mark.parametrize("age", [None, AgeAnswer.UNDER_18])
def test_no_place_is_taken_before_everyone_shown_is_an_adult(age):
    with pytest.raises(IllegalMove):
        add(make_case(age=age))


def test_a_link_cannot_have_been_found_from_what_it_led_to():
    case = make_case()
    first, second, third = make_links(case, "https://a.org/1\nhttps://b.org/2\nhttps://c.org/3")
    with acting_as(owner(case)):
        for url, above in ((second, first), (third, second)):
            known = Known(account="@x", views=5, found_from=above.pk)
            place.describe(url_id=url.pk, kind=PlaceKind.LINK, known=known, by=owner(case), at=LATER)
        with pytest.raises(IllegalMove):
            known = Known(found_from=third.pk)
            place.describe(url_id=first.pk, kind=PlaceKind.LINK, known=known, by=owner(case), at=LATER)
        assert ReportedUrl.objects.get(pk=third.pk).found_from_id == second.pk


def test_a_link_of_another_case_is_nothing_it_was_found_from():
    case, other = make_case(), make_case()
    (mine,), (theirs,) = make_links(case, "https://a.org/1"), make_links(other, "https://b.org/2")
    with acting_as(owner(case)), pytest.raises(IllegalMove):
        known = Known(found_from=theirs.pk)
        place.describe(url_id=mine.pk, kind=PlaceKind.LINK, known=known, by=owner(case), at=LATER)


def enter(case: Case, urls: list[ReportedUrl], **more: Any) -> Notice:
    given: dict[str, Any] = {
        "filer": Filer.CLIENT,
        "route": Route.TAKE_IT_DOWN,
        "means": Means.FORM,
        "sent_at": NOON - timedelta(hours=40),
        "ticket": "4711",
        "was_complete": True,
        "text": "",
        **more,
    }
    with acting_as(owner(case)):
        return earlier_report.enter(case_id=case.pk, url_ids=[url.pk for url in urls], by=owner(case), at=NOON, **given)


def test_an_earlier_report_keeps_its_date_its_ticket_and_its_running_clock():
    case = make_case()
    urls = make_links(case, "http://vidnest.localhost:8100/v/1\nhttp://vidnest.localhost:8100/v/2")
    notice = enter(case, urls)
    with acting_as(owner(case)):
        clock = NoticeClock.objects.get(notice=notice)
        assert (clock.is_statutory, clock.due_at) == (True, NOON + timedelta(hours=8))
        assert (notice.state, notice.filer, notice.is_earlier) == (NoticeState.SENT, Filer.CLIENT, True)
        assert Lookup.objects.filter(kind=LookupKind.TICKET, subject_id=notice.pk).exists()
        assert {url.state for url in ReportedUrl.objects.all()} == {LinkState.ASKED}


def test_a_report_that_nobody_has_read_starts_no_legal_clock():
    case = make_case()
    notice = enter(case, make_links(case, "http://vidnest.localhost:8100/v/1"), was_complete=False)
    with acting_as(owner(case)):
        assert not NoticeClock.objects.get(notice=notice).is_statutory


@pytest.mark.parametrize("sent_at", [NOON + timedelta(minutes=1)])
def test_a_report_of_tomorrow_is_refused(sent_at):
    case = make_case()
    with pytest.raises(IllegalMove):
        enter(case, make_links(case, "http://vidnest.localhost:8100/v/1"), sent_at=sent_at)


def test_one_report_goes_to_one_site():
    case = make_case()
    with pytest.raises(IllegalMove):
        enter(case, make_links(case, "https://a.org/1\nhttps://b.org/2"))


def test_the_packet_and_its_table_tell_places_and_what_is_known():
    case = make_case()
    (first,) = make_links(case, "https://a.org/1")
    add(case, known=Known(account="=cmd", views=12, found_from=first.pk))
    with acting_as(owner(case)):
        section = links(case, BundleOrder(reader=Reader.LAWYER), LATER)
        assert section is not None
        told = section.context["links"]
        assert told[1].address == "Group: The class group"
        assert ("Found from", "Link 1") in told[1].known or ("Found from", "Link 2") in told[1].known
        table = b"".join(section.records[0].read()).decode()
        assert COLUMNS[-6:] == ("kind", "account", "views", "seen_on", "found_where", "found_from")
        assert ",group,'=cmd,12,," in table


def test_the_pages_add_a_place_describe_it_and_enter_a_report():
    case = make_case()
    load_platforms()
    browser = signed_in(case.owner)
    base = f"/cases/{case.reference}"
    assert press(browser, f"{base}/links/place", kind="group", name=" ").status_code == 422
    answer = press(browser, f"{base}/links/place", kind="group", platform="whatsapp", name="<b>x</b>", views="12")
    page = browser.get(answer.url).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "no program can look at it" in page
    assert "Check now" not in page
    told = press(browser, f"{answer.url}/describe", kind="channel", account="@poster")
    assert "@poster" in browser.get(told.url).content.decode()
    sent = {"links": answer.url.rpartition("/")[2], "filer": "client", "route": "policy", "means": "form"}
    assert press(browser, f"{base}/notices/earlier", sent_at="2999-01-01T10:00", **sent).status_code == 422
    done = press(browser, f"{base}/notices/earlier", sent_at="2026-01-01T10:00", ticket="A1", **sent)
    assert done.status_code == 302
    assert "A1" in browser.get(done.url).content.decode()
    assert "Earlier report entered" in browser.get(f"{base}/timeline").content.decode()
