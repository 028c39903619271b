"""manifest.json of a bundle: what is in it, what was left out and why, and where the custody log ends. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from cases.eventformat import canonical_json, moment
from evidence.custody import Line, to_jsonl

FORMAT = "recourse-evidence-bundle-1"
CUSTODY_PATH = "data/records/custody.jsonl"
MANIFEST_PATH = "data/records/manifest.json"
PACKET_PATH = "data/report/packet.pdf"
NAME_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitEntry:
    """One exhibit as the manifest states it. Hashes are of the original's plain bytes, lower-case hex.

    `path` is None for an exhibit that is described and not enclosed; `acquired_by` is a role and pseudonym, never a
    name; `source` is the exact address as text or the empty text; `original_name_hex` is given where the name cannot
    be shown as it was.
    """

    exhibit: str
    description: str
    path: str | None
    bytes: int
    sha256: str
    sha512: str
    md5: str
    media_type: str
    acquired_at: datetime
    acquired_by: str
    method: str
    source: str = ""
    original_name: str = ""
    original_name_hex: str = ""
    restricted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """An exhibit that exists and is not in the bundle, and why."""

    exhibit: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """Who made the bundle of which case, for whom, for what and on what ground. Names of staff never stand here."""

    bundle_id: UUID
    reference: str
    case_ref: str
    created_at: datetime
    created_by: str
    org: str
    recipient: str
    purpose: str
    release_basis: str
    system: Mapping[str, str]
    time_source: str
    supersedes: str = ""


def manifest_json(
    facts: BundleFacts,
    exhibits: Sequence[ExhibitEntry],
    custody: Sequence[Line],
    *,
    first_seq: int = 1,
    first_prev: str = "",
    omitted: Sequence[Omission] = (),
) -> bytes:
    """The manifest as a file: canonical JSON and a line feed, the same bytes for the same facts.

    `custody` is what custody.jsonl holds; for an extract, `first_seq` and `first_prev` say where it begins.
    """
    log = to_jsonl(custody)
    document = {
        "format": FORMAT,
        **asdict(facts),
        "bundle_id": str(facts.bundle_id),
        "created_at": moment(facts.created_at),
        "system": dict(facts.system),
        "exhibits": [asdict(entry) | {"acquired_at": moment(entry.acquired_at)} for entry in exhibits],
        "omitted": [asdict(entry) for entry in omitted],
        "custody": {
            "path": CUSTODY_PATH,
            "entries": len(custody),
            "withheld": sum(line.get("withheld") is True for line in custody),
            "first_seq": first_seq,
            "first_prev": first_prev,
            "head": str(custody[-1]["hash"]) if custody else first_prev,
            "sha256": hashlib.sha256(log).hexdigest(),
        },
    }
    return canonical_json(document).encode("utf-8") + b"\n"


def exhibit_path(reference: str, what: str, ending: str) -> str:
    """Where an exhibit lies in the bag: made from its reference and a plain word, never from the sender's file name.

    `exhibit_path("ABC/001", "screenshot", ".png")` is `data/exhibits/ABC-001_screenshot.png`.
    """
    label = re.sub(r"[^A-Za-z0-9]+", "-", reference).strip("-") or "exhibit"
    word = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
    name = f"{label}_{word}" if word else label
    return f"data/exhibits/{name[: NAME_LIMIT - len(ending)]}{ending}"
