"""My day: a person's own sums, and breaks that end what is shown."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import rest
from cases.actor import Actor
from cases.models import Event, Rest
from cases.permissions import Role
from evidence.looking import exposure
from evidence.models import Exhibit, Viewing
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit, picture
from tests.factories.people import make_team

pytestmark = pytest.mark.django_db


def seen(exhibit: Exhibit, person, *, at: datetime, seconds: int, mode: str = "media") -> None:
    """Write down one look that is over."""
    with acting_as(Actor.user(person)):
        Viewing.make(
            case_id=exhibit.case_id, exhibit=exhibit, person=person, session_id=exhibit.pk, mode=mode, reason="same",
            token_hash=None if mode == "text" else timezone.now().isoformat().encode()[-32:], granted_at=at,
            expires_at=at, ended_at=at, ending="covered", shown_ms=seconds * 1000, seconds=seconds, served_at=at,
        ).save(force_insert=True)  # fmt: skip


def test_own_days_count_seconds_looks_and_what_text_avoided():
    person = make_staff()
    exhibit = make_exhibit(make_case(owner=person), picture()).exhibit
    now = timezone.now()
    seen(exhibit, person, at=now, seconds=70)
    seen(exhibit, person, at=now, seconds=0, mode="text")
    seen(exhibit, person, at=now - timedelta(days=3), seconds=30)
    seen(exhibit, person, at=now - timedelta(days=40), seconds=30)
    with acting_as(Actor.user(person)):
        days = exposure.own_days(person.pk, at=now, zone=ZoneInfo("UTC"))
        used = exposure.allowance(person.pk, at=now, zone=ZoneInfo("UTC"))
    assert len(days) == 14
    assert (days[-1].seconds, days[-1].minutes, days[-1].looks, days[-1].avoided) == (70, 2, 1, 1)
    assert days[-4].seconds == 30
    assert used.week == 100
    page = signed_in(person).get(reverse("cases:my_day")).content.decode()
    assert "Your people together" not in page
    assert "2 of 20 min" in page


def test_looks_in_a_case_that_one_left_still_count():
    person, owner = make_staff(), make_staff(name="Owner O.")
    exhibit = make_exhibit(make_case(owner=owner), picture()).exhibit
    with acting_as(Actor.user(owner)):
        Viewing.make(
            case_id=exhibit.case_id, exhibit=exhibit, person=person, session_id=exhibit.pk, mode="text", reason="same",
            granted_at=timezone.now(), expires_at=timezone.now(), ended_at=timezone.now(), ending="read",
        ).save(force_insert=True)  # fmt: skip
    with acting_as(Actor.user(person)):
        assert exposure.own_days(person.pk, at=timezone.now(), zone=ZoneInfo("UTC"))[-1].avoided == 1


def test_a_supervisor_sees_sums_of_their_own_people_and_nobody_else_does():
    lead = make_staff(name="Lea L.", roles=[Role.SUPERVISOR])
    other_lead = make_staff(name="Olga O.", roles=[Role.SUPERVISOR])
    person = make_staff(name="Amira K.")
    make_team("First", members=[person], supervisors=[lead])
    make_team("Second", members=[make_staff()], supervisors=[other_lead])
    exhibit = make_exhibit(make_case(owner=person), picture()).exhibit
    seen(exhibit, person, at=timezone.now(), seconds=61)
    since = timezone.now() - timedelta(days=14)
    for user, looks in ((lead, 1), (other_lead, 0), (person, 0)):
        with acting_as(Actor.user(user)):
            assert exposure.team_days(since=since).looks == looks
    page = signed_in(lead).get(reverse("cases:my_day")).content.decode()
    assert "Your people together" in page
    assert "Amira" not in page.partition("<main")[2]


def test_a_break_lasts_as_long_as_was_said_and_stands_in_no_record():
    person = make_staff()
    browser = signed_in(person)
    before = timezone.now()
    with acting_as(Actor.user(person)):
        events = Event.objects.count()
    press(browser, reverse("cases:take_break"), lasts="day")
    rest_row = Rest.objects.standing(at=timezone.now()).of(person.pk).get()
    assert rest_row.until is not None
    zone = ZoneInfo(person.time_zone)
    assert rest_row.until.astimezone(zone).hour == 0
    assert before < rest_row.until <= before + timedelta(hours=25)
    assert "You are on a break" in browser.get(reverse("cases:my_day")).content.decode()
    press(browser, reverse("cases:take_break"))
    assert Rest.objects.standing(at=timezone.now()).of(person.pk).get().until is None
    press(browser, reverse("cases:end_break"))
    assert not Rest.objects.standing(at=timezone.now()).of(person.pk).exists()
    with acting_as(Actor.user(person)):
        assert Event.objects.count() == events


def test_a_break_that_ran_out_is_over_by_itself():
    person = make_staff()
    now = timezone.now()
    with acting_as(Actor.user(person)) as by:
        rest.begin(until=now + timedelta(hours=1), by=by, at=now)
    assert Rest.objects.standing(at=now + timedelta(minutes=59)).of(person.pk).exists()
    assert not Rest.objects.standing(at=now + timedelta(minutes=61)).of(person.pk).exists()


def test_there_is_one_break_at_a_time():
    person = make_staff()
    Rest.objects.create(person=person, began_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Rest.objects.create(person=person, began_at=timezone.now())


def test_a_call_taker_who_sees_no_evidence_has_no_such_page():
    browser = signed_in(make_staff(roles=[Role.CALL_TAKER]))
    assert browser.get(reverse("cases:my_day")).status_code == 404
    assert "Take a break" not in browser.get(reverse("cases:today")).content.decode()
