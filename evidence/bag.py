"""Writes a BagIt 1.0 bag (RFC 8493) in constant memory.

A payload whose length, SHA-256, SHA-512 and CRC-32 were taken at intake is read once: it is hashed again while it is
written, and other bytes than were recorded stop the build. Where one of them is not known it is read twice: measured
first, then written.

The order of files and all times follow from the inputs, so that two builds of the same inputs are the same bytes.
What takes the files is a target: an archive that goes into a sink such as a sealed staging file, or a folder.
"""

import hashlib
import os
import re
import shutil
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from evidence.archive import Archive, NotAsAnnounced, Sink
from evidence.manifest import NAME_LIMIT

LABEL = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PROFILE = {"BagIt-Profile-Identifier": "urn:recourse:bagit-profile:evidence-1"}
"""Names the layout of evidence bundles (docs/proofs.md); a name, not an address: nothing is fetched."""
TOOL = Path(__file__).parent / "verify_tool"
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.)\Z")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z", re.IGNORECASE)


class PayloadChanged(Exception):
    """A file gave other bytes than were recorded when it was taken in."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One file under data/: its path, its length in bytes, the hashes (hex) and CRC-32 it must have where known.

    `read` gives its bytes anew each time it is called.
    """

    path: str
    size: int
    sha256: str | None
    read: Callable[[], Iterable[bytes]]
    sha512: str | None = None
    crc32: int | None = None

    @classmethod
    def of(cls, path: str, data: bytes) -> Self:
        """A file that is small enough to be held in memory."""
        return cls(path, len(data), None, lambda: (data,))


class Target(Protocol):
    """What takes the files of a bag, one after another."""

    def add(self, path: str, size: int, crc: int, pieces: Iterable[bytes]) -> None:
        """Take one file of `size` bytes with checksum `crc` (CRC-32)."""


@dataclass(frozen=True, slots=True)
class WrittenBag:
    """What a finished bag holds. `fingerprint` is the SHA-256 (hex) of its manifest-sha256.txt."""

    fingerprint: str
    files: int
    payload_bytes: int


class _Closing(ABC):
    """A target that is whole when its `with` block ends well and leaves nothing to mistake for a bag when it fails."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            self.close()
        else:
            self.discard()

    @abstractmethod
    def close(self) -> None:
        """Make the target whole."""

    @abstractmethod
    def discard(self) -> None:
        """Take away what was written."""


class ZipTarget(_Closing):
    """An archive of uncompressed files below the folder `root`, written from front to back without going back.

    When it fails, the sink holds a broken archive, which its owner discards.
    """

    def __init__(self, sink: Sink, *, root: str, at: datetime) -> None:
        _check_name(root)
        self._root = root
        self._archive = Archive(sink, at=at)

    def add(self, path: str, size: int, crc: int, pieces: Iterable[bytes]) -> None:
        """Take one file of `size` bytes with checksum `crc` (CRC-32)."""
        self._archive.add(f"{self._root}/{path}", size, crc, pieces)

    def close(self) -> None:
        """Write the archive's directory; the archive is whole only then."""
        self._archive.close()

    def discard(self) -> None:
        """Leave the archive without its directory, so that nothing opens it."""


class FolderTarget(_Closing):
    """A folder. It carries a `.part` name until `close`, so that a build that was killed is never taken for a bag."""

    def __init__(self, directory: Path) -> None:
        self._final = directory
        self._part = directory.with_name(directory.name + ".part")
        if self._final.exists():
            raise FileExistsError(self._final)
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir(parents=True, mode=0o700)

    def add(self, path: str, size: int, crc: int, pieces: Iterable[bytes]) -> None:
        """Take one file; a folder needs to be told nothing of it."""
        place = self._part / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        """Give the folder its name."""
        self._part.rename(self._final)

    def discard(self) -> None:
        """Remove what was written so far."""
        shutil.rmtree(self._part, ignore_errors=True)


