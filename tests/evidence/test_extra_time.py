"""More minutes of looking for one day: by a supervisor, with a reason, for their people and never for themselves."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, Event, User
from cases.permissions import Role
from cases.states import IllegalMove, TaskState
from evidence.actions import extra_time
from evidence.events import EvidenceEvent
from evidence.looking import exposure, sweep
from evidence.models import Exhibit, ExtraTime, Viewing
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit, picture
from tests.factories.people import make_team

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


@pytest.fixture
def team() -> tuple[User, User]:
    """A supervisor and one of their people."""
    lead, person = make_staff(name="Lea L.", roles=[Role.SUPERVISOR]), make_staff(name="Amira K.")
    make_team("First", members=[person], supervisors=[lead])
    return lead, person


def give(
    person: User, *, by: User, minutes: int = 10, at: datetime = NOON, why: str = "The court wants it"
) -> ExtraTime:
    actor = Actor.user(by)
    with acting_as(actor):
        return extra_time.give(person_id=person.pk, minutes=minutes, why=why, by=actor, at=at)


def used_up(person: User, *, at: datetime = NOON, minutes: int = 20) -> Exhibit:
    """Let somebody have seen so many minutes on that day, an hour ago; return what they would like to look at."""
    exhibit: Exhibit = make_exhibit(make_case(owner=person), picture()).exhibit
    before = at - timedelta(hours=1)
    with acting_as(Actor.user(person)):
        Viewing.make(
            case_id=exhibit.case_id, exhibit=exhibit, person=person, session_id=uuid4(), token_hash=uuid4().bytes,
            mode="media", reason="same", granted_at=before, expires_at=at, ended_at=at, ending="covered",
            shown_ms=minutes * 60_000, seconds=minutes * 60, served_at=before,
        ).save(force_insert=True)  # fmt: skip
    return exhibit


def left(person: User, *, at: datetime = NOON) -> exposure.Allowance:
    with acting_as(Actor.user(person)):
        return exposure.allowance(person.pk, at=at, zone=UTC)


def test_given_minutes_count_on_top_of_day_and_week_until_midnight(team: tuple[User, User]) -> None:
    lead, person = team
    used_up(person)
    assert left(person).is_used_up
    row = give(person, by=lead)
    assert row.ends_at == datetime(NOON.year, NOON.month, NOON.day, tzinfo=UTC) + timedelta(days=1)
    assert (left(person).day_minutes, left(person).week_minutes, left(person).is_used_up) == (30, 110, False)
    assert left(person, at=row.ends_at).day_minutes == 20, "the next day is as any other"
    assert left(lead).day_minutes == 20


def test_midnight_is_where_the_person_is() -> None:
    # 25 October 2026 has 25 hours in Berlin.
    night = exposure.day_ends(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert night.astimezone(UTC) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_it_is_recorded_with_its_reason_and_the_person_reads_it(team: tuple[User, User]) -> None:
    lead, person = team
    with time_machine.travel(NOON, tick=False):
        press(
            signed_in(lead), reverse("evidence:extra_time"), person=str(person.pk), minutes="5", why="Hearing tomorrow"
        )
        page = signed_in(person).get(reverse("cases:my_day")).content.decode()
    assert "Hearing tomorrow" in page
    assert "Lea L." in page
    with acting_as(Actor.user(lead)):
        (event,) = Event.objects.filter(kind=EvidenceEvent.LOOK_EXTENDED)
        said = event.body
    assert event.case_id is None
    assert (event.actor_id, said["why"], said["minutes"]) == (str(lead.pk), "Hearing tomorrow", 5)


def test_nobody_gives_minutes_to_themselves(team: tuple[User, User]) -> None:
    lead, _person = team
    with pytest.raises(IllegalMove, match="themselves"):
        give(lead, by=lead)
    row = {"person": lead, "given_by": lead, "minutes": 5, "given_at": NOON, "ends_at": NOON + timedelta(hours=1)}
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic(), acting_as(Actor.user(lead)):
        ExtraTime.make(**row, why="x").save(force_insert=True)
    page = signed_in(lead).get(reverse("evidence:extra_time")).content.decode()
    assert f'value="{lead.pk}"' not in page


def test_only_ones_own_people_and_never_without_a_reason(team: tuple[User, User]) -> None:
    lead, person = team
    other_lead = make_staff(name="Olga O.", roles=[Role.SUPERVISOR])
    make_team("Second", members=[make_staff()], supervisors=[other_lead])
    for by, why, said in ((other_lead, "x", "whom you answer for"), (person, "x", "supervisor"), (lead, " ", "why")):
        with pytest.raises(IllegalMove, match=said):
            give(person if by != person else lead, by=by, why=why)
    row = {"person": person, "given_by": other_lead, "minutes": 5, "given_at": NOON, "ends_at": NOON + timedelta(1)}
    with pytest.raises(ProgrammingError), transaction.atomic(), acting_as(Actor.user(other_lead)):
        ExtraTime.make(**row, why="x").save(force_insert=True)


def test_a_day_has_at_most_as_much_again(team: tuple[User, User]) -> None:
    lead, person = team
    give(person, by=lead, minutes=10)
    with pytest.raises(IllegalMove, match="20 is the most"):
        give(person, by=lead, minutes=20)
    give(person, by=lead, minutes=10)
    with pytest.raises(IllegalMove, match="Choose how many"):
        give(person, by=lead, minutes=600)


def test_a_colleague_reads_nothing_of_it(team: tuple[User, User]) -> None:
    lead, person = team
    give(person, by=lead)
    colleague = make_staff(name="Jonas B.")
    for user, rows in ((colleague, 0), (person, 1), (lead, 1)):
        with acting_as(Actor.user(user)):
            assert ExtraTime.objects.count() == rows
    assert signed_in(person).get(reverse("evidence:extra_time")).status_code == 404


@time_machine.travel(NOON, tick=False)
def test_whoever_is_at_the_limit_asks_and_the_yes_ends_the_task(team: tuple[User, User]) -> None:
    lead, person = team
    exhibit = used_up(person)
    with acting_as(Actor.user(person)):
        case = Case.objects.get(pk=exhibit.case_id)
    browser = signed_in(person)
    look = reverse("evidence:look", args=[case.reference, exhibit.pk])
    assert "Ask for more minutes" in browser.get(look).content.decode()
    press(browser, reverse("evidence:ask_more", args=[case.reference, exhibit.pk]))
    with acting_as(Actor.user(lead)):
        task = CaseTask.objects.get(kind="look_more_asked")
        assert (task.assigned_to_id, task.state) == (lead.pk, TaskState.OPEN)
    assert f'value="{person.pk}" selected' in signed_in(lead).get(task.path).content.decode()
    assert "Amira K. asks for more minutes" in signed_in(lead).get(reverse("cases:today")).content.decode()
    give(person, by=lead, minutes=5)
    with acting_as(Actor.user(lead)):
        task.refresh_from_db()
        assert task.state == TaskState.DONE
    assert "Begin the look" in browser.get(look).content.decode()


@time_machine.travel(NOON, tick=False)
def test_nobody_asks_who_has_minutes_left_or_has_no_supervisor(team: tuple[User, User]) -> None:
    _lead, person = team
    exhibit = used_up(person, minutes=1)

    def ask(who: User, what: Exhibit) -> Any:
        with acting_as(Actor.user(who)) as by:
            return extra_time.ask(exhibit_id=what.pk, by=by, at=NOON)

    with pytest.raises(IllegalMove, match="minutes left"):
        ask(person, exhibit)
    alone = make_staff(name="Solo S.")
    make_team("Alone", members=[alone])
    make_team("Elsewhere", supervisors=[make_staff(name="Far F.", roles=[Role.SUPERVISOR])])
    exhibit = used_up(alone)
    with pytest.raises(IllegalMove, match="No supervisor of yours"):
        ask(alone, exhibit)


def test_what_was_given_is_forgotten_after_a_month(team: tuple[User, User], as_worker: None) -> None:
    lead, person = team
    row = give(person, by=lead)
    sweep.sweep(at=row.ends_at + timedelta(days=29))
    with acting_as(Actor.user(person)):
        assert ExtraTime.objects.count() == 1
    sweep.sweep(at=row.ends_at + timedelta(days=31))
    with acting_as(Actor.user(person)):
        assert not ExtraTime.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_today_tells_how_much_of_the_limit_is_used(team: tuple[User, User]) -> None:
    _lead, person = team
    used_up(person, minutes=4)
    page = signed_in(person).get(reverse("cases:today")).content.decode()
    assert "4 of 20 min" in page
    assert "4 of 100 minutes" in page
    caller = signed_in(make_staff(roles=[Role.CALL_TAKER])).get(reverse("cases:today")).content.decode()
    assert "of 20 min" not in caller
