"""Tasks: once while open, ended by a person or because the reason is gone."""

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
from tests.factories.cases import make_case

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
