"""Tasks: once while open, ended by a person or because the reason is gone."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import case_task
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import CaseTask, Event
from cases.states import IllegalMove, TaskState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


def _create(case, **changes):
    actor = Actor.user(case.owner)
    words = {"kind": "first_contact", "due_at": NOON, "path": "/", "dedupe_key": "a", "facts": {"n": 1}, **changes}
    case_task.create(case=case, by=actor, at=NOON, **words)


def test_a_task_is_there_once_while_it_is_open_and_again_after_it_ended():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        _create(case)
        _create(case)
        task = CaseTask.objects.get()
        case_task.finish(task_id=task.pk, by=actor, at=NOON)
        _create(case)
        assert CaseTask.objects.open().count() == 1
        assert CaseTask.objects.count() == 2


def test_a_task_ends_once_and_the_record_says_which():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        _create(case)
        task = CaseTask.objects.get()
        case_task.finish(task_id=task.pk, by=actor, at=NOON)
        with pytest.raises(IllegalMove):
            case_task.finish(task_id=task.pk, by=actor, at=NOON)
        assert Event.objects.get(kind=CaseEvent.TASK_DONE).body == {"task": "first_contact", "facts": {"n": 1}}


def test_a_second_mark_says_that_it_was_ended_already():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _create(case)
        task = CaseTask.objects.get()
    client = signed_in(case.owner)
    address = reverse("cases:task_done", args=[task.pk])
    press(client, address)
    response = press(client, address)
    assert "ended already" in client.get(response.url).content.decode()


def test_a_task_whose_reason_is_gone_is_dropped_and_not_called_done():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        _create(case)
        assert case_task.end_for(case=case, dedupe_key="a", at=NOON) == 1
        assert CaseTask.objects.get().state == TaskState.DROPPED
        assert case_task.end_for(case=case, dedupe_key="a", at=NOON) == 0


def test_ending_one_task_leaves_the_others_of_the_case_and_of_other_cases():
    case, other = make_case(), None
    with acting_as(Actor.user(case.owner)):
        other = make_case(owner=case.owner)
        for owner_case, key in ((case, "a"), (case, "b"), (other, "a")):
            _create(owner_case, dedupe_key=key)
        assert case_task.end_for(case=case, dedupe_key="a", at=NOON) == 1
        left = CaseTask.objects.open().values_list("case_id", "dedupe_key")
        assert set(left) == {(case.pk, "b"), (other.pk, "a")}


def test_what_ended_keeps_how_it_ended_when_its_reason_goes_later():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        _create(case)
        case_task.finish(task_id=CaseTask.objects.get().pk, by=actor, at=NOON)
        assert case_task.end_for(case=case, dedupe_key="a", at=NOON + timedelta(hours=1)) == 0
        task = CaseTask.objects.get()
        assert (task.state, task.ended_at) == (TaskState.DONE, NOON)


def test_a_task_is_its_case_owners_unless_it_is_given_to_somebody():
    case, colleague = make_case(), make_staff()
    with acting_as(Actor.user(case.owner)):
        _create(case)
        _create(case, dedupe_key="b", assigned_to_id=colleague.pk)
        mine, theirs = CaseTask.objects.order_by("dedupe_key")
        assert (mine.assigned_to_id, theirs.assigned_to_id) == (case.owner.pk, colleague.pk)


def test_a_task_that_ends_with_a_note_is_not_ended_by_a_press():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        _create(case, kind="emergency_review")
        with pytest.raises(IllegalMove, match="ends with a note"):
            case_task.finish(task_id=CaseTask.objects.get().pk, by=actor, at=NOON)
        assert CaseTask.objects.open().exists()
