"""Where a case's chain stood at the end of each day, and the stamped anchors that fix it (docs/record.md).

An anchor covers the heads of all chains, so a stranger can check the anchor and its time stamp, and that the custody
log runs through the head that is named here. That this head is one of those under the anchor is shown by the record
itself: the other heads belong to other people and do not travel.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cases.actions.anchor import end_of, message_of
from cases.eventformat import canonical_json, moment
from cases.models import Anchor, AnchorStamp, Event
from evidence.bag import Payload

PATH = "data/records/heads.json"
MOST_DAYS, MOST_STAMPS = 400, 60


@dataclass(frozen=True, slots=True)
class Heads:
    """The record for data/, and the files for proof/."""

    record: Payload
    files: Mapping[str, bytes]


def of_case(case_id: UUID) -> Heads:
    """Return the anchored heads of a case's chain, newest days first to be kept; call inside `acting_as`."""
    days = _days(case_id)
    anchors = list(Anchor.objects.filter(day__gte=min(days)).order_by("day")) if days else []
    anchors = anchors[-MOST_DAYS:]
    stamps: dict[date, list[AnchorStamp]] = {}
    good = AnchorStamp.objects.good().filter(anchor__in=anchors).select_related("anchor")
    for stamp in good.order_by("anchor__day", "stamped_at", "pk"):
        stamps.setdefault(stamp.anchor.day, []).append(stamp)
    wanted = sorted({found for day in days if (found := _stamped_from(day, stamps)) is not None})[-MOST_STAMPS:]
    files: dict[str, bytes] = {}
    rows = []
    for anchor in anchors:
        row: dict[str, object] = {
            "day": str(anchor.day),
            "anchor": bytes(anchor.hash).hex(),
            "heads": bytes(anchor.heads_hash).hex(),
            "prev": bytes(anchor.prev).hex(),
            "stamps": [],
        }
        if anchor.day in days:
            row["seq"], row["head"] = days[anchor.day]
        if anchor.day in wanted:
            files[f"heads/{anchor.day}.anchor"] = message_of(bytes(anchor.prev), bytes(anchor.heads_hash))
            row["stamps"] = [_stamp(stamp, place, files) for place, stamp in enumerate(stamps[anchor.day][:2], start=1)]
        rows.append(row)
    return Heads(Payload.of(PATH, canonical_json({"anchors": rows}).encode("ascii") + b"\n"), files)


def _stamp(stamp: AnchorStamp, place: int, files: dict[str, bytes]) -> dict[str, str]:
    name = f"heads/{stamp.anchor.day}{'' if place == 1 else f'.{place}'}.tsr"
    files[name] = bytes(stamp.reply)
    assert stamp.stamped_at is not None
    return {"authority": stamp.authority, "time": moment(stamp.stamped_at), "file": f"proof/{name}"}


def _days(case_id: UUID) -> dict[date, tuple[int, str]]:
    """Return for each anchored day on which the chain grew the number and hash of its last event by then."""
    last: dict[date, tuple[int, str]] = {}
    anchored = set(Anchor.objects.values_list("day", flat=True))
    events = Event.objects.filter(chain=case_id).order_by("seq").values_list("recorded_at", "seq", "hash")
    for recorded_at, seq, value in events:
        day = recorded_at.astimezone(end_of(date(2000, 1, 1)).tzinfo).date()
        if day in anchored:
            last[day] = (seq, bytes(value).hex())
    return last


def _stamped_from(day: date, stamps: Mapping[date, object]) -> date | None:
    return min((found for found in stamps if found >= day), default=None)


def read(record: bytes) -> list[dict[str, object]]:
    """Return the anchors that a record of heads lists."""
    found = json.loads(record)["anchors"]
    return list(found)
