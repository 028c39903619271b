"""Links of a case: read from pasted text, once each, only where everyone shown is an adult."""

from datetime import timedelta

import pytest

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, CaseTask, Event, Lookup
from cases.states import AgeAnswer, IllegalMove
from takedowns import search
from takedowns.actions import reported_url
from takedowns.book import platform_book
from takedowns.events import TakedownEvent
from takedowns.models import FoundBy, ReportedUrl
from takedowns.pasted import read_pasted
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.cases import make_case, make_client
from tests.factories.takedowns import load_platforms, make_links

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def test_a_link_is_named_by_its_platform_and_its_address_is_sealed():
    case = make_case()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/8f2k1?utm_source=chat")
    assert (url.platform_id, url.site, url.state) == ("vidnest", "vidnest.localhost", LinkState.FOUND)
    assert url.address == "http://vidnest.localhost:8100/v/8f2k1?utm_source=chat"
    assert b"8f2k1" not in bytes(url.sealed)
    assert url.next_check_at == NOON


def test_the_same_item_is_kept_once_however_its_address_is_written():
    case = make_case()
    urls = make_links(
        case,
        """http://vidnest.localhost:8100/v/8f2k1
        http://m.vidnest.localhost:8100/v/8f2k1?t=9#c
        http://vidnest.localhost:8100/v/other""",
    )
    assert len(urls) == 2
    with acting_as(owner(case)):
        items = read_pasted("http://www.vidnest.localhost/v/8f2k1", platform_book()).items
        again = reported_url.add(case_id=case.pk, items=items, found_by=FoundBy.STAFF, by=owner(case), at=LATER)
        assert (again.new, again.again) == (0, (1,))
        assert ReportedUrl.objects.count() == 2
        assert Lookup.objects.count() == 2


def test_the_same_item_may_be_in_another_case():
    first, second = make_case(), make_case()
    make_links(first, "http://vidnest.localhost:8100/v/8f2k1")
    assert len(make_links(second, "http://vidnest.localhost:8100/v/8f2k1")) == 1


def test_a_link_that_was_taken_off_comes_back_to_the_list():
    case = make_case()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/8f2k1")
    with acting_as(owner(case)):
        reported_url.drop(url_id=url.pk, reason="not the same person", by=owner(case), at=LATER)
        url.refresh_from_db()
        assert (url.state, url.next_check_at, url.remark) == (LinkState.DROPPED, None, "not the same person")
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/8f2k1", at=LATER)
    assert (url.state, url.next_check_at) == (LinkState.FOUND, LATER)


@pytest.mark.parametrize("age", [None, AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_no_link_is_taken_before_everyone_shown_is_said_to_be_an_adult(age):
    case = make_case(age=age)
    load_platforms()
    with acting_as(owner(case)):
        items = read_pasted("http://vidnest.localhost/v/1", platform_book()).items
        with pytest.raises(IllegalMove):
            reported_url.add(case_id=case.pk, items=items, found_by=FoundBy.STAFF, by=owner(case), at=NOON)
        assert not ReportedUrl.objects.exists()


def test_bad_lines_are_quoted_and_the_good_ones_are_kept():
    load_platforms()
    pasted = read_pasted(
        "http://vidnest.localhost/v/1\n\nhttps://amira:secret@vidnest.localhost/v/2\n"
        "hello there\n<b>bold</b>\nx\0y.example/z",
        platform_book(),
    )
    assert [item.number for item in pasted.items] == [1]
    assert [problem.number for problem in pasted.problems] == [3, 4, 5, 6]
    assert "line 4" in pasted.problems[1].words
    assert "hello there" in pasted.problems[1].words
    assert "\0" not in pasted.unread


def test_ten_thousand_links_are_added_in_one_press_with_one_event():
    case = make_case()
    text = "\n".join(f"http://vidnest.localhost:8100/v/item-{number}" for number in range(10_000))
    load_platforms()
    urls = make_links(case, text)
    assert len(urls) == 10_000
    with acting_as(owner(case)):
        assert Event.objects.filter(kind=TakedownEvent.LINKS_ADDED).count() == 1


def test_no_address_stands_in_the_record():
    case = make_case()
    make_links(case, "http://vidnest.localhost:8100/v/8f2k1")
    with acting_as(owner(case)):
        event = Event.objects.get(kind=TakedownEvent.LINKS_ADDED)
        assert event.body["count"] == 1
        assert "8f2k1" not in str(event.body)


def test_an_age_lock_at_intake_discards_the_addresses_unread():
    case = make_case()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/8f2k1")
    with acting_as(owner(case)):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=owner(case), at=LATER)
        kept = ReportedUrl.objects.get(pk=url.pk)
        assert (kept.address, kept.canonical, kept.site, kept.next_check_at) == ("", "", "", None)
        assert not Lookup.objects.exists()


def test_an_age_lock_found_later_freezes_and_destroys_nothing():
    case = make_case()
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/8f2k1")
    with acting_as(owner(case)):
        case_actions.report_received(case_id=case.pk, by=owner(case), at=NOON)
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=owner(case), at=LATER)
        kept = ReportedUrl.objects.get(pk=url.pk)
        assert kept.address == url.address
        assert kept.next_check_at is None


def test_a_client_adds_links_and_the_caseworker_is_told():
    client = make_client()
    case = make_case(client=client)
    load_platforms()
    with acting_as(owner(case)):
        case_actions.report_received(case_id=case.pk, by=owner(case), at=NOON)
    actor = Actor.client(client)
    with acting_as(actor):
        items = read_pasted("http://vidnest.localhost/v/1", platform_book()).items
        added = reported_url.add(case_id=case.pk, items=items, found_by=FoundBy.CLIENT, by=actor, at=LATER)
        assert added.new == 1
    with acting_as(owner(case)):
        task = CaseTask.objects.get(kind="new_links")
        assert task.due_at == LATER + reported_url.READ_WITHIN


def test_an_exact_link_is_found_by_search_and_only_in_ones_own_cases():
    mine, theirs = make_case(), make_case()
    make_links(mine, "http://vidnest.localhost:8100/v/8f2k1")
    make_links(theirs, "http://vidnest.localhost:8100/v/8f2k1")
    with acting_as(owner(mine)):
        hits = search.links("http://m.vidnest.localhost/v/8f2k1?t=3", owner(mine))
        assert [hit.label for hit in hits] == [f"{mine.reference} {mine.alias}"]
        assert search.links("no link at all", owner(mine)) == []
