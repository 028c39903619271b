"""Time stamps of anchors: asked for, kept as they came, judged once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases import outbox, timestamps
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Anchor, AnchorStamp, Audience

KIND = "record.stamp"


@transaction.atomic
def ask(*, by: Actor, at: datetime) -> int:
    """Put a question to each authority that has not stamped the newest anchor into the outbox; return how many.

    A stamp covers every anchor before its own, so older ones are not asked for again: an authority that hangs never
    holds up more than one effect a day. What failed for good today is asked again tomorrow. Nothing that the record
    tells of happens yet, so this writes no event.
    """
    anchor = Anchor.objects.order_by("-day").first()
    if anchor is None:
        return 0
    stamped = set(AnchorStamp.objects.good().filter(anchor=anchor).values_list("authority", flat=True))
    missing = [authority for authority in timestamps.authorities() if authority.name not in stamped]
    for authority in missing:
        outbox.put(
            KIND,
            case=None,
            audience=Audience.NOBODY,
            subject_id=anchor.pk,
            due_at=at,
            at=at,
            dedupe_key=f"stamp:{anchor.day}:{authority.name[:80]}:{at.date()}",
            payload={"authority": authority.name},
        )
    return len(missing)


@transaction.atomic
def keep(
    *, anchor: Anchor, authority: str, query: timestamps.Query, reply: bytes, by: Actor, at: datetime
) -> AnchorStamp:
    """Keep a reply as it came, before anything of it is read. What it is worth is said by `judge`."""
    row = AnchorStamp(
        anchor=anchor,
        authority=authority,
        query=query.der,
        nonce=str(query.nonce),
        reply=reply,
        received_at=at,
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def judge(*, stamp_id: UUID, stamped_at: datetime | None, error: str, by: Actor, at: datetime) -> AnchorStamp:
    """Write once what a reply is worth: the authority's time, or what is wrong with it."""
    row = AnchorStamp.objects.select_for_update(of=("self",)).select_related("anchor").get(pk=stamp_id)
    row.stamped_at, row.error = stamped_at, error[:200]
    row.save(update_fields=["stamped_at", "error"])
    kind = CaseEvent.ANCHOR_STAMPED if stamped_at else CaseEvent.STAMP_REFUSED
    told = {"day": str(row.anchor.day), "authority": row.authority}
    if stamped_at:
        record(kind, case=None, by=by, at=at, subject=row, **told, time=stamped_at)
    else:
        record(kind, case=None, by=by, at=at, subject=row, **told, error=row.error)
    return row
