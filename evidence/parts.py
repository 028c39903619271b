"""Parts of a large file on the disk: each sealed by itself as it comes, put together in one pass at the end.

A folder per upload, `upload-<id>`, in the staging folder. Which parts count, and in which order, says the upload's row;
any other file there was left by a process that was killed, and goes with the folder.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings

from cases.rvlt import CHUNK, Opener, Sealer
from evidence.intake import StagedFile, Staging

FOLDER = "upload-"
ROOM_KEPT = 256 << 20
"""Bytes that stay free on the disk whatever comes in."""


class PartRefused(Exception):
    """A part is not what its sender said it is: another length, or another hash. Nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed part: the id of its file, SHA-256 (hex) and length of what was sent, and the sealed length."""

    file_id: UUID
    sha256: str
    length: int
    sealed_bytes: int

    def as_json(self) -> dict[str, Any]:
        """Return this as it stands in the upload's row."""
        return {"id": self.file_id.hex, "sha256": self.sha256, "length": self.length, "sealed": self.sealed_bytes}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """Return the part that a row tells of."""
        return cls(UUID(told["id"]), told["sha256"], int(told["length"]), int(told["sealed"]))


def folder_of(upload_id: UUID) -> Path:
    """Return where the parts of an upload lie."""
    folder: Path = settings.STAGING_DIR / f"{FOLDER}{upload_id.hex}"
    return folder


def has_room(size: int) -> bool:
    """Whether the disk takes the parts of a file and then the file itself, and still has some room."""
    settings.STAGING_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    return shutil.disk_usage(settings.STAGING_DIR).free >= 2 * size + ROOM_KEPT


def seal_part(
    read: Callable[[int], bytes], *, upload_id: UUID, case_id: UUID, key: bytes, length: int, sha256: str
) -> Part:
    """Seal `length` bytes from `read` into the upload's folder, safely on the disk when this returns.

    Raises PartRefused when fewer bytes came or their hash is another one, OSError when the disk is full or the sender
    went away; nothing is left then. Memory use is one chunk.
    """
    file_id = uuid4()
    folder = folder_of(upload_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{file_id}.rvlt"
    sealer, digest, taken, sealed_bytes = Sealer(key, case_id, file_id), hashlib.sha256(), 0, 0
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb") as file:
            while taken < length and (piece := read(min(CHUNK, length - taken))):
                digest.update(piece)
                taken += len(piece)
                sealed_bytes += file.write(sealer.feed(piece))
            if taken != length or digest.hexdigest() != sha256:
                raise PartRefused("The part came incomplete or changed.")
            sealed_bytes += file.write(sealer.finish())
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Part(file_id, sha256, length, sealed_bytes)


def discard(upload_id: UUID, part: Part) -> None:
    """Remove one part that does not count."""
    (folder_of(upload_id) / f"{part.file_id}.rvlt").unlink(missing_ok=True)


def remove(upload_id: UUID) -> None:
    """Remove everything that came of an upload; what is gone already is no error."""
    shutil.rmtree(folder_of(upload_id), ignore_errors=True)


def assemble(
    parts: list[Part], *, upload_id: UUID, case_id: UUID, key: bytes, limit: int, look: Callable[[bytes], None]
) -> StagedFile:
    """Put the parts together as one staged file in one pass; `look` sees every piece (a virus scanner does).

    Raises cases.rvlt.NotOpened for a part that was changed on the disk and OSError where one is missing or there is no
    room. The parts stay.
    """
    with Staging(settings.STAGING_DIR, key, case_id, limit=limit) as staging:
        for part in parts:
            for piece in opened(part, upload_id=upload_id, case_id=case_id, key=key):
                look(piece)
                staging.write(piece)
        return staging.finish()


def opened(part: Part, *, upload_id: UUID, case_id: UUID, key: bytes) -> Iterator[bytes]:
    """Yield the plain bytes of one part."""
    file = (folder_of(upload_id) / f"{part.file_id}.rvlt").open("rb")
    try:
        opener = Opener(file, key, case_id, part.file_id, sealed_bytes=part.sealed_bytes)
    except BaseException:
        file.close()
        raise
    with opener:
        yield from opener.iter_chunks()


def folders() -> Iterator[tuple[UUID, Path]]:
    """Yield every upload's folder on this disk with the upload's id."""
    for path in sorted(settings.STAGING_DIR.glob(f"{FOLDER}*")):
        try:
            yield UUID(path.name.removeprefix(FOLDER)), path
        except ValueError:
            continue
