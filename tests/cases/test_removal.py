"""Removal by rule: announced, never of a live or held case, files first and rows after, and safe to be killed."""

import random
from datetime import timedelta

import pytest
from django.core.files.storage import storages

from cases import health, purge
from cases.access import acting_as
from cases.actions import closing, hold, note
from cases.actions.removal import closed_case
from cases.actor import Actor
from cases.models import Case, CaseTask, Contact, Event, Note, NoteNature, Removal, RemovalState
from cases.record_check import check_record
from cases.retention import Afterwards
from cases.states import CaseState, IllegalMove
from evidence.models import Exhibit, ExhibitState
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.endings import close, supervisor
from tests.factories.evidence import make_exhibit, picture

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = Actor.system("test")


class Killed(BaseException):
    """The worker was killed here."""


def kill() -> None:
    raise Killed


def run(at, **more) -> int:
    with logged_in_as("worker"):
        purge.announce(at=at)
        return purge.purge(at=at, **more)


def state_of(case, kind="media"):
    with acting_as(Actor.user(case.owner)):
        return Removal.objects.filter(case=case, kind=kind).values_list("state", flat=True).first()


@pytest.fixture
def case() -> Case:
    case = make_case()
    make_exhibit(case, picture(), name="holiday.png")
    return case


def stored(case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        return list(Exhibit.objects.filter(case=case).exclude(object_name="").values_list("object_name", flat=True))


def test_files_go_after_their_days_and_their_warning_and_leave_a_tombstone(case):
    (name,) = stored(case)
    closed_at = close(case).closed_at
    assert run(closed_at + timedelta(days=59)) == 0
    assert state_of(case) is None
    run(closed_at + timedelta(days=61))
    assert state_of(case) == RemovalState.ANNOUNCED
    with acting_as(Actor.user(case.owner)):
        task = CaseTask.objects.open().get(case=case, kind="removal")
        assert task.assigned_to == case.owner
        assert "media" in task.facts["kinds"]
    assert run(closed_at + timedelta(days=90)) == 0
    assert storages["vault"].exists(name)
    assert run(closed_at + timedelta(days=92)) >= 1
    assert not storages["vault"].exists(name)
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get(case=case)
        assert (exhibit.state, exhibit.object_name) == (ExhibitState.REMOVED, "")
        assert "90 days after closing" in exhibit.removed_by
        assert exhibit.file_name == ""
        assert Event.objects.filter(case=case, kind="cases.removal_done").exists()
        assert not CaseTask.objects.open().filter(case=case, kind="removal").exists()
    with logged_in_as("worker"):
        assert check_record().fault is None


def test_a_live_case_keeps_everything_however_long_it_lasts(case):
    for days in (100, 1000, 10_000):
        run(NOON + timedelta(days=days))
    assert stored(case)
    assert state_of(case) is None


def test_a_case_opened_again_in_between_keeps_its_files(case):
    closed_at = close(case).closed_at
    run(closed_at + timedelta(days=65))
    actor = Actor.user(case.owner)
    with acting_as(actor):
        closing.reopen(case_id=case.pk, why="It came back", by=actor, at=closed_at + timedelta(days=70))
    run(closed_at + timedelta(days=200))
    assert stored(case)
    assert state_of(case) == RemovalState.DROPPED


def test_a_hold_in_between_keeps_its_files(case):
    closed_at = close(case).closed_at
    run(closed_at + timedelta(days=65))
    actor = Actor.user(case.owner)
    with acting_as(actor):
        hold.set_hold(case_id=case.pk, reason="Court", until=None, by=actor, at=closed_at + timedelta(days=70))
    run(closed_at + timedelta(days=200))
    assert stored(case)
    assert state_of(case) == RemovalState.DROPPED


def test_the_database_asks_again_even_when_the_rules_in_python_say_yes(case, monkeypatch):
    closed_at = close(case).closed_at
    run(closed_at + timedelta(days=65))
    actor = Actor.user(case.owner)
    with acting_as(actor):
        hold.set_hold(case_id=case.pk, reason="Court", until=None, by=actor, at=closed_at + timedelta(days=70))
    monkeypatch.setattr("cases.actions.removal.may_go", lambda *args, **more: True)
    run(closed_at + timedelta(days=200))
    assert stored(case)


def test_a_removal_whose_worker_was_killed_is_seen_and_finished(case):
    make_exhibit(case, picture(colour=(9, 9, 9)), name="second.png")
    names = stored(case)
    closed_at = close(case).closed_at
    run(closed_at + timedelta(days=65))
    at = closed_at + timedelta(days=100)
    with pytest.raises(Killed):
        run(at, stop_after=kill)
    assert state_of(case) == RemovalState.GOING
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="few minutes"):
        closing.reopen(case_id=case.pk, why="x", by=actor, at=at)
    with acting_as(actor), pytest.raises(IllegalMove, match="few minutes"):
        hold.set_hold(case_id=case.pk, reason="x", until=None, by=actor, at=at)
    later = at + timedelta(hours=1)
    with acting_as(Actor.user(supervisor())):
        assert any(sign.tone == "late" and "half done" in sign.value for sign in health.endings(now=later))
    assert run(later) >= 1
    assert state_of(case) == RemovalState.DONE
    assert not any(storages["vault"].exists(name) for name in names)


