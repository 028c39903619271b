"""manifest.json of a bundle: what is in it, what was left out and why, and where the custody log ends. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from cases.eventformat import canonical_json, moment
from evidence.custody import Line, to_jsonl
from evidence.packet.redaction import Hidden

FORMAT = "recourse-evidence-bundle-1"
CUSTODY_PATH = "data/records/custody.jsonl"
MANIFEST_PATH = "data/records/manifest.json"
PACKET_PATH = "data/report/packet.pdf"
HEADS_PATH = "data/records/heads.json"
EXHIBITS, REPLIES = "data/exhibits", "data/records/replies"
NAME_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitEntry:
    """One exhibit as the manifest states it. Hashes are of the original's plain bytes, lower-case hex.

    `path` is None for an exhibit that is described and not enclosed; `acquired_by` is a role and pseudonym, never a
    name; `source` is the address as text (defanged in the manifest) or the empty text; `original_name_hex` is given
    where the name cannot be shown as it was. `sealed` says of an original that goes inside encrypted how, the
    SHA-256 of what is within and that of the encrypted file.
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
    discovered_at: datetime | None = None
    sealed: Mapping[str, str] | None = None
    derivatives: Sequence["DerivedEntry"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedEntry:
    """Something made from an exhibit: what it is, with which tool, its hash and its parent's; `path` if enclosed."""

    what: str
    tool: str
    made_at: datetime
    sha256: str
    parent_sha256: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """An exhibit that exists and is not in the bundle, and why."""

    exhibit: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """Who made the bundle of which case, for whom, for what and on what ground. Names of staff never stand here.

    `signed_by` is the SHA-256 (hex) of the certificate whose signature lies in proof/, empty where nobody signs.
    """

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
    profile: str = ""
    language: str = "en"
    supplements: str = ""
    first_page: int = 1
    signed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """Where a custody log that was written elsewhere ends; hashes are lower-case hex."""

    entries: int
    withheld: int
    head: str
    sha256: str

    @classmethod
    def of(cls, lines: Sequence[Line], first_prev: str = "") -> "LogFacts":
        """Read them off the lines of a log."""
        return cls(
            entries=len(lines),
            withheld=sum(line.get("withheld") is True for line in lines),
            head=str(lines[-1]["hash"]) if lines else first_prev,
            sha256=hashlib.sha256(to_jsonl(lines)).hexdigest(),
        )

    signed_by: str = ""


def manifest_json(
    facts: BundleFacts,
    exhibits: Sequence[ExhibitEntry],
    custody: Sequence[Line] | LogFacts,
    *,
    first_seq: int = 1,
    first_prev: str = "",
    omitted: Sequence[Omission] = (),
    redactions: Sequence[Hidden] = (),
    audit_heads: Sequence[Mapping[str, object]] = (),
    papers: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """The manifest as a file: canonical JSON and a line feed, the same bytes for the same facts.

    `custody` is what custody.jsonl holds, or where it ends; for an extract, `first_seq` and `first_prev` say where it
    begins. Redactions are named by what stands in for the thing, never by the thing. `papers` are drafts that lie
    beside the packet for somebody to sign by hand: nothing here signs them.
    """
    log = custody if isinstance(custody, LogFacts) else LogFacts.of(custody, first_prev)
    document = {
        "format": FORMAT,
        **asdict(facts),
        "bundle_id": str(facts.bundle_id),
        "created_at": moment(facts.created_at),
        "system": dict(facts.system),
        "exhibits": [_stated(entry) for entry in exhibits],
        "omitted": [asdict(entry) for entry in omitted],
        "papers": [dict(paper) for paper in papers],
        "redactions": [{"hidden": one.alias, "kind": one.kind.value, "why": one.why} for one in redactions],
        "audit_heads": [dict(head) for head in audit_heads],
        "custody": {
            "path": CUSTODY_PATH,
            "entries": log.entries,
            "withheld": log.withheld,
            "first_seq": first_seq,
            "first_prev": first_prev,
            "head": log.head,
            "sha256": log.sha256,
        },
    }
    return canonical_json(document).encode("utf-8") + b"\n"


def _stated(entry: ExhibitEntry) -> dict[str, object]:
    told = asdict(entry)
    source = defanged(told.pop("source"))
    return {
        **told,
        "source_url": source,
        "acquired_at": moment(entry.acquired_at),
        "discovered_at": moment(entry.discovered_at) if entry.discovered_at else "",
        "sealed": dict(entry.sealed) if entry.sealed else {},
        "derivatives": [asdict(one) | {"made_at": moment(one.made_at)} for one in entry.derivatives],
    }


def defanged(address: str) -> str:
    """Return an address that no program makes a link of: hxxps, and [.] in its host."""
    head, mark, rest = address.partition("://")
    if not mark or head.lower() not in ("http", "https"):
        return address
    host, slash, path = rest.partition("/")
    return f"{head.lower().replace('tt', 'xx')}://{host.replace('.', '[.]')}{slash}{path}"


def exhibit_path(reference: str, what: str, ending: str, *, folder: str = EXHIBITS) -> str:
    """Where an exhibit lies in the bag: made from its reference and a plain word, never from the sender's file name.

    `exhibit_path("ABC/001", "screenshot", ".png")` is `data/exhibits/ABC-001_screenshot.png`.
    """
    label = re.sub(r"[^A-Za-z0-9]+", "-", reference).strip("-") or "exhibit"
    word = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
    name = f"{label}_{word}" if word else label
    return f"{folder}/{name[: NAME_LIMIT - len(ending)]}{ending}"
