"""Files on their way in: hashed and sealed in one pass, so that no plain byte ever rests on a disk.

`Staging` writes one sealed file to a private folder. `SealingUploadHandler` does so for every file of a request while
Django reads it. What is staged is moved into the vault by an action, or removed when the request ends.
"""

import codecs
import hashlib
import os
import re
import time
import unicodedata
import zlib
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, Self
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from cases.rvlt import Sealer
from evidence.kinds import ARCHIVE_TAIL_BYTES, HEAD_BYTES, TAIL_BYTES, Finding, decide, is_archive
from evidence.lane import Lane

NAME_SHOWN = 120
BLOCK = 1 << 20
"""How many bytes are handed to the other threads at once; a file of fewer needs no thread."""
# What no text file holds: control characters other than tab, line feed, form feed and carriage return.
CONTROL = bytes((*range(9), 11, *range(14, 32), 127))


class TooLarge(Exception):
    """The file is larger than what is taken in. The message can be shown to whoever offered it."""


@dataclass(frozen=True, slots=True)
class ClientName:
    """A file name as its sender wrote it: safe to show, and exact where the two differ.

    `raw_hex` is the UTF-8 form of the name as received, in hex, or empty where `shown` is the very same text.
    Neither is ever used as a path.
    """

    shown: str
    raw_hex: str

    @classmethod
    def of(cls, raw: str) -> Self:
        """Keep the last path part, without control, direction and private characters, 120 characters at most."""
        last = re.split(r"[/\\]", raw)[-1]
        kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
        shown = " ".join(kept.split())
        if len(shown) > NAME_SHOWN:
            stem, dot, ending = shown.rpartition(".")
            ending = dot + ending if stem and len(ending) <= 8 else ""
            shown = shown[: NAME_SHOWN - 1 - len(ending)] + "…" + ending
        if not shown.strip(". "):
            shown = _("unnamed")
        return cls(shown, "" if shown == raw else raw.encode("utf-8", "surrogatepass").hex())


def claimed_type(raw: str | None) -> str:
    """Return the media type that a sender claims, in lower case, or nothing where it is none (RFC 6838)."""
    told = (raw or "").split(";")[0].strip().lower()
    return told if re.fullmatch(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}", told) else ""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A sealed file in the staging folder and everything that was learned while it streamed past.

    Hashes are lower-case hex. `head` and `tail` are plain bytes for deciding the kind; they are not kept anywhere.
    """

    file_id: UUID
    path: Path
    plain_bytes: int
    sha256: str
    sha512: str
    md5: str
    sealed_bytes: int
    sealed_sha256: str
    is_text: bool
    head: bytes
    tail: bytes
    crc32: int | None = None

    def discard(self) -> None:
        """Remove the staged file; one that is already gone is no error."""
        self.path.unlink(missing_ok=True)


def finding_of(staged: StagedFile, name: ClientName, claimed_type: str) -> Finding:
    """Decide the kind of a staged file. Raises NotTaken for one that is not kept."""
    return decide(
        staged.head,
        tail=staged.tail,
        is_text=staged.is_text,
        name=name.shown,
        claimed_type=claimed_type,
        size=staged.plain_bytes,
    )


class Staging:
    """Writes one sealed file into `directory`, a folder that only this process's user can enter.

    Feed it with `write`, then call `finish` once; leaving the `with` block without `finish` removes the file, as does
    every error. At most `limit` plain bytes are taken. Memory use does not grow with the file. The work on whole blocks
    is shared out to threads (evidence/lane.py): an error on the disk may come some calls later.
    """

    def __init__(self, directory: Path, key: bytes, case_id: UUID, *, limit: int, file_id: UUID | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file_id = file_id or uuid4()
        self._limit = limit
        self._path = directory / f"{self.file_id}.rvlt"
        self._sink: _SealedSink | None = _SealedSink(self._path, Sealer(key, case_id, self.file_id))
        self._matching, self._sha512 = _Matching(), hashlib.sha512()
        # About the same work for each. Lanes know their own part and not this object: or nobody could let go of both.
        self._shares = (self._matching.take, self._sha512.update, self._sink.take)
        self._lanes = tuple(Lane(share) for share in self._shares)
        self._plain_bytes = self._waiting_bytes = 0
        self._waiting: list[bytes] = []
        self._edges = _Edges()
        self._words = _Words()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(self, data: bytes) -> int:
        """Take plain bytes. Raises TooLarge past the limit and OSError when the disk is full; the file is gone then."""
        if self._sink is None:
            raise ValueError("The file is already finished or discarded.")
        try:
            self._plain_bytes += len(data)
            if self._plain_bytes > self._limit:
                self._refuse_size()
            # Other threads will read this piece later: what can be changed meanwhile is copied.
            piece = data if type(data) is bytes else bytes(data)
            self._waiting.append(piece)
            self._waiting_bytes += len(piece)
            if self._waiting_bytes >= BLOCK:
                block = self._take_waiting()
                for lane in self._lanes:
                    lane.give(block)
                self._see(block)
        except BaseException:
            self.discard()
            raise
        return len(data)

    def finish(self) -> StagedFile:
        """Close the file once it is safely on the disk and say what it is. The caller now owns the staged file."""
        if self._sink is None:
            raise ValueError("The file is already finished or discarded.")
        try:
            for lane in self._lanes:
                lane.end()
            rest = self._take_waiting()
            for share in self._shares:
                share(rest)
            self._see(rest)
            sink = self._sink
            sink.finish()
            self._sink = None
        except BaseException:
            self.discard()
            raise
        return StagedFile(
            file_id=self.file_id,
            path=self._path,
            plain_bytes=self._plain_bytes,
            sha256=sink.sha256.hexdigest(),
            sha512=self._sha512.hexdigest(),
            md5=self._matching.md5.hexdigest(),
            sealed_bytes=sink.stored.length,
            sealed_sha256=sink.stored.sha256.hexdigest(),
            is_text=self._words.are_text(),
            head=self._edges.head,
            tail=self._edges.tail(),
            crc32=self._matching.crc32,
        )

    def discard(self) -> None:
        """Remove what was written so far; does nothing once finished."""
        if self._sink is not None:
            sink, self._sink = self._sink, None
            self._waiting.clear()
            for lane in self._lanes:
                lane.stop()
            self._path.unlink(missing_ok=True)
            sink.close()

    def _take_waiting(self) -> bytes:
        block = b"".join(self._waiting)
        self._waiting, self._waiting_bytes = [], 0
        return block

    def _see(self, block: bytes) -> None:
        self._edges.see(block)
        self._words.see(block)

    def _refuse_size(self) -> NoReturn:
        raise TooLarge(
            _("The file is larger than %(limit)s MB, the most we can take at once.")
            % {"limit": self._limit // (1024 * 1024)}
        )


class _Matching:
    """What only finds a file again and proves nothing: MD5 for lists of others, CRC-32 for archives."""

    def __init__(self) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.crc32 = 0

    def take(self, block: bytes) -> None:
        self.md5.update(block)
        self.crc32 = zlib.crc32(block, self.crc32)


class _SealedSink:
    """What a file is known by, and its sealed form on the disk."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._sealer = sealer
        self.stored = _Stored(path)
        self.sha256 = hashlib.sha256()

    def take(self, block: bytes) -> None:
        self.sha256.update(block)
        self.stored.take(self._sealer.feed_view(block))

    def finish(self) -> None:
        self.stored.take(self._sealer.finish())
        self.stored.finish()

    def close(self) -> None:
        # Closing a file on a full disk raises once more; it is gone by name already.
        with suppress(OSError):
            self.stored.file.close()


