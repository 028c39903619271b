"""A small bag with every proof: signed, stamped, with a stamped anchor, and a packet that is signed itself."""

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cases import pdf
from cases.actions.anchor import message_of
from cases.eventformat import canonical_json
from evidence.bag import FolderTarget, Payload, Target, WrittenBag, write_bag
from evidence.custody import to_jsonl
from evidence.manifest import CUSTODY_PATH, PACKET_PATH, manifest_json
from evidence.proofs import heads, pades, stamps
from evidence.proofs.pades import Level
from evidence.proofs.prove import Prover
from evidence.proofs.signing import Signer
from evidence.proofs.stamps import Clock
from tests.evidence.sample_bag import BUILT_AT, FILES, INFO, custody, entries, facts

DAY = "2026-11-19"


@lru_cache(maxsize=1)
def packet() -> bytes:
    """A one-page packet, tagged, as the renderer makes it."""
    return pdf.render("<html lang=en><head><title>Packet</title></head><body><h1>RC-2047</h1><p>One.</p></body></html>")


def anchored() -> tuple[Payload, dict[str, bytes]]:
    """A day's anchor over the sample chain, stamped by whoever is set."""
    from cases import timestamps

    message = message_of(b"", sha256(b"heads").digest())
    line = custody()[3]
    row = {
        "day": DAY,
        "anchor": sha256(message).hexdigest(),
        "heads": sha256(b"heads").hexdigest(),
        "prev": "",
        "seq": line["seq"],
        "head": line["hash"],
        "stamps": [],
    }
    files: dict[str, bytes] = {}
    for authority in timestamps.authorities()[:1]:
        reply = stamps.ask(authority, message, clock=Clock())
        files = {f"heads/{DAY}.anchor": message, f"heads/{DAY}.tsr": reply.reply}
        row["stamps"] = [{"authority": authority.name, "time": "", "file": f"proof/heads/{DAY}.tsr"}]
    return Payload.of(heads.PATH, canonical_json({"anchors": [row]}).encode() + b"\n"), files


def write(target: Target, signer: Signer | None) -> tuple[WrittenBag, Prover, Level]:
    """Write the whole bag to a target, which the caller closes."""
    record, files = anchored()
    prover = Prover(signer=signer, heads=files)
    signed, level = pades.sign_bytes(packet(), signer=signer)
    lines, exhibits = custody(), entries()
    told = replace(facts(), signed_by=prover.signed_by, time_source=prover.time_source)
    payloads = [
        Payload.of(PACKET_PATH, signed),
        Payload.of(CUSTODY_PATH, to_jsonl(lines)),
        record,
        *(
            Payload(str(entry.path), entry.bytes, entry.sha256, lambda data=FILES[entry.exhibit]: (data,))  # type: ignore[misc]
            for entry in exhibits
        ),
        Payload.of("data/records/manifest.json", manifest_json(told, exhibits, lines)),
    ]
    return write_bag(target, payloads, info=INFO, at=BUILT_AT, prove=prover), prover, level


def build(directory: Path, signer: Signer | None) -> Prover:
    """The bag as a folder."""
    with FolderTarget(directory) as target:
        _bag, prover, _level = write(target, signer)
    return prover
