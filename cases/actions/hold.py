"""Set a legal hold, look at it again, and lift it with a second person."""

from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import approval as approval_actions
from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Approval, ApprovalKind, Case, Erasure, Hold, Removal, RemovalState
from cases.retention import REVIEW_EVERY
from cases.states import CaseState, IllegalMove

REVIEW_TASK = "hold_review"


def _key(hold: Hold) -> str:
    return f"{REVIEW_TASK}:{hold.pk}"


def is_held(case_id: UUID, *, on: date) -> bool:
    """Whether a hold stands on a case."""
    return bool(Hold.objects.standing(on=on).filter(case_id=case_id).exists())


def refuse_if_held(case: Case, *, at: datetime) -> None:
    """Raise IllegalMove where a hold stands: asked on every path that destroys something."""
    if is_held(case.pk, on=at.date()):
        raise IllegalMove(_("A legal hold stands on this case. Nothing of it is destroyed until two people lift it."))


@transaction.atomic
def set_hold(
    *, case_id: UUID, reason: str, until: date | None, review_on: date | None = None, by: Actor, at: datetime
) -> Hold:
    """Set a hold on a case, open or closed. Raises IllegalMove without a reason, or for a day that is past."""
    case = lock(case_id)
    if not reason.strip():
        raise IllegalMove(_("Say why: it is read when the hold is looked at again."))
    return place(case=case, reason=reason.strip(), basis="", until=until, review_on=review_on, by=by, at=at)


def place(
    *,
    case: Case,
    reason: str,
    basis: str,
    until: date | None,
    is_for_proceedings: bool = False,
    review_on: date | None = None,
    by: Actor,
    at: datetime,
) -> Hold:
    """Write the hold of a case that the caller has locked."""
    if case.state == CaseState.ERASED or Erasure.objects.unfinished().filter(case=case).exists():
        raise IllegalMove(_("This case is being erased: a hold comes too late."))
    if Removal.objects.filter(case=case, state=RemovalState.GOING).exists():
        raise IllegalMove(_("Something of this case is being removed at this moment. Look again in a few minutes."))
    today = at.date()
    if until is not None and until <= today:
        raise IllegalMove(_("A hold ends on a day that is still to come."))
    hold = Hold.make(
        case=case,
        is_for_proceedings=is_for_proceedings,
        set_by_id=by.id,
        set_at=at,
        until=until,
        reviewed_on=today,
        review_on=_review_day(review_on, today),
        reason=reason,
        basis=basis,
    )
    hold.save(force_insert=True)
    record(
        CaseEvent.HOLD_SET,
        case=case,
        by=by,
        at=at,
        subject=hold,
        reason=reason,
        basis=basis,
        until=until.isoformat() if until else "",
    )
    _ask_to_review(case, hold, by=by, at=at)
    return hold


def _review_day(wanted: date | None, today: date) -> date:
    latest = today + REVIEW_EVERY
    if wanted is None:
        return latest
    if not today < wanted <= latest:
        raise IllegalMove(_("A hold is looked at again within 90 days."))
    return wanted


def _ask_to_review(case: Case, hold: Hold, *, by: Actor, at: datetime) -> None:
    morning = timezone.make_aware(datetime.combine(hold.review_on, time(9)))
    case_task.create(
        case=case,
        kind=REVIEW_TASK,
        due_at=morning,
        path=f"/cases/{case.reference}/keeping",
        dedupe_key=_key(hold),
        by=by,
        at=at,
        subject_id=hold.pk,
    )


def _locked(hold_id: UUID) -> Hold:
    case = lock(Hold.objects.values_list("case_id", flat=True).get(pk=hold_id))
    hold: Hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
    hold.case = case
    if hold.lifted_at is not None:
        raise IllegalMove(_("This hold was lifted already."))
    return hold


@transaction.atomic
def review(*, hold_id: UUID, remark: str, review_on: date | None = None, by: Actor, at: datetime) -> Hold:
    """Say that a hold is still needed; it is looked at again within 90 days."""
    hold = _locked(hold_id)
    hold.reviewed_on = at.date()
    hold.review_on = _review_day(review_on, at.date())
    hold.save(update_fields=["reviewed_on", "review_on"])
    case_task.end_for(case=hold.case, dedupe_key=_key(hold), at=at)
    _ask_to_review(hold.case, hold, by=by, at=at)
    next_day = hold.review_on.isoformat()
    record(CaseEvent.HOLD_REVIEWED, case=hold.case, by=by, at=at, subject=hold, remark=remark, next=next_day)
    return hold


@transaction.atomic
def ask_to_lift(*, hold_id: UUID, reason: str, by: Actor, at: datetime) -> Approval:
    """Ask a second person to lift a hold."""
    hold = _locked(hold_id)
    return approval_actions.ask(
        kind=ApprovalKind.HOLD_LIFT, case=hold.case, subject_id=hold.pk, reason=reason, by=by, at=at
    )


def lift_granted(*, approval: Approval, by: Actor, at: datetime) -> None:
    """Lift the hold that a second person let go, in their transaction."""
    hold = _locked(UUID(str(approval.subject_id)))
    hold.lifted_at, hold.lifted_by_id = at, approval.asked_by_id
    hold.save(update_fields=["lifted_at", "lifted_by"])
    case_task.end_for(case=hold.case, dedupe_key=_key(hold), at=at)
    record(CaseEvent.HOLD_LIFTED, case=hold.case, by=by, at=at, subject=hold, asked_by=approval.asked_by_id)
