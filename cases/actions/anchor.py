"""The day's anchor: one hash over every chain's head, so that no chain can be rebuilt later without a trace."""

from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction

from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Anchor

HEADS = """
select distinct on (chain) chain::text, encode(hash, 'hex'), seq
from cases_event where recorded_at < %s order by chain, seq desc
"""


def hash_of_heads(heads: list[tuple[str, str, int]], prev: bytes) -> tuple[bytes, bytes]:
    """Return (hash of the sorted heads, hash that also covers the anchor before)."""
    text = "".join(f"{chain} {head} {count}\n" for chain, head, count in sorted(heads))
    of_heads = sha256(b"recourse-heads-1\n" + text.encode("ascii")).digest()
    return of_heads, sha256(b"recourse-anchor-1\n" + prev + of_heads).digest()


def heads_until(moment: datetime) -> list[tuple[str, str, int]]:
    """Return (chain, hash of its last event, number of events) for all that was written before a moment."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [moment])
        return [(chain, head, count) for chain, head, count in cursor.fetchall()]


@transaction.atomic
def make_anchor(*, by: Actor, at: datetime) -> Anchor | None:
    """Anchor the day that ended before `at` (UTC) if it has no anchor yet; None when nothing is to do."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    day: date = (midnight - timedelta(days=1)).date()
    if Anchor.objects.filter(day=day).exists():
        return None
    heads = heads_until(midnight)
    if not heads:
        return None
    before = Anchor.objects.filter(day__lt=day).order_by("-day").first()
    prev = bytes(before.hash) if before else b""
    of_heads, whole = hash_of_heads(heads, prev)
    row = Anchor(
        day=day,
        chains=len(heads),
        events=sum(count for _, _, count in heads),
        heads_hash=of_heads,
        prev=prev,
        hash=whole,
        made_at=at,
    )
    Anchor.objects.bulk_create([row], ignore_conflicts=True)
    record(CaseEvent.RECORD_ANCHORED, case=None, by=by, at=at, day=str(day), chains=row.chains, hash=whole.hex())
    return row