def test_words_go_by_their_own_rule_and_the_record_still_verifies(case):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        note.write(case_id=case.pk, nature=NoteNature.FACT, text="She called", author=case.owner, by=actor, at=NOON)
    closed_at = close(case).closed_at
    run(closed_at + timedelta(days=100))
    with acting_as(actor):
        assert Note.objects.get(case=case).text == "She called"
    run(closed_at + timedelta(days=340))
    run(closed_at + timedelta(days=400))
    with acting_as(actor):
        assert Note.objects.get(case=case).text == ""
    page = signed_in(case.owner).get(f"/cases/{case.reference}/keeping").content
    assert b"Notes and messages" in page
    with logged_in_as("worker"):
        assert check_record().fault is None


def test_files_that_the_client_wants_kept_outlast_the_short_rule(case):
    close(case, wish=Afterwards.KEEP)
    run(NOON + timedelta(days=200))
    run(NOON + timedelta(days=400))
    assert stored(case)


def test_over_random_lives_nothing_of_an_open_or_held_case_goes():
    chance = random.Random(11)
    cases = []
    for _number in range(6):
        case = make_case()
        make_exhibit(case, picture(colour=(chance.randrange(255), 1, 2)), name="x.png")
        cases.append(case)
    at = NOON
    gone = 0
    for _step in range(14):
        at += timedelta(days=chance.randrange(20, 80))
        for case in cases:
            actor = Actor.user(case.owner)
            with acting_as(actor):
                state = Case.objects.get(pk=case.pk).state
            move = chance.random()
            if move < 0.35 and state != CaseState.CLOSED:
                close(case, at=at)
            elif move < 0.45 and state == CaseState.CLOSED:
                with acting_as(actor):
                    closing.reopen(case_id=case.pk, why="again", by=actor, at=at)
            elif move < 0.5:
                with acting_as(actor):
                    hold.set_hold(case_id=case.pk, reason="Court", until=None, by=actor, at=at)
        before = {case.pk: stored(case) for case in cases}
        kept = {}
        for case in cases:
            with acting_as(Actor.user(case.owner)):
                is_live = Case.objects.get(pk=case.pk).state != CaseState.CLOSED
                kept[case.pk] = is_live or hold.is_held(case.pk, on=at.date())
        run(at)
        for case in cases:
            after = stored(case)
            gone += len(before[case.pk]) - len(after)
            if kept[case.pk]:
                assert after == before[case.pk]
    assert gone


def test_contacts_that_became_no_case_go_after_their_days():
    taker = make_staff()
    actor = Actor.user(taker)
    with acting_as(actor):
        for days in (10, 200):
            row = Contact(taken_by=taker, started_at=NOON, saved_at=NOON - timedelta(days=days))
            row.answers = {"name": "Somebody"}
            row.save(force_insert=True)
    with logged_in_as("worker"):
        assert purge.contacts(at=NOON) == 1
    with acting_as(actor):
        assert Contact.objects.count() == 1


def test_the_rules_are_told_that_an_open_case_is_live_and_that_a_closed_one_is_not(case):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        assert closed_case(case, on=NOON.date()).is_live
    shut = close(case)
    with acting_as(actor):
        assert not closed_case(shut, on=NOON.date()).is_live
        hold.set_hold(case_id=case.pk, reason="Court", until=NOON.date() + timedelta(days=9), by=actor, at=NOON)
        assert closed_case(shut, on=NOON.date()).held_until == NOON.date() + timedelta(days=9)
        hold.set_hold(case_id=case.pk, reason="Court", until=None, by=actor, at=NOON)
        facts = closed_case(shut, on=NOON.date())
        assert (facts.held, facts.held_until) == (True, None)
