"""A zip around a chat export: its list is read, its text is opened within limits, its media is only named."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from evidence.sandbox_tools import Refused

MOST_FILES: Final = 500
MOST_BYTES: Final = 2 << 30
MOST_RATIO: Final = 100
MOST_TEXT: Final = 128 << 20
PIECE: Final = 1 << 16
ENDINGS: Final = (".txt", ".json", ".html", ".htm", ".md")
ARCHIVES: Final = (".zip", ".rar", ".7z", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".jar", ".apk")
MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")


def opened(path: str) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Open a zip and check its list before a byte of a member is read.

    Raises Refused: too_many_files, too_large, too_dense, nested, locked (a password), damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
        members = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        raise Refused("damaged") from None
    if len(members) > MOST_FILES:
        raise Refused("too_many_files")
    if sum(one.file_size for one in members) > MOST_BYTES:
        raise Refused("too_large")
    if any(one.file_size > MOST_RATIO * max(1, one.compress_size) and one.file_size > PIECE for one in members):
        raise Refused("too_dense")
    if any(PurePosixPath(one.filename).suffix.lower() in ARCHIVES for one in members):
        raise Refused("nested")
    if any(one.flag_bits & 1 for one in members):
        raise Refused("locked")
    return archive, members


def texts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """Give the members that may be a chat, likeliest first, with their bytes."""
    likely = [one for one in members if PurePosixPath(one.filename).suffix.lower() in ENDINGS]
    for one in sorted(likely, key=_rank):
        if one.file_size <= MOST_TEXT:
            yield one.filename, _read(archive, one)


def _rank(one: zipfile.ZipInfo) -> tuple[int, str]:
    name = PurePosixPath(one.filename).name.lower()
    known = ("_chat.txt", "result.json", "messages.html", "data.json", "chat.md")
    is_known = name in known or name.startswith(("whatsapp", "message_"))
    return (0 if is_known else 1, one.filename)


def _read(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """Read a member, and no more than its list says it has: what lies is refused."""
    found = bytearray()
    try:
        with archive.open(one) as stream:
            while piece := stream.read(PIECE):
                found += piece
                if len(found) > one.file_size or len(found) > MOST_TEXT:
                    raise Refused("too_dense")
    except Refused:
        raise
    except Exception:
        # Broken members raise what their codec likes; all of it means that the file cannot be read.
        raise Refused("damaged") from None
    return bytes(found)


def listed(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], *, is_whole: bool) -> list[dict[str, Any]]:
    """Name every member with its size and, where the whole zip lies here, the SHA-256 of its bytes; shows none."""
    found = []
    for one in members:
        told: dict[str, Any] = {"name": one.filename[:300], "size": one.file_size, "sha256": ""}
        if is_whole:
            try:
                told["sha256"] = _digest(archive, one)
            except Refused:
                told["sha256"] = ""
        found.append(told)
    return found


def _digest(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> str:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(one) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > one.file_size:
                    raise Refused("too_dense")
                digest.update(piece)
    except Refused:
        raise
    except Exception:
        raise Refused("damaged") from None
    return digest.hexdigest()
