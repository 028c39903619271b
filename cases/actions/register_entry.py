"""Write, follow and end entries of the register. Everything goes to the system's chain: no case shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cases import outbox, register
from cases.actions import approval as approval_actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Approval,
    ApprovalKind,
    Audience,
    Case,
    RegisterEntry,
    RegisterKind,
    RegisterState,
    User,
    UserKind,
)
from cases.permissions import Role
from cases.states import IllegalMove


@dataclass(frozen=True)
class Told:
    """What is written down, each apart: what happened, what they said, what we think."""

    who: str
    facts: str
    their_words: str = ""
    opinion: str = ""


def _number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('recourse_register_number')")
        (number,) = cursor.fetchone()
    return int(number)


@transaction.atomic
def write(
    *,
    kind: RegisterKind,
    case: Case | None,
    received_at: datetime,
    due_at: datetime | None,
    told: Told,
    by: Actor,
    at: datetime,
) -> RegisterEntry:
    """Write an entry. Without a day of its own the clock follows the rule of its kind (cases/register.py)."""
    if received_at > at:
        raise IllegalMove(_("It cannot have come in later than now."))
    if due_at is not None and due_at <= received_at:
        raise IllegalMove(_("The day it is due lies after the day it came in."))
    clock = register.Due(due_at, _("The day they named")) if due_at else register.due(kind, received_at)
    row = RegisterEntry.make(
        number=_number(),
        kind=kind,
        case=case,
        kept_by_id=by.id,
        received_at=received_at,
        due_at=clock.at,
        due_by_rule=clock.rule,
        written_at=at,
        who=told.who,
        facts=told.facts,
        their_words=told.their_words,
        opinion=told.opinion,
    )
    row.save(force_insert=True)
    record(CaseEvent.REGISTER_WRITTEN, case=None, by=by, at=at, subject=row, entry=row.label, what=kind)
    return row


def _locked(entry_id: UUID) -> RegisterEntry:
    row: RegisterEntry = RegisterEntry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    if row.state != RegisterState.OPEN:
        raise IllegalMove(_("This entry has ended. What comes now is a new one."))
    return row


@transaction.atomic
def step(*, entry_id: UUID, step: str, remark: str, by: Actor, at: datetime) -> RegisterEntry:
    """Tick one step with the time, the person and a remark; a step that was ticked stays ticked."""
    row = _locked(entry_id)
    if step not in register.STEPS_OF[row.kind]:
        raise IllegalMove(_("This step is not asked for here."))
    if step in row.steps:
        raise IllegalMove(_("This was ticked already."))
    row.steps = {**row.steps, step: {"at": at.isoformat(), "by": str(by.id)}}
    row.step_remarks = {**row.step_remarks, step: remark}
    row.save(update_fields=["steps"])
    record(CaseEvent.REGISTER_STEP, case=None, by=by, at=at, subject=row, entry=row.label, step=step)
    return row


@transaction.atomic
def end(*, entry_id: UUID, state: RegisterState, answer: str, by: Actor, at: datetime) -> RegisterEntry:
    """End an entry with what was answered. Answered means that every step was done or its remark says why not."""
    row = _locked(entry_id)
    if state == RegisterState.OPEN:
        raise IllegalMove(_("Choose how it ended."))
    missing = [name for name in register.STEPS_OF[row.kind] if name not in row.steps and name != "answered"]
    if state == RegisterState.ANSWERED and missing:
        words = ", ".join(str(register.STEPS[name]).lower() for name in missing)
        raise IllegalMove(_("First: %(steps)s. If a step does not apply, tick it and say why.") % {"steps": words})
    row.state, row.ended_at, row.answer = state, at, answer
    if state == RegisterState.ANSWERED:
        row.steps = {**row.steps, "answered": {"at": at.isoformat(), "by": str(by.id)}}
    row.save(update_fields=["state", "ended_at", "steps"])
    record(CaseEvent.REGISTER_ENDED, case=None, by=by, at=at, subject=row, entry=row.label, state=state)
    return row


@transaction.atomic
def note_read(*, entry_id: UUID | None, by: Actor, at: datetime) -> None:
    """Record that somebody looked at the list (None) or at one entry: before the page is shown."""
    row = RegisterEntry.objects.get(pk=entry_id) if entry_id else None
    record(CaseEvent.REGISTER_READ, case=None, by=by, at=at, subject=row, entry=row.label if row else "")


@transaction.atomic
def ask_to_delete(*, entry_id: UUID, reason: str, by: Actor, at: datetime) -> Approval:
    """Ask a second person to let an ended entry be deleted."""
    row = RegisterEntry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    if row.state == RegisterState.OPEN:
        raise IllegalMove(_("An open entry is ended first."))
    kind = ApprovalKind.REGISTER_DELETION
    return approval_actions.ask(kind=kind, case=None, subject_id=row.pk, reason=reason, by=by, at=at)


def deletion_granted(*, approval: Approval, by: Actor, at: datetime) -> None:
    """Delete the entry that a second person let go; its number and kind stay in the record."""
    row = RegisterEntry.objects.select_for_update(of=("self",)).filter(pk=approval.subject_id).first()
    if row is None:
        raise IllegalMove(_("This entry is not there any more."))
    record(CaseEvent.REGISTER_DELETED, case=None, by=by, at=at, subject=row, entry=row.label, what=row.kind)
    row.delete()


@transaction.atomic
def remind(*, entry_id: UUID, by: Actor, at: datetime) -> int:
    """Mail every active supervisor once that an entry is due; the mail names its number and nothing else."""
    row: RegisterEntry = RegisterEntry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    if row.state != RegisterState.OPEN or row.reminded_at is not None:
        return 0
    row.reminded_at = at
    row.save(update_fields=["reminded_at"])
    people = User.objects.filter(kind=UserKind.STAFF, is_active=True, roles__contains=[Role.SUPERVISOR.value])
    when = row.due_at.strftime("%d %b %H:%M UTC")
    for person in people:
        outbox.put(
            "staff.reminder",
            case=None,
            audience=Audience.STAFF,
            due_at=at,
            at=at,
            dedupe_key=f"register:{row.pk}:{person.pk}",
            subject_id=row.pk,
            payload={
                "to": person.email,
                "subject": f"Register {row.label}: due {when}",
                "text": f"The entry {row.label} of the register is due {when}. Open the register to go on.\n",
            },
        )
    record(CaseEvent.REGISTER_REMINDED, case=None, by=by, at=at, subject=row, entry=row.label)
    return len(people)
