"""Lift an age lock: a supervisor asks with a reason and who says so now, a second person decides."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import approval as approval_actions
from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor
from cases.contributions import contributed
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Approval, ApprovalKind, Case
from cases.states import AgeAnswer, CaseState, IllegalMove, TaskState

SAID_BY = ("client", "caller", "supporter")
"""Who may have said that everyone shown was an adult. Nobody here confirms an age."""


@transaction.atomic
def ask_unlock(*, case_id: UUID, said_by: str, reason: str, by: Actor, at: datetime) -> Approval:
    """Ask a second person to lift the lock. Only who answers for the case may; raises IllegalMove otherwise."""
    case = lock(case_id)
    _refuse_unless_locked(case)
    if not case.is_supervised_by(by):
        raise IllegalMove(_("Only a supervisor of this case can ask for this."))
    if said_by not in SAID_BY:
        raise IllegalMove(_("Say who told you that everyone shown was an adult."))
    return approval_actions.ask(
        kind=ApprovalKind.AGE_UNLOCK,
        case=case,
        subject_id=case.pk,
        reason=reason,
        facts={"said_by": said_by, "locked_since": case.age_said_at.isoformat() if case.age_said_at else ""},
        by=by,
        at=at,
    )


def unlock(approval: Approval, by: Actor, at: datetime) -> None:
    """Lift the lock that a second person agreed to lift, in the transaction of their yes.

    The answer becomes “adult, they said” with who said it and when it was asked. What was discarded stays discarded,
    shares that ended stay ended; links that were kept are looked at again. A lock that was set anew after the request
    is another lock: it stays.
    """
    assert approval.case_id is not None
    case = lock(approval.case_id)
    _refuse_unless_locked(case)
    if case.age_said_at is None or approval.facts["locked_since"] != case.age_said_at.isoformat():
        raise IllegalMove(_("The age question was answered again after this was asked. Ask anew."))
    case.age_answer, case.age_said_by, case.age_said_at = AgeAnswer.ADULT, approval.facts["said_by"], approval.asked_at
    case.save(update_fields=["age_answer", "age_said_by", "age_said_at"])
    for part in contributed("AGE_UNLOCK_PARTS"):
        part(case=case, by=by, at=at)
    case_task.end_for(case=case, dedupe_key="age_lock", at=at, state=TaskState.DONE)
    record(
        CaseEvent.CASE_AGE_UNLOCKED,
        case=case,
        by=by,
        at=at,
        subject=case,
        reason=approval.reason,
        said_by=approval.facts["said_by"],
        asked_by=approval.asked_by_id,
    )


def _refuse_unless_locked(case: Case) -> None:
    if not case.is_age_locked:
        raise IllegalMove(_("This case is not locked for age."))
    if case.state not in (CaseState.INTAKE, CaseState.ACTIVE, CaseState.MONITORING):
        raise IllegalMove(_("This case is not open."))
