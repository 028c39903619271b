"""Limits per person: counted, told to a supervisor at the soft one, stopped at the hard one."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from cases import limits
from cases.access import acting_as
from cases.actions import limit as actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.limits import Counted, Limit, OverLimit, Window
from cases.models import Effect, Event, LimitCount, Team, TeamMember
from cases.permissions import Role
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_client, make_staff

db = pytest.mark.django_db

SMALL = limits.table("look.hour=2:4, look.day=3:100, case_opened.hour=2:3")
small = override_settings(LIMITS=SMALL)


def look(user, times=1, *, at=NOON, kind=Counted.LOOK):
    """Count as a person, each in its own transaction."""
    for _time in range(times):
        with acting_as(Actor.user(user)) as by:
            actions.count(kind=kind, by=by, at=at)


def alarms(supervisor, kind=CaseEvent.LIMIT_ALARMED):
    """Return the bodies of what supervisors are told in the record."""
    with acting_as(Actor.user(supervisor)):
        return [event.body for event in Event.objects.filter(kind=kind).order_by("seq")]


def mails():
    """Return what waits in the outbox for staff."""
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        return [effect.payload for effect in Effect.objects.filter(dedupe_key__startswith="limit:")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("look.hour", "is no limit"),
        ("look.hour=5", "is no limit"),
        ("look.hour=a:b", "is no limit"),
        ("look.week=1:2", "is not counted"),
        ("sneeze.hour=1:2", "is not counted"),
        ("look.hour=5:4", "must come"),
        ("look.hour=0:4", "must come"),
    ],
)
def test_a_limit_that_cannot_be_read_is_refused_in_words(text, said):
    with pytest.raises(ValueError, match=said):
        limits.table(text)


def test_a_limit_is_set_by_text_and_the_others_stay():
    found = limits.table("look.hour=7:9,")
    assert found[Counted.LOOK, Window.HOUR] == Limit(7, 9)
    assert found[Counted.EXPORT, Window.DAY] == limits.DEFAULTS[Counted.EXPORT, Window.DAY]


def test_everything_that_is_counted_has_limits_for_both_windows_and_words():
    assert set(limits.DEFAULTS) == {(kind, window) for kind in Counted for window in Window}
    assert set(actions.WORDS) == set(Counted)
    assert all(limit.soft < limit.hard for limit in limits.DEFAULTS.values())


def test_windows_are_clock_hours_and_days_in_utc():
    at = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    assert Window.HOUR.starts(at) == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert Window.HOUR.ends(at) == Window.DAY.ends(at) == datetime(2026, 11, 23, tzinfo=UTC)


@db
@small
def test_the_soft_limit_tells_the_supervisor_once_and_stops_nothing():
    person, supervisor = make_staff(name="Amira"), make_staff(roles=[Role.SUPERVISOR])
    look(person, 1)
    assert alarms(supervisor) == []
    look(person, 2)
    (hour, day) = alarms(supervisor)
    assert (hour["what"], hour["window"], hour["count"], hour["usual"]) == ("look", "hour", 2, 1)
    assert day["window"] == "day"


@pytest.mark.django_db(transaction=True)
@small
def test_the_mail_to_the_supervisor_says_who_and_how_often_and_no_case():
    person, supervisor = make_staff(name="Amira"), make_staff(roles=[Role.SUPERVISOR])
    look(person, 2)
    (mail,) = mails()
    assert mail["to"] == supervisor.email
    assert mail["text"].startswith("Amira: 2 looks at covered material in one hour. Usual is up to 1.")
    assert not re.search(r"C-\d", mail["text"] + mail["subject"])


@db
@small
def test_the_hard_limit_refuses_and_says_when_it_works_again():
    person, supervisor = make_staff(), make_staff(roles=[Role.SUPERVISOR])
    look(person, 4)
    with pytest.raises(OverLimit) as refusal:
        look(person)
    assert refusal.value.again_at == NOON + timedelta(hours=1)
    assert [body["limit"] for body in alarms(supervisor, CaseEvent.LIMIT_REACHED)] == [4]
    look(person, at=NOON + timedelta(hours=1))


@db
@small
def test_a_refused_act_is_not_counted():
    person = make_staff()
    look(person, 4)
    for _time in range(3):
        with pytest.raises(OverLimit):
            look(person)
    assert LimitCount.objects.get(user_id=person.pk, window="hour").count == 4
    assert LimitCount.objects.get(user_id=person.pk, window="day").count == 4


@db
@small
def test_each_person_and_each_kind_has_its_own_counter():
    person, other = make_staff(), make_staff()
    look(person, 4)
    look(other, 4)
    look(person, 3, kind=Counted.CASE_OPENED)
    with pytest.raises(OverLimit):
        look(person, kind=Counted.CASE_OPENED)


@db
@small
def test_clients_and_the_system_are_not_counted():
    for by in (Actor.system("sweep"), Actor.client(make_client())):
        for _time in range(6):
            actions.count(kind=Counted.LOOK, by=by, at=NOON)
    assert not LimitCount.objects.exists()


@db
def test_the_supervisor_of_the_team_is_told_before_any_other():
    person = make_staff()
    own, other = make_staff(roles=[Role.SUPERVISOR], name="Own"), make_staff(roles=[Role.SUPERVISOR], name="Other")
    assert {found.pk for found in actions.supervisors_of(person)} == {own.pk, other.pk}
    team = Team.objects.create(name="North", made_at=NOON)
    TeamMember.objects.create(team=team, user=person, since=NOON)
    TeamMember.objects.create(team=team, user=own, is_supervisor=True, since=NOON)
    assert actions.supervisors_of(person) == [own]


@db
def test_without_a_supervisor_the_administrators_are_told_and_never_the_person():
    boss = make_staff(roles=[Role.SUPERVISOR])
    admin = make_staff(roles=[Role.ADMINISTRATOR])
    assert actions.supervisors_of(boss) == [admin]


@db
def test_old_counters_are_removed_and_fresh_ones_stay():
    person = make_staff()
    look(person, at=NOON - timedelta(days=3))
    look(person, at=NOON)
    assert actions.remove_old(at=NOON) == 2
    assert LimitCount.objects.count() == 2


@db
@small
def test_a_page_beyond_the_limit_is_answered_in_words():
    case = make_case()
    browser = signed_in(case.owner)
    address = reverse("cases:case", args=[case.reference])
    assert [browser.get(address).status_code for _time in range(4)] == [200, 200, 200, 429]
    page = browser.get(address).content.decode()
    assert "The limit of 3 is used up, so this did not happen." in page
    assert "Cases opened" in page
    assert case.alias not in page


@pytest.mark.django_db(transaction=True)
@small
def test_many_at_once_never_pass_the_hard_limit():
    person, said, gate = make_staff(), [], threading.Barrier(8, timeout=10)

    def press():
        try:
            gate.wait()
            look(person)
            said.append("done")
        except OverLimit:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _time in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(said) == ["done"] * 4 + ["refused"] * 4
    assert LimitCount.objects.get(user_id=person.pk, window="hour").count == 4
