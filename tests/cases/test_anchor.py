"""The day's anchor: made once, over every chain, linked to the day before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.access import acting_as
from cases.actions.anchor import hash_of_heads, make_anchor
from cases.actor import Actor
from cases.models import Anchor, Event
from cases.tasks import anchor_record
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("anchor")


def test_a_day_is_anchored_once_and_the_next_day_stands_on_it(as_worker):
    make_case()
    make_case()
    tomorrow = timezone.now() + timedelta(days=1)
    with acting_as(ACTOR):
        first = make_anchor(by=ACTOR, at=tomorrow)
        assert make_anchor(by=ACTOR, at=tomorrow) is None
        second = make_anchor(by=ACTOR, at=tomorrow + timedelta(days=1))
    assert first is not None
    assert second is not None
    assert bytes(second.prev) == bytes(first.hash)
    assert first.chains == 2
    assert bytes(first.hash) != bytes(second.hash)


def test_making_an_anchor_is_itself_an_event_of_the_system(as_worker):
    make_case()
    with acting_as(ACTOR):
        made = make_anchor(by=ACTOR, at=timezone.now() + timedelta(days=1))
        event = Event.objects.get(kind="cases.record_anchored")
        assert made is not None
        assert event.body["hash"] == bytes(made.hash).hex()


def test_the_order_in_which_heads_are_read_does_not_matter():
    heads = [("b", "22", 2), ("a", "11", 1)]
    assert hash_of_heads(heads, b"") == hash_of_heads(heads[::-1], b"")


@pytest.mark.parametrize("changed", [("a", "12", 1), ("a", "11", 2), ("c", "11", 1)], ids=["head", "count", "chain"])
def test_a_change_of_any_chain_changes_the_anchor(changed):
    heads = [("a", "11", 1), ("b", "22", 2)]
    assert hash_of_heads(heads, b"") != hash_of_heads([changed, heads[1]], b"")


def test_the_hourly_task_does_nothing_while_nothing_was_written_before_today(as_worker):
    make_case()
    anchor_record()
    assert not Anchor.objects.exists()
