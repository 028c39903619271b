"""What happens with a share: how it stands in the record, and what of it lies on the queue of who made the share."""

from datetime import datetime, timedelta
from typing import Any

from cases.actor import Actor
from cases.ledger import record
from cases.models import CaseTask
from evidence.events import EvidenceEvent
from evidence.models import Share

WITHIN = timedelta(hours=24)


def note(*, event: EvidenceEvent, share: Share, by: Actor, at: datetime, **told: Any) -> None:
    """Record what was done with a share: which bundle, for whom, and what else is told."""
    record(
        event,
        case=share.case_id,
        by=by,
        at=at,
        subject=share,
        bundle=share.bundle.reference,
        recipient=share.recipient,
        **told,
    )


def tell(*, share: Share, kind: str, at: datetime, key: str = "") -> None:
    """Put a task on the queue of who made a share; while one of the same kind is open for it nothing is added.

    Written as the recipient, who sees no case: the address is made of the bundle's own reference.
    """
    reference = share.bundle.reference.rpartition("-P")[0]
    row = CaseTask(
        case_id=share.case_id,
        kind=kind,
        due_at=at + WITHIN,
        path=f"/cases/{reference}/bundle/{share.bundle_id}/",
        subject_id=share.pk,
        facts={"bundle": share.bundle.reference},
        assigned_to_id=share.made_by_id,
        dedupe_key=f"{kind}:{share.pk}{key}",
        created_at=at,
    )
    CaseTask.objects.bulk_create([row], ignore_conflicts=True)
