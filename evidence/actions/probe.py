"""The queue of probes: which exhibit waits for which, who works on it, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from cases.actions.case import lock
from cases.actor import Actor
from evidence.actions.derivative import failed as note_failed
from evidence.models import DerivativeKind, Exhibit, ExhibitState, Probe, ProbeState

LEASE = timedelta(minutes=10)
MOST_TRIES = 3
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=15))
"""How long a probe that ran out of time or was interrupted waits before each further try."""
WITHOUT_SANDBOX = timedelta(hours=1)
LOCKED_AGAIN = timedelta(days=1)


class LeaseLost(Exception):
    """Another worker took the probes over meanwhile: what this one made is dropped."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one worker may do for one exhibit now."""

    exhibit_id: UUID
    lease: UUID
    names: Sequence[str]


@transaction.atomic
def plan(*, names: Sequence[str], limit: int, at: datetime) -> int:
    """Put exhibits that have not been asked yet into the queue; return how many probes were added."""
    added = 0
    for name in names:
        waiting = Exhibit.objects.sealed().exclude(probes__maker=name).order_by("sealed_at", "pk")
        pairs = list(waiting.values_list("pk", "case_id")[:limit])
        rows = [Probe(case_id=case_id, exhibit_id=pk, maker=name, next_at=at) for pk, case_id in pairs]
        Probe.objects.bulk_create(rows, ignore_conflicts=True)
        added += len(rows)
    return added


@transaction.atomic
def claim(*, exhibit_id: UUID, at: datetime) -> Claim | None:
    """Take the due probes of one exhibit for one worker, or None: nothing due, or the case is locked for age."""
    exhibit = Exhibit.objects.only("case_id", "state").get(pk=exhibit_id)
    case = lock(exhibit.case_id)
    due = Probe.objects.filter(exhibit_id=exhibit_id).due(at=at)
    if case.is_age_locked:
        due.update(next_at=at + LOCKED_AGAIN)
        return None
    if exhibit.state != ExhibitState.SEALED:
        due.update(state=ProbeState.FAILED, reason="removed", ended_at=at)
        return None
    lease = uuid4()
    taken = due.update(lease=lease, leased_until=at + LEASE, tries=F("tries") + 1)
    if not taken:
        return None
    names = list(
        Probe.objects.filter(exhibit_id=exhibit_id, lease=lease).order_by("maker").values_list("maker", flat=True)
    )
    return Claim(exhibit_id, lease, names)


@transaction.atomic
def finish(*, claim: Claim, name: str, at: datetime) -> None:
    """A probe was answered: call in the transaction that writes its derivatives. Raises LeaseLost."""
    ended = _held(claim, name)
    ended.state, ended.ended_at, ended.reason, ended.lease, ended.leased_until = ProbeState.DONE, at, "", None, None
    ended.save(update_fields=["state", "ended_at", "reason", "lease", "leased_until"])


@transaction.atomic
def give_up(
    *, claim: Claim, name: str, kind: DerivativeKind, tool: str, reason: str, again: bool, by: Actor, at: datetime
) -> None:
    """A probe has no result. Tried again a bounded number of times where that may help; then written down as failed.

    Raises LeaseLost, and IllegalMove when the case was locked meanwhile.
    """
    row = _held(claim, name)
    row.lease = row.leased_until = None
    row.reason = reason[:60]
    if again and row.tries < MOST_TRIES:
        row.next_at = at + AGAIN_AFTER[min(row.tries, len(AGAIN_AFTER)) - 1]
    else:
        row.state, row.ended_at = ProbeState.FAILED, at
        note_failed(exhibit_id=claim.exhibit_id, kind=kind, tool=tool, reason=row.reason, by=by, at=at)
    row.save(update_fields=["lease", "leased_until", "reason", "next_at", "state", "ended_at"])


@transaction.atomic
def put_off(*, claim: Claim, name: str, reason: str, wait: timedelta = WITHOUT_SANDBOX, at: datetime) -> None:
    """The probe could not be put at all (no sandbox, no store): it waits, and the try does not count."""
    row = _held(claim, name)
    row.lease = row.leased_until = None
    row.tries, row.reason, row.next_at = max(0, row.tries - 1), reason[:60], at + wait
    row.save(update_fields=["lease", "leased_until", "tries", "reason", "next_at"])


def _held(claim: Claim, name: str) -> Probe:
    row = Probe.objects.select_for_update().filter(exhibit_id=claim.exhibit_id, maker=name, lease=claim.lease).first()
    if row is None:
        raise LeaseLost(name)
    return row
