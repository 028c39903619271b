"""Ask to hand a case over, take it back, end it when the case gets another owner. Why is for supervisors only."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import duty
from cases.actions import case_task
from cases.actions.approval import person
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Bar, Case, HandoverRequest
from cases.states import CaseState, IllegalMove, TaskState

TASK = "handover_asked"
ANSWER_WITHIN = timedelta(hours=24)


@transaction.atomic
def ask(*, case_id: UUID, why: str, by: Actor, at: datetime) -> HandoverRequest:
    """Ask whoever answers for a case to give it to somebody else; it stands on their Today.

    The record says that it was asked, never why. Raises IllegalMove for a case that is not one's own, was asked about
    already, or for which nobody else answers.
    """
    asker = person(by)
    case = lock(case_id)
    if case.owner_id != asker.pk or case.state in (CaseState.CLOSED, CaseState.ERASED):
        raise IllegalMove(_("You ask for your own open cases."))
    if HandoverRequest.objects.visible_to(by).of(asker.pk).filter(case=case, ended_at=None).exists():
        raise IllegalMove(_("You asked already. It stands on a supervisor’s list."))
    barred = set(Bar.objects.standing().filter(case=case).values_list("user_id", flat=True))
    told = [one for one in duty.supervisors_of(case.team) if one.pk != asker.pk and one.pk not in barred]
    if not told:
        raise IllegalMove(_("Nobody else answers for this case. You can hand it over yourself, under “Who sees it”."))
    row: HandoverRequest = HandoverRequest.make(case=case, person=asker, asked_at=at, why=why.strip())
    row.save(force_insert=True)
    case_task.create(
        case=case,
        kind=TASK,
        due_at=at + ANSWER_WITHIN,
        path=reverse("cases:case_people", args=[case.reference]),
        dedupe_key=TASK,
        by=by,
        at=at,
        subject_id=row.pk,
        assigned_to_id=told[0].pk,
    )
    record(CaseEvent.HANDOVER_ASKED, case=case, by=by, at=at, subject=case)
    return row


@transaction.atomic
def take_back(*, request_id: UUID, by: Actor, at: datetime) -> HandoverRequest:
    """Take one's own request back: one keeps the case after all."""
    mine = HandoverRequest.objects.visible_to(by).filter(pk=request_id, person=by.id, ended_at=None)
    found: HandoverRequest | None = mine.first()
    if found is None:
        raise IllegalMove(_("This request is over."))
    case = lock(found.case_id)
    end(case, at=at, state=TaskState.DROPPED)
    record(CaseEvent.HANDOVER_TAKEN_BACK, case=case, by=by, at=at, subject=case)
    return found


def end(case: Case, *, at: datetime, state: TaskState = TaskState.DONE) -> None:
    """End what was asked about a locked case, with its task: it has another owner, or the owner keeps it."""
    HandoverRequest.objects.filter(case=case, ended_at=None).update(ended_at=at)
    case_task.end_for(case=case, dedupe_key=TASK, at=at, state=state)
