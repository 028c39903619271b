"""The outbox: put an effect in with the change that wants it, claim it once, finish it once.

Postgres is the ledger, Redis only rings. A claim is a conditional update with a lease and a fencing token: a worker
that lost its lease cannot finish what another took over. Which effects mark before and which after they happen is
said by their handler (docs/reliability.md).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases.models import Audience, Case, Effect
from cases.states import EffectState

LEASE = timedelta(minutes=6)
MAX_TRIES = 6
FIRST_WAIT = timedelta(minutes=1)

log = logging.getLogger("recourse.outbox")


class Refused(Exception):
    """The world answered no for good (a mailbox that does not exist): trying again is pointless."""


@dataclass(frozen=True)
class Claim:
    """One effect in the hands of one worker."""

    effect_id: UUID
    token: UUID


def put(
    kind: str,
    *,
    case: Case | None,
    audience: Audience,
    due_at: datetime,
    at: datetime,
    dedupe_key: str,
    subject_id: UUID | None = None,
    channel: str = "",
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Put one effect into the outbox in the current transaction; a key that is there already changes nothing.

    A message to a client without a permitting contact rule is refused by the database (IntegrityError).
    """
    row = Effect.make(
        case=case,
        kind=kind,
        audience=audience,
        channel=channel,
        subject_id=subject_id,
        due_at=due_at,
        created_at=at,
        dedupe_key=dedupe_key,
        payload=dict(payload or {}),
    )
    Effect.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(ring)


def ring(sweep: str = "cases.tasks.sweep_effects") -> None:
    """Tell a worker that something is due; when Redis is away the next sweep finds it all the same."""
    try:
        # By name: the tasks stand above the actions that put effects in.
        current_app.send_task(sweep, retry=False, ignore_result=True)
    except Exception:
        log.warning("could not ring; the sweep will find it", extra={"event": "ring"})


def claim(effect_id: UUID, *, at: datetime) -> Claim | None:
    """Take a due effect for one worker, or None when another has it. An unfinished claim lapses after LEASE."""
    token = uuid4()
    with transaction.atomic():
        row = Effect.objects.due(at=at).select_for_update(skip_locked=True).filter(pk=effect_id).first()
        if row is None:
            return None
        Effect.objects.filter(pk=effect_id).update(
            state=EffectState.CLAIMED, lease_until=at + LEASE, lease_token=token, tries=row.tries + 1
        )
    return Claim(effect_id, token)


def holds(claimed: Claim) -> bool:
    """Whether this worker still has the lease: asked right before the effect happens."""
    now = timezone.now()
    mine = Effect.objects.filter(pk=claimed.effect_id, lease_token=claimed.token, state=EffectState.CLAIMED)
    return mine.filter(lease_until__gt=now).exists()


def mark_in_doubt(claimed: Claim, *, at: datetime) -> bool:
    """Mark an effect that must never happen twice, right before it happens; False when this worker may not do it.

    From here on nobody claims it again and nothing puts it back: it is finished by its worker, or a person looks.
    """
    mine = Effect.objects.filter(pk=claimed.effect_id, lease_token=claimed.token, state=EffectState.CLAIMED)
    return bool(mine.update(state=EffectState.UNKNOWN, ended_at=at, lease_until=None, error="on its way"))


def finish(claimed: Claim, *, at: datetime, state: EffectState = EffectState.DONE, error: str = "") -> bool:
    """End an effect; False when the lease was lost and another worker is responsible."""
    mine = Effect.objects.filter(pk=claimed.effect_id, lease_token=claimed.token)
    changed = mine.update(state=state, ended_at=at, lease_until=None, error=error[:200])
    return changed == 1


def put_back(claimed: Claim, *, due_at: datetime) -> None:
    """Give an effect back for a later time; this was no try that failed. One in doubt stays so."""
    Effect.objects.filter(pk=claimed.effect_id, lease_token=claimed.token, state=EffectState.CLAIMED).update(
        state=EffectState.NEW, due_at=due_at, lease_until=None, tries=F("tries") - 1
    )


def retry_later(claimed: Claim, *, at: datetime, error: str) -> EffectState:
    """Put an effect back with a growing wait, or end it as failed after MAX_TRIES; return its state.

    What was marked in doubt, was finished or is another worker's stays as it is: UNKNOWN is returned.
    """
    mine = Effect.objects.filter(pk=claimed.effect_id, lease_token=claimed.token, state=EffectState.CLAIMED)
    row = mine.first()
    if row is None:
        return EffectState.UNKNOWN
    if row.tries >= MAX_TRIES:
        finish(claimed, at=at, state=EffectState.FAILED, error=error)
        return EffectState.FAILED
    wait = FIRST_WAIT * (2 ** max(0, row.tries - 1))
    mine.update(state=EffectState.NEW, due_at=at + wait, lease_until=None, error=error[:200])
    return EffectState.NEW
