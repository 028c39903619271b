"""Hours without mail about tasks: one's own, over midnight too, and never against somebody else's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases import quiet
from cases.access import acting_as
from cases.actions import case_task, reminder, shift
from cases.actions import quiet as actions
from cases.actor import Actor
from cases.models import CaseTask, Effect, ShiftKind, User
from cases.states import ClockOwner, EffectState, TaskState
from cases.tasks import do_effect
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"begins": time(22, 0), "until": time(7, 0)}


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-03-02T21:59", None),
        ("2026-03-02T22:00", "2026-03-03T07:00"),
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-03-03T07:00", None),
        ("2026-12-31T23:30", "2027-01-01T07:00"),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # a night of eight hours
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # and one of ten
    ],
)
def test_hours_go_over_midnight_and_keep_to_the_clock_on_the_wall(local: str, ends: str | None) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=BERLIN)
    expected = datetime.fromisoformat(ends).replace(tzinfo=BERLIN) if ends else at
    assert quiet.ends(at.astimezone(UTC), **NIGHT, zone=BERLIN) == expected.astimezone(UTC)


def test_hours_within_one_day_and_no_hours_at_all() -> None:
    at = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    lunch = {"begins": time(12), "until": time(13)}
    assert quiet.ends(at, **lunch, zone=ZoneInfo("UTC")) == at.replace(hour=13, minute=0)
    assert quiet.ends(at, begins=None, until=None, zone=ZoneInfo("UTC")) == at


def test_only_our_own_targets_wait() -> None:
    assert quiet.waits(kind="new_links", clock=ClockOwner.OURS)
    for clock in (ClockOwner.PLATFORM, ClockOwner.REGULATOR):
        assert not quiet.waits(kind="new_links", clock=clock)
    for kind in ("age_lock", "withdrawal", "emergency_review", "emergency_barred"):
        assert not quiet.waits(kind=kind, clock=ClockOwner.OURS)


@pytest.fixture
def sleeper(db: None) -> User:
    """Somebody for whom it is night now: NOON in UTC lies within their quiet hours."""
    user = make_staff(name="Amira K.")
    user.quiet_from, user.quiet_until = time(11), time(14)
    user.save(update_fields=["quiet_from", "quiet_until"])
    return user


def reminded(owner: User, *, clock: ClockOwner = ClockOwner.OURS, kind: str = "first_contact") -> Effect:
    """Let a task of theirs be late at NOON, and remind them."""
    case, by = make_case(owner=owner), Actor.user(owner)
    with acting_as(by):
        due = {"due_at": NOON - timedelta(minutes=1), "path": f"/cases/{case.reference}/", "dedupe_key": kind}
        case_task.create(case=case, kind=kind, clock=clock, by=by, at=NOON, **due)
        task = CaseTask.objects.get(case=case)
        reminder.remind(task_id=task.pk, by=by, at=NOON)
        return Effect.objects.get(subject_id=task.pk)


def test_mail_about_our_own_target_waits_until_the_hours_end(sleeper: User) -> None:
    assert reminded(sleeper).due_at == NOON.replace(hour=14)
    assert reminded(make_staff()).due_at == NOON, "somebody who chose no hours"


def test_a_platforms_limit_and_a_clients_safety_wake_everybody(sleeper: User) -> None:
    assert reminded(sleeper, clock=ClockOwner.PLATFORM).due_at == NOON
    assert reminded(sleeper, kind="withdrawal").due_at == NOON


def test_nobody_sleeps_on_call(sleeper: User) -> None:
    by = Actor.user(make_staff(name="Salma", roles=["supervisor"]))
    hours = {"starts_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(hours=1)}
    with acting_as(by):
        shift.plan(user=sleeper, kind=ShiftKind.ON_CALL, **hours, by=by, at=NOON - timedelta(days=1))
    assert reminded(sleeper).due_at == NOON


def test_a_task_that_was_done_meanwhile_brings_no_mail_in_the_morning(sleeper: User, as_worker: None) -> None:
    effect = reminded(sleeper)
    with acting_as(Actor.system("test")):
        CaseTask.objects.filter(pk=effect.subject_id).update(state=TaskState.DONE, ended_at=NOON)
    with time_machine.travel(NOON.replace(hour=15), tick=False):
        do_effect(str(effect.pk))
    with acting_as(Actor.system("test")):
        effect.refresh_from_db()
    assert effect.state == EffectState.CANCELLED


@pytest.mark.django_db
def test_somebody_chooses_their_hours_and_takes_them_back() -> None:
    person = make_staff()
    browser = signed_in(person)
    path = reverse("cases:quiet_hours")
    press(browser, path, **{"quiet-begins": "22:00", "quiet-until": "07:00"})
    person.refresh_from_db()
    assert (person.quiet_from, person.quiet_until) == (time(22), time(7))
    assert 'value="22:00"' in browser.get(reverse("cases:my_day")).content.decode()
    for wrong in ({"quiet-begins": "22:00"}, {"quiet-begins": "22:00", "quiet-until": "22:00"}, {"quiet-begins": "x"}):
        assert press(browser, path, **wrong).status_code == 422
    press(browser, path)
    person.refresh_from_db()
    assert (person.quiet_from, person.quiet_until) == (None, None)


@pytest.mark.django_db
def test_half_an_hour_is_no_hours() -> None:
    person = make_staff()
    with acting_as(Actor.user(person)) as by, pytest.raises(IntegrityError), transaction.atomic():
        actions.choose(begins=time(22), until=None, by=by, at=timezone.now())
