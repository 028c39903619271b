"""Whether the record is whole: every chain walked from its first event, what each event says opened, every anchor made
again from the events, every time stamp read again.

It trusts no function of the database: hashes are computed here from the bytes that are stored.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from cases import keys
from cases.access import acting_as
from cases.actions.anchor import end_of, hash_of_heads, heads_until
from cases.actor import Actor
from cases.anchor_check import AnchorsOver, stamp_notes, stamps_fault
from cases.eventformat import NotCanonical, canonical_json, event_hash, moment, opens
from cases.keys import SYSTEM_CHAIN
from cases.models import Anchor, Case, Event
from cases.sealed import CannotOpen, unseal

BATCH = 2000
FORMAT_VERSION = 1
COLUMNS = (
    "id",
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
    "format_version",
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
    """What was looked at, and the first fault if there is one.

    `unreadable` counts events whose case has no key any more: their place in the chain holds, what they said is gone.
    `notes` are sentences about what is no fault but should be known, such as anchors without a stamp.
    """

    chains: int
    events: int
    anchors: int
    stamps: int
    unreadable: int
    fault: Fault | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseChecked:
    """What was found in one case's chain, and up to which event (0 for none) which day's anchor covers it."""

    events: int
    unreadable: int
    fault: Fault | None
    anchored_event: int = 0
    anchored_day: date | None = None


@transaction.atomic
def check_record(kept: dict[date, str] | None = None) -> Checked:
    """Walk every chain in order, then every anchor and stamp; stop at the first fault.

    `kept` holds anchors (day to hex) that were kept outside: an anchor that differs from them, or is gone, is a fault.
    Needs a login that sees every event. Memory does not grow with the record: rows come in batches from a server-side
    cursor, and anchors, read first so that none is younger than the events, are made again chain by chain.
    """
    with acting_as(Actor.system("verify")):
        anchors = list(Anchor.objects.order_by("day"))
        over = AnchorsOver(anchors)
        chains = events = unreadable = 0
        walk = _Walk(None)
        for row in _rows():
            if row["chain"] != walk.chain:
                over.end_chain()
                walk = _Walk(row["chain"])
                chains += 1
            events += 1
            if wrong := walk.next_fault(row):
                where = f"chain {walk.chain}, event {row['seq']}"
                return Checked(chains, events, 0, 0, unreadable, Fault(where, wrong))
            unreadable += walk.is_unreadable
            over.add(walk.chain, row["seq"], walk.prev, row["recorded_at"])
        over.end_chain()
        checked = 0
        for anchor, wrong in over.faults(kept or {}):
            checked += 1
            if wrong:
                return Checked(chains, events, checked, 0, unreadable, Fault(f"anchor of {anchor}", wrong))
        stamps, stamp_fault = stamps_fault(anchors)
        fault = Fault(*stamp_fault) if stamp_fault else None
        return Checked(chains, events, checked, stamps, unreadable, fault, tuple(stamp_notes(anchors)))


@transaction.atomic
def check_case(case: Case) -> CaseChecked:
    """Walk the chain of one case, and find the newest anchor that covers it and holds.

    An anchor is made over all chains: when it does not hold, the fault may lie in another chain than this one.
    """
    with acting_as(Actor.system("verify")):
        walk = _Walk(case.pk)
        events = unreadable = 0
        for row in _rows(case.pk):
            events += 1
            if wrong := walk.next_fault(row):
                return CaseChecked(events, unreadable, Fault(f"event {row['seq']}", wrong))
            unreadable += walk.is_unreadable
        anchor = Anchor.objects.order_by("-day").first()
        if anchor is None:
            return CaseChecked(events, unreadable, None)
        heads = heads_until(end_of(anchor.day))
        of_heads, whole = hash_of_heads(heads, bytes(anchor.prev))
        if (of_heads, whole) != (bytes(anchor.heads_hash), bytes(anchor.hash)):
            what = "the chains do not end where it says; check the whole record to learn which"
            return CaseChecked(events, unreadable, Fault(f"anchor of {anchor.day}", what))
        covered = next((count for chain, _head, count in heads if chain == str(case.pk)), 0)
        return CaseChecked(events, unreadable, None, covered, anchor.day)


class _Walk:
    """One chain, walked from its first event."""

    def __init__(self, chain: UUID | None) -> None:
        self.chain = chain
        self.prev = ""
        self.is_unreadable = False
        self._expected = 1
        self._key = self._key_of(chain) if chain is not None else None

    @staticmethod
    def _key_of(chain: UUID) -> bytes | None:
        try:
            return keys.case_key(chain)
        except keys.KeyMissing:
            return None

    def next_fault(self, row: dict[str, Any]) -> str:
        """Return what is wrong with the next event of the chain, or nothing."""
        if wrong := event_fault(row, prev=self.prev, expected=self._expected):
            return wrong
        self.prev, self._expected = bytes(row["hash"]).hex(), self._expected + 1
        self.is_unreadable = self._key is None
        return "" if self._key is None else contents_fault(row, key=self._key)


def event_fault(row: dict[str, Any], *, prev: str, expected: int) -> str:
    """Return what is wrong with one stored event that must follow `prev` (hex) as number `expected`, or nothing."""
    if row["seq"] != expected:
        return f"number {expected} is missing" if row["seq"] > expected else "its number stands twice"
    if row["chain"] != (row["case_id"] or SYSTEM_CHAIN):
        return "it belongs to another case than its chain"
    if row["format_version"] != FORMAT_VERSION:
        return "its format is not known"
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


def contents_fault(row: dict[str, Any], *, key: bytes) -> str:
    """Return what is wrong between what an event says and what was committed to, or nothing."""
    case_id = row["case_id"] or SYSTEM_CHAIN
    try:
        said = unseal(bytes(row["sealed"]), key=key, table=Event._meta.db_table, row=row["id"], case_id=case_id)
    except (CannotOpen, ValueError):
        return "what it says does not open with its case's key"
    commitments = json.loads(row["commitments"])
    body, salts = said.get("body", {}), said.get("salts", {})
    if not set(body) == set(salts) == set(commitments):
        return "what it says is more or less than what was committed to"
    try:
        held = all(opens(commitments[name], bytes.fromhex(salts[name]), name, body[name]) for name in body)
    except (NotCanonical, ValueError, TypeError) as error:
        return f"what it says cannot be read ({error})"
    return "" if held else "what it says is not what was committed to"


def _rows(chain: UUID | None = None) -> Iterator[dict[str, Any]]:
    found = Event.objects.order_by("chain", "seq")
    if chain is not None:
        found = found.filter(chain=chain)
    rows: Iterator[dict[str, Any]] = found.values(*COLUMNS).iterator(chunk_size=BATCH)
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
