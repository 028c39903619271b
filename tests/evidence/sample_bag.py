"""A small bag of a fictional case, for the tests of the bag and of its checker."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cases.eventformat import commit, event_hash, moment
from evidence.bag import FolderTarget, Payload, WrittenBag, write_bag
from evidence.custody import Line, disclosed, to_jsonl, withheld
from evidence.manifest import (
    CUSTODY_PATH,
    MANIFEST_PATH,
    BundleFacts,
    ExhibitEntry,
    exhibit_path,
    manifest_json,
)

CASE = UUID("6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11")
STAFF = UUID("0b6f3a52-6f0e-4a41-8d2c-6e1f5b1f7c10")
BUNDLE = UUID("c0ffee00-1d4e-4f3a-9a57-0c8f4f0b2a11")
BUILT_AT = datetime(2026, 11, 22, 15, 0, 1, 123456, tzinfo=UTC)
KINDS = ["cases.case_opened", "evidence.exhibit_sealed", "cases.note_added", "evidence.exhibit_sealed", "look.granted"]
FILES = {"ABC/001": b"\x89PNG picture" * 9000, "ABC/002": b"\0\0\0 ftypisom film" * 20_000}


def events() -> tuple[list[dict[str, object]], list[dict[str, tuple[bytes, object]]]]:
    """The hashed fields of five events of one chain, and what can be opened of each."""
    fields: list[dict[str, object]] = []
    opened: list[dict[str, tuple[bytes, object]]] = []
    prev = ""
    for seq, kind in enumerate(KINDS, start=1):
        values: dict[str, tuple[bytes, object]] = {}
        if kind == "evidence.exhibit_sealed":
            values = {"exhibit": (bytes([seq]) * 16, f"ABC/{seq:03d}"), "bytes": (bytes([seq + 9]) * 16, 1000 + seq)}
        fields.append(
            {
                "chain": str(CASE),
                "seq": seq,
                "prev": prev,
                "at": moment(BUILT_AT - timedelta(days=9 - seq)),
                "recorded_at": moment(BUILT_AT - timedelta(days=9 - seq) + timedelta(seconds=1)),
                "actor_kind": "user",
                "actor_id": str(STAFF),
                "kind": kind,
                "case_id": str(CASE),
                "subject": "",
                "sealed_sha256": hashlib.sha256(kind.encode()).hexdigest(),
                "commitments": {name: commit(salt, name, value) for name, (salt, value) in values.items()},
            }
        )
        opened.append(values)
        prev = event_hash(fields[-1])
    return fields, opened


def custody(withhold: Sequence[int] = (3,)) -> list[Line]:
    """The custody lines of those events; those numbered in `withhold` keep their hash alone."""
    return [
        withheld(int(str(event["seq"])), event_hash(event))
        if event["seq"] in withhold
        else disclosed(event, opening, event_hash_hex=event_hash(event))
        for event, opening in zip(*events(), strict=True)
    ]


def entries() -> list[ExhibitEntry]:
    """The two exhibits, as the manifest states them."""
    return [
        ExhibitEntry(
            exhibit=reference,
            description="Screenshot",
            path=exhibit_path(reference, "screenshot", ".png"),
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            sha512=hashlib.sha512(data).hexdigest(),
            md5=hashlib.md5(data).hexdigest(),
            media_type="image/png",
            acquired_at=BUILT_AT - timedelta(days=7),
            acquired_by="caseworker CW-07",
            method="client upload",
            original_name="IMG_0001.png",
        )
        for reference, data in FILES.items()
    ]


def facts() -> BundleFacts:
    """Who built the bundle, and for whom."""
    return BundleFacts(
        bundle_id=BUNDLE,
        reference="RC-2047-P1",
        case_ref="RC-2047",
        created_at=BUILT_AT,
        created_by="caseworker CW-07",
        org="Example helpline",
        recipient="A lawyer",
        purpose="Civil claim",
        release_basis="Consent of 20 November 2026",
        system={"name": "Recourse", "version": "0.1"},
        time_source="Clock of the server",
    )


def payloads(lines: Sequence[Line] | None = None) -> list[Payload]:
    """Everything under data/."""
    lines = custody() if lines is None else lines
    exhibits = entries()
    return [
        Payload.of(CUSTODY_PATH, to_jsonl(lines)),
        Payload.of(MANIFEST_PATH, manifest_json(facts(), exhibits, lines)),
        *(
            Payload(str(entry.path), entry.bytes, entry.sha256, lambda data=FILES[entry.exhibit]: (data,))  # type: ignore[misc]
            for entry in exhibits
        ),
    ]


INFO: Mapping[str, str] = {"Source-Organization": "Example helpline", "External-Identifier": str(BUNDLE)}


def build(directory: Path, lines: Sequence[Line] | None = None) -> WrittenBag:
    """The bag as a folder."""
    with FolderTarget(directory) as target:
        return write_bag(target, payloads(lines), info=INFO, at=BUILT_AT)