class _Stored:
    """A sealed file as it is written, with its length and hash."""

    def __init__(self, path: Path) -> None:
        self.file: BinaryIO = os.fdopen(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb"
        )
        self.sha256 = hashlib.sha256()
        self.length = 0

    def take(self, sealed: bytes | memoryview) -> None:
        self.file.write(sealed)
        self.sha256.update(sealed)
        self.length += len(sealed)

    def finish(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


class _Edges:
    """The first and last bytes of a file as it streams past; more of the end where its listing stands there."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._last: deque[bytes] = deque()
        self._last_bytes = 0

    def see(self, piece: bytes) -> None:
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
        wanted = self._wanted()
        self._last.append(piece if len(piece) <= wanted else piece[-wanted:])
        self._last_bytes += len(self._last[-1])
        while self._last_bytes - len(self._last[0]) >= wanted:
            self._last_bytes -= len(self._last.popleft())

    @property
    def head(self) -> bytes:
        return bytes(self._head)

    def tail(self) -> bytes:
        return b"".join(self._last)[-self._wanted() :]

    def _wanted(self) -> int:
        return ARCHIVE_TAIL_BYTES if is_archive(bytes(self._head[:4])) else TAIL_BYTES


class _Words:
    """Whether every byte of a file that streams past is UTF-8 text without control characters."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def see(self, piece: bytes) -> None:
        if self._decoder is not None:
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError:
                self._decoder = None
            if has_control(piece):
                self._decoder = None

    def are_text(self) -> bool:
        if self._decoder is None:
            return False
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True


def has_control(piece: bytes) -> bool:
    """Return whether a byte stands in it that no text file holds."""
    # Five times quicker than a pattern that looks for one.
    return len(piece.translate(None, CONTROL)) != len(piece)


def sweep(directory: Path, *, older_than: float) -> int:
    """Remove staged files that a killed process left behind, last written more than `older_than` seconds ago.

    They are sealed, so nothing leaked; they only take room. Returns how many were removed.
    """
    removed = 0
    horizon = time.time() - older_than
    for path in directory.glob("*.rvlt"):
        try:
            if path.stat().st_mtime < horizon:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue
    return removed
