"""The outbox: claimed once, finished once, refused for clients without a rule, visible when it fails."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Audience, Effect, SafeContact
from cases.states import EffectState
from tests.conftest import NOON
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db


def _put(case, *, key="one", audience=Audience.STAFF, channel="email"):
    outbox.put("staff.reminder", case=case, audience=audience, channel=channel, due_at=NOON, at=NOON, dedupe_key=key)


def _rule(case, *, allowed=True, confirmed=True, until=None):
    rule = SafeContact(
        case=case, channel="email", is_allowed=allowed, said_at=NOON, valid_until=until, address="her@mail.example"
    )
    rule.confirmed_at = NOON if confirmed else None
    rule.save()


def test_an_effect_that_is_put_in_twice_is_there_once():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        _put(case)
        assert Effect.objects.count() == 1


def test_an_effect_is_claimed_by_one_worker_only():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        effect = Effect.objects.get()
        assert outbox.claim(effect.pk, at=NOON) is not None
        assert outbox.claim(effect.pk, at=NOON) is None


def test_a_claim_that_was_never_finished_lapses_and_its_first_holder_can_no_longer_finish_it():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        effect = Effect.objects.get()
        first = outbox.claim(effect.pk, at=NOON)
        assert outbox.claim(effect.pk, at=NOON + timedelta(minutes=1)) is None
        second = outbox.claim(effect.pk, at=NOON + timedelta(minutes=7))
        assert first is not None
        assert second is not None
        assert not outbox.finish(first, at=NOON)
        assert outbox.finish(second, at=NOON)
        assert Effect.objects.get().state == EffectState.DONE


def test_an_effect_that_is_not_due_is_not_claimed():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        assert outbox.claim(Effect.objects.get().pk, at=NOON - timedelta(seconds=1)) is None


def test_after_its_last_try_an_effect_is_failed_and_not_silent():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        at = NOON
        for _ in range(outbox.MAX_TRIES):
            effect = Effect.objects.get()
            at = max(at, effect.due_at)
            claimed = outbox.claim(effect.pk, at=at)
            assert claimed is not None
            outbox.retry_later(claimed, at=at, error="away")
        assert Effect.objects.stuck().get().error == "away"


def test_a_message_to_a_client_without_a_rule_is_refused_by_the_database():
    case = make_case()
    with pytest.raises(IntegrityError, match="Safe contact"), acting_as(Actor.user(case.owner)):
        _put(case, audience=Audience.CLIENT)


@pytest.mark.parametrize(
    ("allowed", "confirmed", "until"),
    [(False, True, None), (True, False, None), (True, True, timezone.now() - timedelta(days=1))],
    ids=["not allowed", "not confirmed", "run out"],
)
def test_a_rule_that_does_not_permit_is_no_rule(allowed, confirmed, until):
    case = make_case()
    with pytest.raises(IntegrityError, match="Safe contact"), acting_as(Actor.user(case.owner)):
        _rule(case, allowed=allowed, confirmed=confirmed, until=until)
        _put(case, audience=Audience.CLIENT)


def test_a_message_by_an_allowed_and_confirmed_channel_goes_in():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _rule(case)
        _put(case, audience=Audience.CLIENT)
        assert Effect.objects.get().audience == Audience.CLIENT


def test_an_allowed_channel_does_not_open_its_neighbour():
    case = make_case()
    with pytest.raises(IntegrityError, match="Safe contact"), acting_as(Actor.user(case.owner)):
        _rule(case)
        _put(case, audience=Audience.CLIENT, channel="text")


def test_an_effect_cannot_be_turned_into_one_for_the_client_afterwards():
    case = make_case()
    with pytest.raises(IntegrityError, match="Safe contact"), acting_as(Actor.user(case.owner)):
        _put(case)
        Effect.objects.update(audience=Audience.CLIENT)


def test_whoever_lost_the_lease_knows_it_before_the_effect_happens():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        effect = Effect.objects.get()
        lapsed = outbox.claim(effect.pk, at=timezone.now() - outbox.LEASE - timedelta(seconds=1))
        assert lapsed is not None
        assert not outbox.holds(lapsed)
        fresh = outbox.claim(effect.pk, at=timezone.now())
        assert fresh is not None
        assert outbox.holds(fresh)
        assert not outbox.holds(lapsed)
        outbox.finish(fresh, at=timezone.now())
        assert not outbox.holds(fresh)


def test_each_try_waits_twice_as_long_as_the_one_before():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        waits, at = [], NOON
        for _ in range(4):
            claimed = outbox.claim(Effect.objects.get().pk, at=at)
            assert claimed is not None
            outbox.retry_later(claimed, at=at, error="away")
            due = Effect.objects.get().due_at
            waits.append((due - at).total_seconds())
            at = due
    assert waits == [60, 120, 240, 480]


def test_whoever_lost_the_lease_can_put_nothing_back():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        effect = Effect.objects.get()
        first = outbox.claim(effect.pk, at=NOON)
        assert first is not None
        assert outbox.claim(effect.pk, at=NOON + timedelta(minutes=7)) is not None
        outbox.retry_later(first, at=NOON, error="away")
        outbox.put_back(first, due_at=NOON)
        effect.refresh_from_db()
    assert effect.state == EffectState.CLAIMED
    assert (effect.error, effect.tries) == ("", 2)


def test_waiting_for_a_better_hour_is_no_try():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _put(case)
        claimed = outbox.claim(Effect.objects.get().pk, at=NOON)
        assert claimed is not None
        outbox.put_back(claimed, due_at=NOON + timedelta(hours=8))
        effect = Effect.objects.get()
    assert (effect.state, effect.tries, effect.due_at) == (EffectState.NEW, 0, NOON + timedelta(hours=8))
