"""Let a client take their case back: stopping works at once, deleting is asked for, and nothing is erased here."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cases.actions import case_task, safe_contact
from cases.actions import consent as consent_actions
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import ConsentBasis, Power, Withdrawal, WithdrawalWish
from cases.states import IllegalMove

TASK = "withdrawal"
READ_WITHIN = timedelta(hours=24)
TAKE_BACK_WITHIN = timedelta(days=7)
"""For this long a client can take a wish back, and nothing is deleted (house rule)."""
ASKING = (Power.ASK_SITES, Power.ASK_HOSTS, Power.ASK_SEARCH)


@transaction.atomic
def withdraw(*, case_id: UUID, wishes: Collection[WithdrawalWish], words: str, by: Actor, at: datetime) -> Withdrawal:
    """Keep what a client asks. Notices and contact stop at once; staff answer the rest, by a way known to be theirs."""
    case = lock(case_id)
    if by.kind != ActorKind.CLIENT:
        raise IllegalMove("Only the client takes their own case back.")
    if not wishes:
        raise IllegalMove("Choose what to stop.")
    Withdrawal.objects.standing().filter(case=case).update(taken_back_at=at)
    row = Withdrawal(
        case=case, wishes=sorted(wish.value for wish in wishes), said_at=at, decide_by=at + TAKE_BACK_WITHIN
    )
    row.words = words
    row.save(force_insert=True)
    record(CaseEvent.CLIENT_WITHDREW, case=case, by=by, at=at, subject=row, wishes=row.wishes)
    if WithdrawalWish.STOP_NOTICES in wishes:
        stopped = dict.fromkeys(ASKING, False)
        consent_actions.answer(case_id=case.pk, answers=stopped, basis=ConsentBasis.PORTAL, by=by, at=at)
    if WithdrawalWish.STOP_CONTACT in wishes:
        safe_contact.stop(case_id=case.pk, by=by, at=at)
    case_task.create(
        case=case,
        kind=TASK,
        due_at=at + READ_WITHIN,
        path=f"/cases/{case.reference}/client",
        dedupe_key=TASK,
        facts={"wishes": row.wishes},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def take_back(*, case_id: UUID, by: Actor, at: datetime) -> int:
    """Take a withdrawal back while nobody answered it. What was stopped stays stopped until staff asked."""
    case = lock(case_id)
    if by.kind != ActorKind.CLIENT:
        raise IllegalMove("Only the client takes their own wish back.")
    taken = int(Withdrawal.objects.standing().filter(case=case).update(taken_back_at=at))
    if taken:
        record(CaseEvent.WITHDRAWAL_TAKEN_BACK, case=case, by=by, at=at)
    return taken


@transaction.atomic
def answer(*, case_id: UUID, outcome: str, confirmed: str, by: Actor, at: datetime) -> Withdrawal:
    """Record what became of a withdrawal, and by which known way it was made sure that the client meant it."""
    case = lock(case_id)
    if by.kind != ActorKind.USER:
        raise IllegalMove("Only staff answer a withdrawal.")
    row: Withdrawal | None = Withdrawal.objects.standing().select_for_update().filter(case=case).first()
    if row is None:
        raise IllegalMove("There is no withdrawal to answer.")
    row.answered_at = at
    row.save(update_fields=["answered_at"])
    record(CaseEvent.WITHDRAWAL_ANSWERED, case=case, by=by, at=at, subject=row, outcome=outcome, confirmed=confirmed)
    case_task.end_for(case=case, dedupe_key=TASK, at=at)
    return row
