"""Whether the record is whole: every chain walked from its first event, every anchor made again from the events.

It trusts no function of the database: hashes are computed here from the bytes that are stored.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from cases.actions.anchor import hash_of_heads, heads_until
from cases.eventformat import NotCanonical, canonical_json, event_hash, moment
from cases.keys import SYSTEM_CHAIN
from cases.models import Anchor, Event

BATCH = 2000
COLUMNS = (
    "chain",
    "seq",
    "prev",
    "hash",
    "at",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "kind",
    "case_id",
    "subject",
    "sealed",
    "commitments",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not hold: the chain and number of an event, or the day of an anchor."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and the first fault if there is one."""

    chains: int
    events: int
    anchors: int
    fault: Fault | None


def check_record() -> Checked:
    """Walk every chain in order, then every anchor; stop at the first fault.

    Needs a login that sees every event. Memory does not grow with the record: rows come in batches from a server-side
    cursor.
    """
    chains = events = anchors = 0
    chain: UUID | None = None
    prev, expected = "", 1
    for row in _rows():
        if row["chain"] != chain:
            chain, prev, expected = row["chain"], "", 1
            chains += 1
        events += 1
        if wrong := event_fault(row, prev=prev, expected=expected):
            return Checked(chains, events, anchors, Fault(f"chain {chain}, event {row['seq']}", wrong))
        prev, expected = bytes(row["hash"]).hex(), expected + 1
    before = b""
    for anchor in Anchor.objects.order_by("day"):
        anchors += 1
        if wrong := anchor_fault(anchor, before=before):
            return Checked(chains, events, anchors, Fault(f"anchor of {anchor.day}", wrong))
        before = bytes(anchor.hash)
    return Checked(chains, events, anchors, None)


def event_fault(row: dict[str, Any], *, prev: str, expected: int) -> str:
    """Return what is wrong with one stored event that must follow `prev` (hex) as number `expected`, or nothing."""
    if row["seq"] != expected:
        return f"number {expected} is missing" if row["seq"] > expected else "its number stands twice"
    if row["chain"] != (row["case_id"] or SYSTEM_CHAIN):
        return "it belongs to another case than its chain"
    if bytes(row["prev"]).hex() != prev:
        return "it does not follow the event before it"
    try:
        commitments = json.loads(row["commitments"])
        if canonical_json(commitments) != row["commitments"]:
            return "its commitments are not written as they must be"
        digest = event_hash(_hashed(row, commitments))
    except (NotCanonical, ValueError) as error:
        return f"it cannot be read ({error})"
    if digest != bytes(row["hash"]).hex():
        return "its contents do not give its hash"
    return ""


def anchor_fault(anchor: Anchor, *, before: bytes) -> str:
    """Return what is wrong with an anchor that must follow the hash `before`, or nothing."""
    if bytes(anchor.prev) != before:
        return "it does not follow the anchor before it"
    midnight = datetime.combine(anchor.day + timedelta(days=1), time(), tzinfo=UTC)
    heads = heads_until(midnight)
    of_heads, whole = hash_of_heads(heads, before)
    if (len(heads), sum(count for _, _, count in heads)) != (anchor.chains, anchor.events):
        return "it was made over another number of chains or events"
    if of_heads != bytes(anchor.heads_hash) or whole != bytes(anchor.hash):
        return "the chains do not end where it says"
    return ""


def _rows() -> Iterator[dict[str, Any]]:
    rows: Iterator[dict[str, Any]] = Event.objects.order_by("chain", "seq").values(*COLUMNS).iterator(chunk_size=BATCH)
    return rows


def _hashed(row: dict[str, Any], commitments: object) -> dict[str, object]:
    return {
        "chain": str(row["chain"]),
        "seq": row["seq"],
        "prev": bytes(row["prev"]).hex(),
        "at": moment(row["at"]),
        "recorded_at": moment(row["recorded_at"]),
        "actor_kind": row["actor_kind"],
        "actor_id": row["actor_id"],
        "kind": row["kind"],
        "case_id": str(row["case_id"]) if row["case_id"] else "",
        "subject": row["subject"],
        "sealed_sha256": hashlib.sha256(bytes(row["sealed"])).hexdigest(),
        "commitments": commitments,
    }
