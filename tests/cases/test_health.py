"""Health: what runs, what waits, how long the tables last; numbers for administrators, who see no case."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import health, pulse
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Audience, Effect
from cases.permissions import Role
from cases.states import EffectState
from tests.factories.browsers import anyone, signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


def _fail_one(case):
    now = timezone.now()
    with acting_as(Actor.user(case.owner)):
        Effect.objects.create(
            case=case, kind="staff.reminder", audience=Audience.STAFF, state=EffectState.FAILED, due_at=now,
            created_at=now, dedupe_key="one",
        )  # fmt: skip


def test_an_administrator_sees_how_much_waits_and_nothing_of_whose_it_is():
    case = make_case()
    _fail_one(case)
    administrator = make_staff(roles=[Role.ADMINISTRATOR])
    response = signed_in(administrator).get(reverse("cases:health"))
    failed = next(one for one in response.context["outbox"] if one.label == "Failed")
    assert (failed.count, failed.tone) == (1, "late")
    assert case.reference not in response.content.decode()


def test_a_supervisor_sees_which_case_is_stuck():
    case = make_case()
    _fail_one(case)
    response = signed_in(make_staff(roles=[Role.SUPERVISOR])).get(reverse("cases:health"))
    assert case.reference in response.content.decode()


def test_a_caseworker_learns_nothing_of_the_whole_outbox():
    case = make_case()
    _fail_one(case)
    assert signed_in(make_staff()).get(reverse("cases:health")).status_code == 404
    with acting_as(Actor.user(make_staff())):
        assert not any(one.count for one in health.outbox())


def test_a_sweep_that_was_not_heard_of_for_long_is_late():
    pulse.beat("effects")
    now = timezone.now()
    label = "Sending what is due"
    assert {sign.label: sign.tone for sign in health.sweeps(now=now)}[label] == "ok"
    assert {sign.label: sign.tone for sign in health.sweeps(now=now + timedelta(minutes=10))}[label] == "late"


def workers(*, now):
    return {sign.label: sign for sign in health.workers(now=now)}


def test_a_dead_worker_is_named_and_the_others_are_not(hearts):
    hearts.say_alive(hearts.SLOW, hearts.CAPTURE)
    started = timezone.now()
    pulse._client().hset(hearts.ALIVE_KEY, hearts.SLOW, (started - timedelta(minutes=2)).isoformat())
    hearts.say_alive(hearts.QUICK)
    hearts.say_alive(hearts.BEAT)
    signs = workers(now=started)
    assert {label for label, sign in signs.items() if sign.tone == "late"} == {"Worker for slow work"}
    assert "bundles" in signs["Worker for slow work"].value
    assert hearts.is_quiet(hearts.SLOW, now=started)
    assert not hearts.is_quiet(hearts.CAPTURE, now=started)
    page = signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get(reverse("cases:health")).content.decode()
    assert "Not running: bundles, reading of files and erasures wait" in page
    assert "Not running: captures wait" not in page


def test_a_worker_that_was_never_heard_of_is_late_as_is_every_one_without_redis(hearts, settings):
    assert {sign.tone for sign in workers(now=timezone.now()).values()} == {"late"}
    hearts.say_alive(hearts.QUICK, hearts.SLOW, hearts.CAPTURE, hearts.BEAT)
    assert {sign.tone for sign in workers(now=timezone.now()).values()} == {"ok"}
    settings.REDIS_URL = "redis+socket:///nowhere/valkey.sock?virtual_host=0"
    assert {sign.tone for sign in workers(now=timezone.now()).values()} == {"late"}


def test_a_heart_is_written_down_now_and_then_and_not_at_every_beat(hearts):
    hearts.say_alive(hearts.QUICK)
    pulse._client().delete(hearts.ALIVE_KEY)
    hearts.say_alive(hearts.QUICK)
    assert hearts.last_alive() == {}


def test_tables_made_by_the_month_warn_before_they_run_out():
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        signs = {sign.label: sign for sign in health.months_left(now=timezone.now())}
        far = {sign.label: sign for sign in health.months_left(now=datetime(2100, 1, 1, tzinfo=UTC))}
    assert signs["Looks at links"].tone == "ok"
    assert far["Looks at links"].tone == "late"


def test_a_monitor_gets_one_word():
    assert anyone().get("/healthz").content == b"ok"
