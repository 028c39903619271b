"""The files of a bundle's data/: records, packet, enclosed exhibits, sealed originals, metadata.

Plain bytes of evidence pass through memory in pieces and rest on no disk.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from cases.eventformat import canonical_json, moment
from cases.vault import Vault
from evidence.bag import Payload
from evidence.findings.papers import pdfs_of
from evidence.looking.originals import Original
from evidence.manifest import CUSTODY_PATH, MANIFEST_PATH, PACKET_PATH, LogFacts, manifest_json
from evidence.models import Derivative, Exhibit
from evidence.packet.draft import Draft
from evidence.packet.failure import part
from evidence.probes.reading import leaving
from evidence.proofs.heads import read as anchors_of

PIECE = 1 << 20
METADATA_LIMIT = 2 << 20
REDACTED = (".csv", ".txt", ".json")


def payloads_of(draft: Draft, packet: BinaryIO, vault: Vault, folder: Path) -> list[Payload]:
    """Return every file under data/, with its SHA-256. Sealed originals are staged in `folder`, as ciphertext."""
    records = [_redacted(record, draft) for section in draft.sections for record in section.records]
    originals = _originals(draft, vault, folder)
    hashes = {payload.path: payload.sha256 or "" for payload in originals}
    found = [
        known(Payload.of(MANIFEST_PATH, _manifest(draft, hashes))),
        known(draft.heads.record),
        packet_payload(packet),
        *(record if record.sha256 else known(record) for record in records),
    ]
    for path, one in draft.metadata:
        with part(path.rpartition("/")[2]):
            found.append(known(Payload.of(path, _metadata(draft, one, vault))))
    for path, one in draft.archives:
        found.append(_from_vault(path, one, draft, vault, name=path.rpartition("/")[2]))
    for path, exhibit in draft.exhibits:
        found.append(
            _from_vault(path, exhibit, draft, vault, name=_("exhibit %(exhibit)s") % {"exhibit": exhibit.label})
        )
    return found + originals + _papers(draft)


def _originals(draft: Draft, vault: Vault, folder: Path) -> list[Payload]:
    """Return each sealed original as it was encrypted, and its record."""
    found = []
    for path, original in draft.originals:
        with part(_("sealed original %(exhibit)s") % {"exhibit": original.exhibit.label}):
            sealed = _sealed(path, original, draft, vault, folder)
        record = {
            "exhibit": original.exhibit.label,
            "bytes_plain": original.exhibit.size,
            "sha256_plain": original.exhibit.sha256,
            "sha512_plain": original.exhibit.sha512,
            "sha256": sealed.sha256,
            "method": "age",
            "until": original.until.isoformat(),
        }
        found += [sealed, known(Payload.of(f"{path.removesuffix('.age')}.record.json", _canonical(record)))]
    return found


def _papers(draft: Draft) -> list[Payload]:
    """Return the drafts that somebody may sign by hand, with hidden words taken out. Nobody signs them here."""
    with part(_("the certificates")):
        orders = [paper for _path, paper in draft.papers]
        pages = pdfs_of(orders, language=draft.facts.language, redactor=draft.order.redactor)
        return [known(Payload.of(path, page)) for (path, _paper), page in zip(draft.papers, pages, strict=True)]


def packet_payload(packet: BinaryIO) -> Payload:
    """Return the packet as a file of the bag, read where it lies."""
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(packet):
        digest.update(piece)
        size += len(piece)
    return Payload(PACKET_PATH, size, digest.hexdigest(), lambda: _pieces(packet))


def known(payload: Payload) -> Payload:
    """Return a small payload with its hash, which the page tells."""
    digest = hashlib.sha256()
    for piece in payload.read():
        digest.update(piece)
    return replace(payload, sha256=digest.hexdigest())


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _manifest(draft: Draft, hashes: Mapping[str, str]) -> bytes:
    by_key = {section.key: section for section in draft.sections}
    log, raw = _log(draft)
    shown = by_key["exhibits"].context if "exhibits" in by_key else {}
    entries = [replace(row.entry, derivatives=_paths(row.entry, draft)) for row in shown.get("exhibits", ())]
    heads = [
        {"day": str(row["day"]), "seq": row["seq"], "head": row["head"], "anchor": row["anchor"]}
        for row in anchors_of(_bytes(draft.heads.record))
        if "head" in row
    ]
    hiding = draft.order.redactor
    entries = [
        replace(
            entry,
            description=hiding.text(entry.description),
            source=hiding.text(entry.source),
            sealed={**entry.sealed, "sha256": hashes[str(entry.path)]} if entry.sealed else None,
        )
        for entry in entries
    ]
    return manifest_json(
        draft.facts,
        entries,
        replace(log, sha256=hashlib.sha256(raw).hexdigest()),
        omitted=shown.get("omitted", ()),
        redactions=draft.order.redactions,
        audit_heads=heads,
        papers=[{"path": path, "title": hiding.text(paper.title), "state": "draft"} for path, paper in draft.papers],
    )


def _log(draft: Draft) -> tuple[LogFacts, bytes]:
    for section in draft.sections:
        for record in section.records:
            if record.path == CUSTODY_PATH:
                raw = _bytes(record)
                told = draft.order.shared.get("extract", [])
                head = told[-1].hash if told else ""
                withheld = sum(entry.withheld for entry in told)
                return LogFacts(entries=len(told), withheld=withheld, head=head, sha256=""), raw
    return LogFacts(entries=0, withheld=0, head="", sha256=""), b""


def _paths(entry: Any, draft: Draft) -> list[Any]:
    places = {one.sha256: path for path, one in (*draft.metadata, *draft.archives)}
    # Metadata goes in without what is private, so its hash is another: the path is told, the hash is the whole one's.
    return [replace(one, path=places.get(one.sha256)) for one in entry.derivatives]


def _redacted(record: Payload, draft: Draft) -> Payload:
    """Return a record with hidden words taken out; the custody log was made without them."""
    hiding = draft.order.redactor
    if not draft.order.redactions or record.path == CUSTODY_PATH or not record.path.endswith(REDACTED):
        return record
    return Payload.of(record.path, hiding.text(_bytes(record).decode("utf-8")).encode("utf-8"))


def _metadata(draft: Draft, one: Derivative, vault: Vault) -> bytes:
    """Return what may leave of one result: values whose names are known to be harmless, and how many stay here."""
    try:
        facts = json.loads(_opened(draft, one, vault))
    except ValueError:
        facts = {}
    kept = leaving(one.kind, facts)
    document = {
        "exhibit": one.exhibit.label,
        "exhibit_sha256": one.parent_sha256,
        "tool": one.tool,
        "made_at": moment(one.made_at),
        "whole_sha256": one.sha256,
        "left_out": _count(facts) - _count(kept),
        "note": "A claim by whoever last wrote the file. Places, serial numbers and names are left out.",
        "read": kept,
    }
    plain = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1)
    return draft.order.redactor.text(plain).encode("utf-8") + b"\n"


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_count(inner) for inner in value.values())
    return sum(_count(inner) for inner in value) if isinstance(value, list) else 1


def _opened(draft: Draft, one: Derivative, vault: Vault) -> bytes:
    with vault.open(one.object_name, draft.key, draft.case_id, one.pk, sealed_bytes=one.cipher_size) as opener:
        return opener.read_range(0, METADATA_LIMIT)


def _from_vault(path: str, one: Exhibit | Derivative, draft: Draft, vault: Vault, *, name: str) -> Payload:
    def read() -> Iterator[bytes]:
        with (
            part(name),
            vault.open(one.object_name, draft.key, draft.case_id, one.pk, sealed_bytes=one.cipher_size) as opener,
        ):
            yield from opener.iter_chunks()

    return Payload(path, one.size, one.sha256, read, getattr(one, "sha512", None) or None, getattr(one, "crc32", None))


def _sealed(path: str, original: Original, draft: Draft, vault: Vault, folder: Path) -> Payload:
    """Write an original's age file beside the bag: each making of one is different, and a bag reads a file twice."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = folder / f"{original.release_id.hex}.age"
    digest, size = hashlib.sha256(), 0
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in original.chunks(draft.key, vault=vault):
            digest.update(piece)
            size += len(piece)
            file.write(piece)

    def read() -> Iterator[bytes]:
        with place.open("rb") as file:
            yield from _pieces(file)

    return Payload(path, size, digest.hexdigest(), read)


def _bytes(payload: Payload) -> bytes:
    return b"".join(payload.read())


def _canonical(value: Mapping[str, object]) -> bytes:
    return canonical_json(dict(value)).encode("utf-8") + b"\n"