def write_bag(
    target: Target,
    payloads: Sequence[Payload],
    *,
    info: Mapping[str, str],
    at: datetime,
    prove: Callable[[bytes], Mapping[str, bytes]] | None = None,
) -> WrittenBag:
    """Write every payload, the manifests and the tag files to `target`, which the caller closes.

    `info` adds lines to bag-info.txt (Source-Organization, External-Identifier and the like, one line each).
    `prove` is given manifest-sha256.txt and returns files of proof/ by name: signatures, time stamps.
    Raises PayloadChanged when a file differs from its recorded length or hash, ValueError for a path that another
    system could not hold.
    """
    _check_paths([payload.path for payload in payloads])
    sums: dict[str, tuple[str, str]] = {}
    _add(target, "bagit.txt", LABEL)
    for payload in sorted(payloads, key=lambda payload: payload.path):
        sums[payload.path] = _write(target, payload)
    total = sum(payload.size for payload in payloads)
    manifest = _rows((path, pair[0]) for path, pair in sums.items())
    day = at.astimezone(UTC).date().isoformat()
    lines = {**info, **PROFILE, "Bagging-Date": day, "Payload-Oxum": f"{total}.{len(sums)}"}
    tags = {
        "HOW-TO-VERIFY.txt": (TOOL / "HOW-TO-VERIFY.txt").read_bytes(),
        "bag-info.txt": b"".join(_info_line(name, value) for name, value in lines.items()),
        "manifest-sha256.txt": manifest,
        "manifest-sha512.txt": _rows((path, pair[1]) for path, pair in sums.items()),
        "verify.py": (TOOL / "verify.py").read_bytes(),
        **{f"proof/{name}": data for name, data in sorted((prove(manifest) if prove else {}).items())},
    }
    for path, data in tags.items():
        _add(target, path, data)
    listed = {"bagit.txt": LABEL, **tags}
    seal = _rows((path, hashlib.sha256(data).hexdigest()) for path, data in sorted(listed.items()))
    _add(target, "tagmanifest-sha256.txt", seal)
    return WrittenBag(hashlib.sha256(manifest).hexdigest(), len(sums), total)


def _add(target: Target, path: str, data: bytes) -> None:
    target.add(path, len(data), zlib.crc32(data), (data,))


def _write(target: Target, payload: Payload) -> tuple[str, str]:
    """Write one payload and return its two hashes, taken from what was written."""
    sha256, sha512, crc = payload.sha256, payload.sha512, payload.crc32
    if sha256 is None or sha512 is None or crc is None:
        sha256, sha512, crc = _measure(payload)
    passing = _Passing(payload.read())
    try:
        target.add(payload.path, payload.size, crc, passing)
    except NotAsAnnounced as error:
        raise PayloadChanged(payload.path) from error
    if (passing.size, passing.digest.hexdigest()) != (payload.size, sha256):
        raise PayloadChanged(payload.path)
    return sha256, sha512


class _Passing:
    """Pieces on their way to the target, hashed as they pass."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.digest, self.size = hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.digest.update(piece)
            self.size += len(piece)
            yield piece


def _measure(payload: Payload) -> tuple[str, str, int]:
    """SHA-256, SHA-512 and CRC-32 of a payload that is still what was recorded."""
    sha256, sha512, crc, size = hashlib.sha256(), hashlib.sha512(), 0, 0
    for piece in payload.read():
        sha256.update(piece)
        sha512.update(piece)
        crc = zlib.crc32(piece, crc)
        size += len(piece)
    known = (size, sha256.hexdigest(), sha512.hexdigest(), crc)
    wanted = (payload.size, payload.sha256, payload.sha512, payload.crc32)
    if any(want is not None and want != found for want, found in zip(wanted, known, strict=True)):
        raise PayloadChanged(payload.path)
    return sha256.hexdigest(), sha512.hexdigest(), crc


def _rows(sums: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{digest}  {path}\n" for path, digest in sums).encode("ascii")


def _info_line(name: str, value: str) -> bytes:
    # A line feed would begin a label of the sender's choosing.
    return f"{name}: {' '.join(value.split())}\n".encode()


def _check_paths(paths: Sequence[str]) -> None:
    for path in paths:
        if not path.startswith("data/"):
            raise ValueError(f"A payload lies under data/: {path!r}")
        for part in path.split("/"):
            _check_name(part)
    # Two names that differ only in case are one file on Windows and macOS.
    if len({path.lower() for path in paths}) != len(paths):
        raise ValueError("Two payloads have the same path.")


def _check_name(name: str) -> None:
    if len(name) > NAME_LIMIT or not SAFE_NAME.match(name) or RESERVED.match(name):
        raise ValueError(f"Not every system can hold a file of this name: {name!r}")
