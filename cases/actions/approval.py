"""Ask for a second person's yes, say yes or no, take it back, let it lapse. A yes does the act in one transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cases import approvals, keys
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Approval, ApprovalKind, ApprovalState, ApprovalVia, Case, TrusteeLink, User, UserKind
from cases.states import IllegalMove

Handler = Callable[[Approval, Actor, datetime], None]


class AlreadyDecided(IllegalMove):
    """Somebody else decided first."""


def handlers() -> dict[str, Handler]:
    """Return who does what a yes allows, by kind: functions (approval, by, at) that check again and raise IllegalMove.

    `by` is the person who said yes, or the system after a trustee's yes or 24 hours.
    """
    found: dict[str, Handler] = {}
    for path in settings.APPROVALS:
        found.update(import_string(path))
    return found


def team_size() -> int:
    """Return how many active people do casework."""
    people = User.objects.filter(kind=UserKind.STAFF, is_active=True).values_list("roles", flat=True)
    return sum(approvals.does_casework(roles) for roles in people)


def person(by: Actor) -> User:
    """Return the active member of staff who acts; raise IllegalMove for anybody else."""
    found = None
    if by.kind == ActorKind.USER and by.id is not None:
        found = User.objects.filter(pk=by.id, kind=UserKind.STAFF, is_active=True).first()
    if found is None:
        raise IllegalMove(_("Only a member of staff can do this."))
    return found


@transaction.atomic
def ask(
    *,
    kind: ApprovalKind,
    case: Case | None,
    subject_id: UUID | None,
    reason: str,
    facts: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime,
) -> Approval:
    """Ask for a second person's yes. Raises IllegalMove without the permission, a reason, or when it was asked already.

    `facts` are JSON values that the handler and the page need; they are sealed under the case's key.
    """
    rule = approvals.rule_of(kind)
    asker = person(by)
    if not asker.may(rule.ask):
        raise IllegalMove(_("You cannot ask for this."))
    if not reason.strip():
        raise IllegalMove(_("Say why: the second person decides by it."))
    if case is not None:
        lock(case.pk)
    row = Approval.make(
        case=case,
        kind=kind,
        subject_id=subject_id,
        asked_by=asker,
        asked_at=at,
        expires_at=at + rule.stands,
        reason=reason.strip(),
        facts=dict(facts or {}),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise IllegalMove(_("This was asked already and waits for a second person.")) from error
    note(kind=CaseEvent.APPROVAL_ASKED, row=row, by=by, at=at, reason=row.reason)
    return row


def locked(approval_id: UUID) -> Approval:
    """The waiting request, after its case was locked; raise AlreadyDecided when somebody was first."""
    found = Approval.objects.filter(pk=approval_id).values_list("case_id", flat=True).first()
    if found is not None:
        Case.objects.select_for_update(of=("self",)).filter(pk=found).first()
    rows = Approval.objects.select_for_update(of=("self",)).select_related("case", "asked_by")
    row: Approval = rows.get(pk=approval_id)
    if not row.is_waiting:
        raise AlreadyDecided(_("Somebody was first: this is %(state)s.") % {"state": row.get_state_display().lower()})
    return row


def refuse_unless_second(row: Approval, by: Actor) -> User:
    """Return the colleague who decides; raise IllegalMove for the one who asked and whoever may not."""
    colleague = person(by)
    sees = row.case_id is None or Case.objects.visible_to(by).filter(pk=row.case_id).exists()
    is_asker = colleague.pk == row.asked_by_id
    if is_asker:
        raise IllegalMove(_("You asked for this yourself: a second person decides."))
    if not approvals.may_grant(row.kind, permissions=colleague.permissions(), is_asker=is_asker, sees_case=sees):
        raise IllegalMove(_("You cannot decide this."))
    return colleague


@transaction.atomic
def grant(*, approval_id: UUID, by: Actor, at: datetime) -> Approval:
    """Say yes as a colleague: the act happens here and now, or the request ends as “could not be done” with the reason.

    Of two people who press at once one wins; the other gets AlreadyDecided.
    """
    row = locked(approval_id)
    colleague = refuse_unless_second(row, by)
    if row.expires_at <= at:
        raise IllegalMove(_("This request is too old. Let it be asked again."))
    return carry_out(row=row, via=ApprovalVia.PERSON, decided_by=colleague, by=by, at=at)


def carry_out(*, row: Approval, via: ApprovalVia, decided_by: User | None, by: Actor, at: datetime) -> Approval:
    """Do what was asked, in the open transaction. All or nothing: a refusal by the handler undoes what it began.

    The yes is recorded before the handler runs: after an erasure the case's key is no more.
    """
    handler = handlers().get(row.kind)
    try:
        with transaction.atomic():
            row.state, row.decided_by, row.decided_at, row.via = ApprovalState.GRANTED, decided_by, at, via
            row.save(update_fields=["state", "decided_by", "decided_at", "via"])
            note(kind=CaseEvent.APPROVAL_GRANTED, row=row, by=by, at=at, via=via)
            if handler is None:
                raise IllegalMove(_("There is nothing here that could do it."))
            handler(row, by, at)
    except IllegalMove as refusal:
        row.refresh_from_db()
        row.state, row.decided_by, row.decided_at, row.via = ApprovalState.FAILED, decided_by, at, via
        row.answer = str(refusal)
        row.save(update_fields=["state", "decided_by", "decided_at", "via"])
        note(kind=CaseEvent.APPROVAL_FAILED, row=row, by=by, at=at, why=str(refusal))
    _end_links(row, at=at)
    return row


@transaction.atomic
def refuse(*, approval_id: UUID, why: str, by: Actor, at: datetime) -> Approval:
    """Say no as a colleague, with a reason that the asker reads."""
    row = locked(approval_id)
    colleague = refuse_unless_second(row, by)
    if not why.strip():
        raise IllegalMove(_("Say why, so that they know what to change."))
    row.answer = why.strip()
    return _end(row, ApprovalState.REFUSED, CaseEvent.APPROVAL_REFUSED, decided_by=colleague, by=by, at=at, why=why)


@transaction.atomic
def stop(*, approval_id: UUID, why: str, by: Actor, at: datetime) -> Approval:
    """Stop what would go ahead after 24 hours. Anybody on the staff may; they need not see the case."""
    row = locked(approval_id)
    colleague = person(by)
    if row.via != ApprovalVia.DELAY:
        raise IllegalMove(_("Only what goes ahead by itself can be stopped like this."))
    return _end(row, ApprovalState.REFUSED, CaseEvent.APPROVAL_REFUSED, decided_by=colleague, by=by, at=at, why=why)


@transaction.atomic
def withdraw(*, approval_id: UUID, by: Actor, at: datetime, why: str = "") -> Approval:
    """Take back what one asked oneself."""
    row = locked(approval_id)
    if by.kind == ActorKind.USER and row.asked_by_id != by.id:
        raise IllegalMove(_("Only the person who asked can take it back. You can refuse it."))
    return _end(row, ApprovalState.WITHDRAWN, CaseEvent.APPROVAL_WITHDRAWN, decided_by=None, by=by, at=at, why=why)


@transaction.atomic
def withdraw_for(*, kind: ApprovalKind, subject_id: UUID, why: str, by: Actor, at: datetime) -> int:
    """End waiting requests about something that changed: what is granted is exactly what was shown. Return how many."""
    waiting = Approval.objects.waiting().filter(kind=kind, subject_id=subject_id).values_list("pk", flat=True)
    for approval_id in list(waiting):
        row = locked(approval_id)
        _end(row, ApprovalState.WITHDRAWN, CaseEvent.APPROVAL_WITHDRAWN, decided_by=None, by=by, at=at, why=why)
    return len(waiting)


@transaction.atomic
def lapse(*, approval_id: UUID, by: Actor, at: datetime) -> bool:
    """End a request that stood too long; False when somebody was first."""
    try:
        row = locked(approval_id)
    except AlreadyDecided:
        return False
    if row.expires_at > at:
        return False
    _end(row, ApprovalState.LAPSED, CaseEvent.APPROVAL_LAPSED, decided_by=None, by=by, at=at)
    return True


def end_by_system(*, row: Approval, via: ApprovalVia, by: Actor, at: datetime, why: str) -> Approval:
    """End a locked request as refused without a colleague: a trustee said no, or nobody may ask for it any more."""
    row.via, row.answer = via, why
    row.save(update_fields=["via"])
    return _end(row, ApprovalState.REFUSED, CaseEvent.APPROVAL_REFUSED, decided_by=None, by=by, at=at, why=why)


def _end(
    row: Approval,
    state: ApprovalState,
    event: CaseEvent,
    *,
    decided_by: User | None,
    by: Actor,
    at: datetime,
    **body: Any,
) -> Approval:
    row.state, row.decided_by, row.decided_at = state, decided_by, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _end_links(row, at=at)
    note(kind=event, row=row, by=by, at=at, **body)
    return row


def _end_links(row: Approval, *, at: datetime) -> None:
    TrusteeLink.objects.filter(approval_id=row.pk, revoked_at=None).update(revoked_at=at)


def note(*, kind: CaseEvent, row: Approval, by: Actor, at: datetime, **body: Any) -> None:
    """Record in the case's chain; in the house's when the case's key is gone or not for this actor to have."""
    chain = row.case_id
    if chain is not None:
        try:
            keys.case_key(chain)
        except keys.KeyMissing:
            chain = None
    record(kind, case=chain, by=by, at=at, subject=row, what=row.kind, **body)
