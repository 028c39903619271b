"""Opening a case, the age question, and the moves that a case may make."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import naming
from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import case_task
from cases.actor import Actor
from cases.models import CaseKey, CaseTask, Event, Membership
from cases.states import CASE_MOVES, AgeAnswer, CaseState, IllegalMove, check_move
from tests.conftest import NOON
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db


def test_a_new_case_has_a_number_an_alias_from_the_list_a_key_and_an_owner():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        assert re.fullmatch(r"C-[2-9]\d{3,}", case.reference), "counted on from 2001, over all cases"
        assert naming.is_alias(case.alias)
        assert CaseKey.objects.filter(case_id=case.pk).exists()
        assert Membership.objects.get(case=case).user == case.owner
        assert Event.objects.filter(case=case).order_by("seq")[0].kind == "cases.case_opened"


def test_an_alias_that_somebody_typed_is_refused():
    owner = make_staff()
    with acting_as(Actor.user(owner)) as actor, pytest.raises(IllegalMove, match="list of words"):
        case_actions.open_case(by=actor, at=NOON, owner=owner, alias="Ines")


def test_two_cases_never_share_a_number():
    assert make_case().reference != make_case().reference


@pytest.mark.parametrize("answer", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_under_18_or_not_sure_locks_the_case_discards_what_was_typed_and_calls_the_supervisor(answer):
    case = make_case(age=None)
    with acting_as(Actor.user(case.owner)) as actor:
        case.what_happened = "typed before the question"
        case.save()
        locked = case_actions.answer_age(case_id=case.pk, answer=answer, said_by="client", by=actor, at=NOON)
        assert locked.is_age_locked
        assert not locked.takes_material
        assert locked.what_happened == ""
        assert CaseTask.objects.open().get(kind="age_lock").due_at - NOON <= timedelta(hours=24)
        assert Event.objects.filter(case=case, kind="cases.case_age_locked").exists()


def test_a_lock_is_not_lifted_by_another_answer():
    case = make_case(age=AgeAnswer.NOT_SURE)
    with acting_as(Actor.user(case.owner)) as actor, pytest.raises(IllegalMove, match="supervisor"):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.ADULT, said_by="client", by=actor, at=NOON)


def test_a_case_takes_no_material_before_the_age_question_is_answered():
    assert not make_case(age=None).takes_material
    assert make_case(age=AgeAnswer.ADULT).takes_material


def test_a_report_starts_the_first_contact_clock_once():
    client = make_client()
    case = make_case(client=client)
    with acting_as(Actor.client(client)) as actor:
        case_actions.report_received(case_id=case.pk, by=actor, at=NOON)
        case_actions.report_received(case_id=case.pk, by=actor, at=NOON)
    with acting_as(Actor.user(case.owner)):
        task = CaseTask.objects.open().get(kind="first_contact")
        assert task.due_at == NOON + timedelta(hours=24)
        assert task.assigned_to == case.owner


def test_a_task_that_was_ended_cannot_be_finished_again():
    case = make_case(age=AgeAnswer.NOT_SURE)
    with acting_as(Actor.user(case.owner)) as actor:
        task = CaseTask.objects.get()
        case_task.finish(task_id=task.pk, by=actor, at=NOON)
        with pytest.raises(IllegalMove, match="ended already"):
            case_task.finish(task_id=task.pk, by=actor, at=NOON)


@given(st.lists(st.sampled_from(CaseState.values), max_size=8))
def test_no_walk_through_the_moves_leaves_the_known_states_or_stays_put(wanted):
    state = CaseState.INTAKE.value
    for step in wanted:
        try:
            check_move(CASE_MOVES, state, step, "case")
        except IllegalMove:
            continue
        assert step != state
        state = step
    assert state in CaseState.values
