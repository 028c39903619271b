"""Asking to hand a case over: a task for whoever answers for it, and a reason that nobody else reads."""

from typing import Any

import pytest
import time_machine
from django.db import ProgrammingError, transaction
from django.urls import reverse

from cases.access import acting_as
from cases.actions import handover_request, membership
from cases.actor import Actor
from cases.models import Case, CaseTask, Event, HandoverRequest, User
from cases.permissions import Role
from cases.states import IllegalMove, TaskState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import let_in, make_team

pytestmark = pytest.mark.django_db
WHY = "It is too near to what happened to my sister"


@pytest.fixture
def house() -> tuple[User, User, Case]:
    """A supervisor, one of their people, and a case of theirs."""
    lead, owner = make_staff(name="Lea L.", roles=[Role.SUPERVISOR]), make_staff(name="Amira K.")
    team = make_team("First", members=[owner], supervisors=[lead])
    case = make_case(owner=owner)
    with acting_as(Actor.user(owner)):
        assert Case.objects.get(pk=case.pk).team_id == team.pk
    return lead, owner, case


def ask(case: Case, owner: User, why: str = WHY) -> HandoverRequest:
    with acting_as(Actor.user(owner)) as by:
        return handover_request.ask(case_id=case.pk, why=why, by=by, at=NOON)


@time_machine.travel(NOON, tick=False)
def test_it_stands_on_the_supervisors_list_with_why_on_the_page_behind(house: tuple[User, User, Case]) -> None:
    lead, owner, case = house
    answer = press(signed_in(owner), reverse("cases:ask_handover"), **{"over-case": str(case.pk), "over-why": WHY})
    assert answer.status_code == 302
    with acting_as(Actor.user(lead)):
        task = CaseTask.objects.get(case=case, kind="handover_asked")
    assert task.assigned_to_id == lead.pk
    assert WHY in signed_in(lead).get(task.path).content.decode()


def test_colleagues_in_the_case_and_the_record_do_not_tell_why(house: tuple[User, User, Case]) -> None:
    lead, owner, case = house
    helper = make_staff(name="Jonas B.")
    let_in(case, helper)
    ask(case, owner)
    assert WHY not in signed_in(helper).get(reverse("cases:case_people", args=[case.reference])).content.decode()
    for user, rows in ((helper, 0), (owner, 1), (lead, 1)):
        with acting_as(Actor.user(user)):
            assert HandoverRequest.objects.count() == rows
    with acting_as(Actor.user(owner)):
        for event in Event.objects.filter(case=case):
            assert WHY not in str(event.opened())


def test_handing_over_answers_it(house: tuple[User, User, Case]) -> None:
    lead, owner, case = house
    other = make_staff(name="Jonas B.")
    ask(case, owner)
    with acting_as(Actor.user(lead)) as by:
        membership.hand_over(case_id=case.pk, to=other, reason="", by=by, at=NOON)
        assert HandoverRequest.objects.get(case=case).ended_at == NOON
        assert CaseTask.objects.get(case=case, kind="handover_asked").state == TaskState.DONE


@time_machine.travel(NOON, tick=False)
def test_the_owner_may_keep_it_after_all_and_ask_again(house: tuple[User, User, Case]) -> None:
    _lead, owner, case = house
    row = ask(case, owner)
    with pytest.raises(IllegalMove, match="asked already"):
        ask(case, owner)
    browser = signed_in(owner)
    assert "Keep it after all" in browser.get(reverse("cases:my_day")).content.decode()
    press(browser, reverse("cases:take_back_handover"), request=str(row.pk))
    with acting_as(Actor.user(owner)):
        assert CaseTask.objects.get(case=case, kind="handover_asked").state == TaskState.DROPPED
    for gone in (str(row.pk), "x"):
        press(browser, reverse("cases:take_back_handover"), request=gone)
        assert "This request is over" in browser.get(reverse("cases:my_day")).content.decode()
    ask(case, owner, why="")


def test_only_the_owner_asks_and_only_where_somebody_else_answers(house: tuple[User, User, Case]) -> None:
    lead, owner, case = house
    helper = make_staff(name="Jonas B.")
    let_in(case, helper)
    with pytest.raises(IllegalMove, match="your own"):
        ask(case, helper)
    with acting_as(Actor.user(lead)) as by:
        membership.bar(case_id=case.pk, user=lead, reason="", by=by, at=NOON)
    with pytest.raises(IllegalMove, match="Nobody else answers"):
        ask(case, owner)


def test_nobody_takes_back_or_writes_anothers_request(house: tuple[User, User, Case]) -> None:
    lead, owner, case = house
    row = ask(case, owner)

    def as_lead(do: Any) -> None:
        with acting_as(Actor.user(lead)) as by:
            do(by)

    with pytest.raises(IllegalMove, match="over"):
        as_lead(lambda by: handover_request.take_back(request_id=row.pk, by=by, at=NOON))
    forged = HandoverRequest.make(case=case, person=make_staff(), asked_at=NOON, why="x")
    with pytest.raises(ProgrammingError), transaction.atomic():
        as_lead(lambda by: forged.save(force_insert=True))
