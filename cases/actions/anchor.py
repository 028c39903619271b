"""The day's anchor: one hash over every chain's head, so that no chain can be rebuilt later without a trace."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from cases import eventformat, outbox
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Anchor, Audience, Event

SETTLE = timedelta(minutes=10)
"""A day is anchored this long after it ended: an event gets its time before its transaction commits, and no
transaction of ours lives longer than five minutes."""
MOST_DAYS = 400
"""So many missed days are made up for in one go."""

HEADS = """
select distinct on (chain) chain::text, encode(hash, 'hex'), seq
from cases_event where recorded_at < %s order by chain, seq desc
"""
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('recourse-anchor', 7))"


def heads_line(chain: str, head: str, count: int) -> bytes:
    """Return one line of what an anchor is made over."""
    return f"{chain} {head} {count}\n".encode("ascii")


def message_of(prev: bytes, of_heads: bytes) -> bytes:
    """Return the bytes whose SHA-256 is the anchor: what a time-stamp authority stamps."""
    return eventformat.ANCHOR + prev + of_heads


def hash_of_heads(heads: list[tuple[str, str, int]], prev: bytes) -> tuple[bytes, bytes]:
    """Return (hash of the sorted heads, hash that also covers the anchor before)."""
    text = b"".join(heads_line(*head) for head in sorted(heads))
    of_heads = sha256(eventformat.HEADS + text).digest()
    return of_heads, sha256(message_of(prev, of_heads)).digest()


def heads_until(moment: datetime) -> list[tuple[str, str, int]]:
    """Return (chain, hash of its last event, number of events) for all that was written before a moment."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [moment])
        return [(chain, head, count) for chain, head, count in cursor.fetchall()]


def end_of(day: date) -> datetime:
    """Return the moment at which an anchored day ends: midnight in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


@transaction.atomic
def make_anchors(*, by: Actor, at: datetime) -> list[Anchor]:
    """Anchor every day that has ended and has no anchor yet, oldest first; return what was made.

    Two workers never make one day twice. Trustees are told in one mail, whatever the number of days.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    last = Anchor.objects.order_by("-day").first()
    first_written = Event.objects.aggregate(at=Min("recorded_at"))["at"]
    if first_written is None:
        return []
    day = last.day + timedelta(days=1) if last else first_written.astimezone(UTC).date()
    made: list[Anchor] = []
    while end_of(day) + SETTLE <= at and len(made) < MOST_DAYS:
        last = _anchor(day, last, by=by, at=at)
        made.append(last)
        day += timedelta(days=1)
    if made:
        _tell_trustees(made, at=at)
    return made


def _anchor(day: date, before: Anchor | None, *, by: Actor, at: datetime) -> Anchor:
    heads = heads_until(end_of(day))
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
    row.save(force_insert=True)
    record(CaseEvent.RECORD_ANCHORED, case=None, by=by, at=at, day=str(day), chains=row.chains, hash=whole.hex())
    return row


LETTER = """\
This mail holds the seal of the record of {org}, one line for each day: the day, then the seal.

{lines}

{chains} chains with {events} events were in the record when the last of these days ended.

Please keep this mail, and do not change it. It says nothing about any person. If somebody ever rewrote the record,
the seals would no longer fit it, and your mail is how that is found. To check, give all of these mails, in one
text file, to whoever runs the record:

    bin/manage verify_record --anchors FILE
"""


def line_of(anchor: Anchor) -> str:
    """Return an anchor as trustees keep it: its day and its hash."""
    return f"{anchor.day} {bytes(anchor.hash).hex()}"


def _tell_trustees(made: list[Anchor], *, at: datetime) -> None:
    last = made[-1]
    text = LETTER.format(
        org=settings.ORG_NAME,
        lines="\n".join(line_of(anchor) for anchor in made),
        chains=last.chains,
        events=last.events,
    )
    for address in settings.TRUSTEES:
        outbox.put(
            "staff.mail",
            case=None,
            audience=Audience.STAFF,
            channel="email",
            due_at=at,
            at=at,
            dedupe_key=f"anchor-mail:{last.day}:{sha256(address.encode()).hexdigest()[:16]}",
            payload={"to": address, "subject": f"Seal of the record, {last.day}", "text": text},
        )
