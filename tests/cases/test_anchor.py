"""The day's anchor: made once, over every chain, linked to the day before."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.access import acting_as
from cases.actions.anchor import SETTLE, end_of, hash_of_heads, make_anchors
from cases.actor import Actor
from cases.anchor_check import read_kept
from cases.models import Anchor, Effect, Event
from cases.tasks import anchor_record
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("anchor")


def test_a_day_is_anchored_once_and_the_next_day_stands_on_it(as_worker):
    make_case()
    make_case()
    tomorrow = timezone.now() + timedelta(days=1, minutes=10)
    with acting_as(ACTOR):
        (first,) = make_anchors(by=ACTOR, at=tomorrow)
        assert make_anchors(by=ACTOR, at=tomorrow) == []
        (second,) = make_anchors(by=ACTOR, at=tomorrow + timedelta(days=1))
    assert bytes(second.prev) == bytes(first.hash)
    assert first.chains == 2
    assert second.chains == 3
    assert bytes(first.hash) != bytes(second.hash)


def test_days_that_were_missed_are_made_up_for_in_their_order(as_worker):
    make_case()
    today = timezone.now().date()
    with acting_as(ACTOR):
        made = make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=5, minutes=10))
    assert [anchor.day for anchor in made] == [today + timedelta(days=number) for number in range(5)]
    assert [bytes(anchor.prev) for anchor in made[1:]] == [bytes(anchor.hash) for anchor in made[:-1]]


def test_two_workers_at_once_make_each_day_once(as_worker):
    make_case()
    at = timezone.now() + timedelta(days=3, minutes=10)
    start = threading.Barrier(2)
    made: list[int] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            start.wait(60)
            with acting_as(ACTOR):
                made.append(len(make_anchors(by=ACTOR, at=at)))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert errors == []
    assert sorted(made) == [0, 3]


def test_a_day_is_anchored_when_the_last_of_its_transactions_must_have_ended(as_worker):
    make_case()
    midnight = end_of(timezone.now().date())
    with acting_as(ACTOR):
        assert make_anchors(by=ACTOR, at=midnight + SETTLE - timedelta(seconds=1)) == []
        assert len(make_anchors(by=ACTOR, at=midnight + SETTLE)) == 1


def test_making_an_anchor_is_itself_an_event_of_the_system(as_worker):
    make_case()
    with acting_as(ACTOR):
        (made,) = make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=1, minutes=10))
        event = Event.objects.get(kind="cases.record_anchored")
        assert event.body["hash"] == bytes(made.hash).hex()


def test_trustees_get_one_mail_with_every_new_anchor_and_nothing_about_a_case(as_worker, settings):
    settings.TRUSTEES = ("one@trust.example", "two@trust.example")
    case = make_case()
    with acting_as(ACTOR):
        made = make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=3, minutes=10))
        mails = list(Effect.objects.filter(kind="staff.mail"))
        assert sorted(mail.payload["to"] for mail in mails) == sorted(settings.TRUSTEES)
        text = mails[0].payload["text"]
        assert read_kept(text) == {anchor.day: bytes(anchor.hash).hex() for anchor in made}
        assert make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=3, minutes=11)) == []
    assert Effect.objects.filter(kind="staff.mail").count() == 2
    for word in (case.reference, str(case.pk), case.alias):
        assert word not in text
    assert all(mail.case_id is None for mail in mails)


def test_without_trustees_nobody_is_mailed(as_worker, settings):
    settings.TRUSTEES = ()
    make_case()
    with acting_as(ACTOR):
        make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=1, minutes=10))
    assert not Effect.objects.filter(kind="staff.mail").exists()


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
