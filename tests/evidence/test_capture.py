"""Captures as work: asked for, claimed, stopped, kept as an exhibit, and never where no page may be opened."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case
from cases.states import AgeAnswer, CaseState, IllegalMove
from evidence.actions import capture as actions
from evidence.actions.capture import LeaseLost
from evidence.capture import worker
from evidence.capture.sections import captures as captures_section
from evidence.capture.traffic import Traffic
from evidence.models import Capture, CaptureState, CaptureStep, Reader
from evidence.order import BundleOrder
from tests.conftest import NOON
from tests.factories.captures import ask, fresh, kinds
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db
WORKER = worker.ACTOR


def claim(at=NOON):
    with acting_as(WORKER):
        return actions.claim(at=at)


def test_asking_waits_seals_the_address_and_is_in_the_record():
    case = make_case()
    capture = ask(case)
    assert capture.state == CaptureState.QUEUED
    assert capture.site == "site.hostile.net"
    assert capture.requested_by_id == case.owner_id
    assert b"abc" not in bytes(capture.sealed)
    assert kinds(case) == ["evidence.capture_asked"]


@pytest.mark.parametrize("age", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE, None])
def test_nothing_is_asked_for_where_somebody_may_be_under_18_or_nobody_asked(age):
    with pytest.raises(IllegalMove):
        ask(make_case(age=age))


def test_nothing_is_asked_for_in_a_closed_case(as_worker):
    case = make_case()
    with acting_as(WORKER):
        Case.objects.filter(pk=case.pk).update(state=CaseState.CLOSED, closed_at=NOON)
    with pytest.raises(IllegalMove, match="closed"):
        ask(case)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1/", "http://intranet/", "https://a:b@c.net/", "x", ""]
)
def test_an_address_that_we_may_not_visit_is_refused_at_once(url):
    with pytest.raises(IllegalMove, match="may not visit"):
        ask(make_case(), url)


def test_one_link_is_not_captured_twice_at_once():
    case, link = make_case(), uuid4()
    ask(case, link_id=link)
    with pytest.raises(IllegalMove, match="under way"):
        ask(case, link_id=link)
    ask(case, link_id=uuid4())
    ask(case, "https://site.hostile.net/other")
    with pytest.raises(IllegalMove, match="under way"):
        ask(case, "https://site.hostile.net/other")


def test_the_database_itself_holds_one_capture_per_link():
    case, link = make_case(), uuid4()
    first = ask(case, link_id=link)
    with acting_as(Actor.user(case.owner)), pytest.raises(DatabaseError), transaction.atomic():
        Capture.make(case=case, link_id=link, site=first.site, requested_at=NOON).save(force_insert=True)


def test_a_queue_of_one_case_has_an_end(monkeypatch):
    monkeypatch.setattr(actions, "MOST_WAITING", 2)
    case = make_case()
    for number in range(2):
        ask(case, f"https://site.hostile.net/{number}")
    with pytest.raises(IllegalMove, match="wait already"):
        ask(case)


def test_a_claim_takes_the_oldest_and_holds_it_for_a_lease(as_worker):
    case = make_case()
    newer, older = ask(case, "https://b.net/", at=NOON), ask(case, "https://a.net/", at=NOON - timedelta(minutes=5))
    claimed = claim()
    assert claimed is not None
    assert claimed.capture_id == older.pk
    assert claimed.address == "https://a.net/"
    assert claim() is None
    taken = fresh(older)
    assert (taken.state, taken.step, taken.tries) == (CaptureState.RUNNING, CaptureStep.OPENING, 1)
    again = claim(NOON + actions.LEASE)
    assert again is not None
    assert again.capture_id == older.pk
    assert fresh(newer).state == CaptureState.QUEUED


def test_more_run_at_once_only_where_the_installation_allows_it(as_worker, settings):
    settings.CAPTURES_AT_ONCE = 2
    case = make_case()
    for name in "abc":
        ask(case, f"https://{name}.net/")
    assert claim()
    assert claim()
    assert claim() is None


def test_one_site_is_visited_by_one_at_a_time_and_with_a_pause(as_worker, settings):
    settings.CAPTURES_AT_ONCE = 5
    settings.CAPTURE_GAP_SECONDS = 60
    case = make_case()
    for number in range(2):
        ask(case, f"https://a.net/{number}", at=NOON + timedelta(seconds=number))
    other = ask(case, "https://b.net/", at=NOON + timedelta(minutes=1))
    first = claim(NOON)
    assert claim(NOON).capture_id == other.pk
    with acting_as(WORKER):
        actions.fail(claimed=first, reason="no_answer", facts={}, by=WORKER, at=NOON)
    assert claim(NOON + timedelta(seconds=59)) is None
    assert claim(NOON + timedelta(seconds=61)) is not None


def test_a_capture_that_a_worker_left_twice_is_given_up(as_worker):
    capture = ask(make_case())
    for number in range(2):
        assert claim(NOON + number * actions.LEASE) is not None
    assert claim(NOON + 2 * actions.LEASE) is None
    assert (fresh(capture).state, fresh(capture).reason) == (CaptureState.FAILED, "our_fault")


def test_a_case_that_is_locked_ends_what_waits_and_what_runs(as_worker):
    case = make_case()
    waiting, running = ask(case, "https://b.net/"), ask(case, "https://a.net/", at=NOON - timedelta(minutes=1))
    claimed = claim()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=actor, at=NOON)
    assert {fresh(one).state for one in (waiting, running)} == {CaptureState.STOPPED}
    with acting_as(WORKER):
        assert not actions.is_held(claimed)
        with pytest.raises(LeaseLost):
            actions.go_on(claimed=claimed, step=CaptureStep.PACKING)
    assert claim(NOON + timedelta(hours=1)) is None


def test_a_lock_that_no_part_told_us_of_is_found_at_the_claim_and_before_each_step(as_worker):
    case = make_case()
    capture, running = ask(case, "https://b.net/"), ask(case, "https://a.net/", at=NOON - timedelta(minutes=1))
    claimed = claim()
    with acting_as(WORKER):
        Case.objects.filter(pk=case.pk).update(age_answer=AgeAnswer.NOT_SURE)
        assert not actions.is_held(claimed)
        with pytest.raises(LeaseLost):
            actions.go_on(claimed=claimed, step=CaptureStep.SEALING)
    assert claim(NOON + actions.LEASE) is None
    assert (fresh(capture).state, fresh(capture).reason) == (CaptureState.STOPPED, "case_locked")
    assert fresh(running).state == CaptureState.STOPPED


def test_a_person_stops_a_capture_and_a_new_try_is_a_new_one():
    case = make_case()
    capture, actor = ask(case, link_id=uuid4()), Actor.user(case.owner)
    with acting_as(actor):
        actions.stop(capture_id=capture.pk, by=actor, at=NOON)
        with pytest.raises(IllegalMove, match="has ended"):
            actions.stop(capture_id=capture.pk, by=actor, at=NOON)
        again = actions.request_again(capture_id=capture.pk, by=actor, at=NOON)
    assert again.pk != capture.pk
    assert again.link_id == capture.link_id
    assert again.address == capture.address
    assert kinds(case) == ["evidence.capture_asked", "evidence.capture_stopped", "evidence.capture_asked"]


def test_what_is_being_sealed_is_not_stopped_half_way(as_worker):
    capture = ask(make_case())
    claimed = claim()
    with acting_as(WORKER):
        actions.go_on(claimed=claimed, step=CaptureStep.SEALING)
        with pytest.raises(IllegalMove, match="sealed already"):
            actions.stop(capture_id=capture.pk, by=WORKER, at=NOON)


def test_a_site_that_is_being_visited_is_not_visited_by_another_even_without_a_pause(as_worker, settings):
    settings.CAPTURES_AT_ONCE, settings.CAPTURE_GAP_SECONDS = 5, 0
    case = make_case()
    for number in range(2):
        ask(case, f"https://a.net/{number}")
    assert claim(NOON) is not None
    assert claim(NOON + timedelta(seconds=5)) is None


def test_a_capture_that_ended_stays_as_it_ended():
    case = make_case()
    capture = ask(case)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        actions.stop(capture_id=capture.pk, by=actor, at=NOON)
    with acting_as(actor), pytest.raises(DatabaseError), transaction.atomic():
        Capture.objects.filter(pk=capture.pk).update(state=CaptureState.QUEUED)
    other = ask(case)
    with acting_as(actor), pytest.raises(DatabaseError), transaction.atomic():
        Capture.objects.filter(pk=other.pk).update(site="elsewhere.net")
    with acting_as(actor), pytest.raises(DatabaseError), transaction.atomic():
        Capture.objects.filter(pk=other.pk).delete()


def test_nobody_else_sees_or_touches_a_capture():
    case, stranger = make_case(), Actor.user(make_staff(name="Somebody Else"))
    capture = ask(case)
    with acting_as(stranger):
        assert not Capture.objects.exists()
        assert not Capture.objects.visible_to(stranger).exists()
        with pytest.raises(Capture.DoesNotExist):
            actions.stop(capture_id=capture.pk, by=stranger, at=NOON)


def test_a_case_without_captures_has_no_section():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        assert captures_section(case, BundleOrder(reader=Reader.LAWYER), NOON) is None


def test_nothing_is_kept_of_what_we_stopped_even_where_the_browser_tells_of_its_end():
    traffic = Traffic()
    asked = {"requestId": "1", "request": {"url": "https://site.example/a.png", "method": "GET", "headers": {}}}
    traffic.hear("Network.requestWillBeSent", {**asked, "timestamp": 1.0, "wallTime": 1.0, "type": "Document"})
    traffic.mark("1", "media")
    traffic.hear("Network.loadingFinished", {"requestId": "1", "timestamp": 2.0, "encodedDataLength": 9})
    assert traffic.settled("1") is None
    (leg,) = traffic.finish()
    assert (leg["outcome"], leg["why"]) == ("blocked", "media")
