"""Ask for the erasure of a case, and what the worker writes down while it carries it out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases import keys
from cases.actions import approval as approval_actions
from cases.actions import hold as hold_actions
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Approval, ApprovalKind, Case, CaseKey, Erasure, ErasureReason, ErasureState
from cases.states import AgeAnswer, CaseState, IllegalMove


def refuse_unless_erasable(case: Case, *, at: datetime) -> None:
    """Raise IllegalMove, in words, for a case that is open, held, or being erased already."""
    if case.state == CaseState.ERASED or Erasure.objects.unfinished().filter(case=case).exists():
        raise IllegalMove(_("This case is being erased already."))
    if case.state != CaseState.CLOSED:
        raise IllegalMove(_("Close the case first. An open case is never erased."))
    hold_actions.refuse_if_held(case, at=at)


@transaction.atomic
def ask(*, case_id: UUID, reason: ErasureReason, words: str, by: Actor, at: datetime) -> Approval:
    """Ask a second person to let a closed case be erased. Refused while a hold stands."""
    case = lock(case_id)
    refuse_unless_erasable(case, at=at)
    return approval_actions.ask(
        kind=ApprovalKind.ERASURE,
        case=case,
        subject_id=case.pk,
        reason=words,
        facts={"reason": reason.value},
        by=by,
        at=at,
    )


def granted(*, approval: Approval, by: Actor, at: datetime) -> None:
    """Hand the erasure that a second person granted to the worker; asked again here: a hold may have come."""
    case = lock(UUID(str(approval.case_id)))
    refuse_unless_erasable(case, at=at)
    row = Erasure.objects.create(
        case=case,
        approval_id=approval.pk,
        reason=ErasureReason(approval.facts.get("reason", ErasureReason.CLIENT)),
        asked_by_id=approval.asked_by_id,
        asked_at=approval.asked_at,
        granted_by_id=approval.decided_by_id,
        granted_at=at,
    )
    record(CaseEvent.ERASURE_GRANTED, case=case, by=by, at=at, subject=row, reason=row.reason)


@transaction.atomic
def begin(*, erasure_id: UUID, counts: dict[str, int], by: Actor, at: datetime) -> bool:
    """Take an erasure for this worker. False where a hold or a reopening came in between: then it is stopped.

    What goes is counted once, at the first try: a second one finds less.
    """
    case = lock(Erasure.objects.values_list("case_id", flat=True).get(pk=erasure_id))
    row = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
    if row.state not in (ErasureState.GRANTED, ErasureState.ERASING):
        return False
    if case.state != CaseState.CLOSED or hold_actions.is_held(case.pk, on=at.date()):
        row.state = ErasureState.STOPPED
        row.save(update_fields=["state"])
        record(CaseEvent.ERASURE_STOPPED, case=case, by=by, at=at, subject=row)
        return False
    if row.state == ErasureState.GRANTED:
        row.state, row.begun_at, row.counts = ErasureState.ERASING, at, counts
        row.stored_objects = counts.get("stored_files", 0)
        record(CaseEvent.ERASURE_BEGUN, case=case, by=by, at=at, subject=row)
    row.save(update_fields=["state", "begun_at", "counts", "stored_objects"])
    Erasure.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
    return True


def still_erasing(*, erasure_id: UUID) -> Case | None:
    """Lock the case of an erasure that is under way; None when another worker finished it."""
    row = Erasure.objects.get(pk=erasure_id)
    case = lock(row.case_id)
    row.refresh_from_db()
    return case if row.state == ErasureState.ERASING else None


@transaction.atomic
def finish(*, erasure_id: UUID, by: Actor, at: datetime) -> Erasure:
    """Destroy the key, leave the tombstone, certify. The rows were deleted before, in the same transaction."""
    row = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
    case_id = row.case_id
    version = CaseKey.objects.values_list("kek_version", flat=True).get(case_id=case_id)
    keys.destroy(case_id)
    Case.objects.filter(pk=case_id).update(
        state=CaseState.ERASED,
        alias="",
        sealed=b"",
        country="",
        language="en",
        source="",
        routed_to="",
        age_answer=AgeAnswer.NOT_ASKED,
        age_said_by="",
        age_said_at=None,
    )
    row.state, row.erased_at, row.key_version = ErasureState.ERASED, at, version
    row.save(update_fields=["state", "erased_at", "key_version"])
    record(
        CaseEvent.CASE_ERASED,
        case=None,
        by=by,
        at=at,
        subject=row,
        case_id=case_id,
        reason=row.reason,
        counts=row.counts,
        files=row.stored_objects,
        key_version=version,
    )
    return row


@transaction.atomic
def keys_destroyed(*, by: Actor, at: datetime, versions: list[int]) -> int:
    """Mark the erasures as complete whose key was wrapped by key-encryption keys that no longer exist anywhere.

    `versions` are those that were destroyed. Until then a backup and the old key together could still open the case.
    """
    done = 0
    waiting = Erasure.objects.select_for_update(of=("self",)).filter(
        state=ErasureState.ERASED, key_version__in=versions, erased_at__lte=at
    )
    for row in waiting:
        row.state, row.completed_at = ErasureState.COMPLETE, at
        row.keys_destroyed_by = str(by.id or by.label)
        row.save(update_fields=["state", "completed_at", "keys_destroyed_by"])
        record(CaseEvent.ERASURE_COMPLETE, case=None, by=by, at=at, subject=row, key_version=row.key_version)
        done += 1
    return done
