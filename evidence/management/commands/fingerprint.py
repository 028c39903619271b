"""`bin/manage fingerprint FILE…`: tell how pictures and films look and the hashes of their bytes; keep nothing."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence import sandbox
from evidence.intake import has_control
from evidence.kinds import HEAD_BYTES, TAIL_BYTES, Finding, NotTaken, decide
from evidence.matching.reading import NoFingerprint, look
from evidence.matching.turns import LEAST_QUALITY, WAYS, split
from evidence.sandbox import Source

PIECE = 1 << 20


class Command(BaseCommand):
    """Hash and look at each file in turn. One that fails is told, and makes the whole command fail at its end."""

    help = "Print PDQ (in all eight turns), quality, MD5 and SHA-256 of files. Nothing is stored or sent."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files and the form of the answer."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="pictures and films")
        parser.add_argument("--json", action="store_true", help="one JSON object a line instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at every file; raise CommandError in the end if any gave no fingerprint."""
        failed = 0
        for path in options["files"]:
            told = told_of(path)
            failed += "error" in told
            if options["json"]:
                self.stdout.write(json.dumps(told, ensure_ascii=False))
            else:
                self.stdout.write("\n".join(said(told)))
        if failed:
            raise CommandError(f"{failed} of {len(options['files'])} files gave no fingerprint.", returncode=1)


def told_of(path: Path) -> dict[str, Any]:
    """Return everything about one file; `error` says why it has no fingerprint. It is decoded in the sandbox only."""
    told: dict[str, Any] = {"file": str(path)}
    try:
        finding = hashed(path, told)
        looked = look(
            Source(told["bytes"], lambda start, stop: ranged(path, start, stop)), media_type=finding.media_type
        )
    except (OSError, NotTaken, NoFingerprint, sandbox.Unavailable) as trouble:
        return {
            **told,
            "error": trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble),
        }
    told["tool"] = looked.tool
    told["frames"] = [
        {
            "at_ms": frame.at_ms,
            "quality": frame.quality,
            "usable": frame.is_usable,
            "pdq": {str(way): one.hex() for way, one in zip(WAYS, split(frame.turns), strict=True)},
        }
        for frame in looked.seen.frames
    ]
    return told


def hashed(path: Path, told: dict[str, Any]) -> Finding:
    """Hash a file in one pass and decide what it is, as an upload does. Raises OSError and NotTaken."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    size, head, tail, is_text = 0, b"", b"", True
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            sha256.update(piece)
            md5.update(piece)
            size += len(piece)
            head += piece[: max(0, HEAD_BYTES - len(head))]
            tail = (tail + piece)[-TAIL_BYTES:]
            is_text = is_text and not has_control(piece)
    told.update({"bytes": size, "sha256": sha256.hexdigest(), "md5": md5.hexdigest()})
    finding = decide(head, tail=tail, is_text=is_text, name=path.name, claimed_type="")
    told["media_type"] = finding.media_type
    return finding


def ranged(path: Path, start: int, stop: int) -> Iterator[bytes]:
    """Give the bytes of a file from `start` up to `stop`."""
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (piece := file.read(min(PIECE, stop - start))):
            start += len(piece)
            yield piece


def said(told: dict[str, Any]) -> Iterable[str]:
    """Return what was found, as lines of text."""
    yield told["file"]
    for name in ("sha256", "md5", "media_type", "error"):
        if name in told:
            yield f"  {name:<11}{told[name]}"
    for frame in told.get("frames", []):
        plain = "" if frame["usable"] else f" (under {LEAST_QUALITY}: not to be matched on)"
        at = f" at {frame['at_ms'] / 1000:.1f} s" if len(told["frames"]) > 1 else ""
        yield f"  pdq{at}, quality {frame['quality']}{plain}"
        yield from (f"    {way:<15}{one}" for way, one in frame["pdq"].items())
