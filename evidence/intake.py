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
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, Self
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from cases.rvlt import Sealer
from evidence.kinds import HEAD_BYTES, TAIL_BYTES

NAME_SHOWN = 120
# What no text file holds: control characters other than tab, line feed, form feed and carriage return.
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


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

    def discard(self) -> None:
        """Remove the staged file; one that is already gone is no error."""
        self.path.unlink(missing_ok=True)


class Staging:
    """Writes one sealed file into `directory`, a folder that only this process's user can enter.

    Feed it with `write`, then call `finish` once; leaving the `with` block without `finish` removes the file, as does
    every error. At most `limit` plain bytes are taken. Memory use does not grow with the file.
    """

    def __init__(self, directory: Path, key: bytes, case_id: UUID, *, limit: int, file_id: UUID | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file_id = file_id or uuid4()
        self._sealer = Sealer(key, case_id, self.file_id)
        self._limit = limit
        self._path = directory / f"{self.file_id}.rvlt"
        self._file: BinaryIO | None = os.fdopen(
            os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb"
        )
        self._sha256, self._sha512 = hashlib.sha256(), hashlib.sha512()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sealed_sha256 = hashlib.sha256()
        self._plain_bytes = self._sealed_bytes = 0
        self._head, self._tail = bytearray(), b""
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(self, data: bytes) -> int:
        """Take plain bytes. Raises TooLarge past the limit and OSError when the disk is full; the file is gone then."""
        if self._file is None:
            raise ValueError("The file is already finished or discarded.")
        try:
            self._plain_bytes += len(data)
            if self._plain_bytes > self._limit:
                self._refuse_size()
            for digest in (self._sha256, self._sha512, self._md5):
                digest.update(data)
            self._look(data)
            self._keep(self._sealer.feed(data))
        except BaseException:
            self.discard()
            raise
        return len(data)

    def finish(self) -> StagedFile:
        """Close the file once it is safely on the disk and say what it is. The caller now owns the staged file."""
        if self._file is None:
            raise ValueError("The file is already finished or discarded.")
        try:
            self._keep(self._sealer.finish())
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
        except BaseException:
            self.discard()
            raise
        return StagedFile(
            file_id=self.file_id,
            path=self._path,
            plain_bytes=self._plain_bytes,
            sha256=self._sha256.hexdigest(),
            sha512=self._sha512.hexdigest(),
            md5=self._md5.hexdigest(),
            sealed_bytes=self._sealed_bytes,
            sealed_sha256=self._sealed_sha256.hexdigest(),
            is_text=self._ends_as_text(),
            head=bytes(self._head),
            tail=self._tail,
        )

    def discard(self) -> None:
        """Remove what was written so far; does nothing once finished."""
        if self._file is not None:
            file, self._file = self._file, None
            self._path.unlink(missing_ok=True)
            # Closing a file on a full disk raises once more; it is gone by name already.
            try:
                file.close()
            except OSError:
                return

    def _keep(self, sealed: bytes) -> None:
        assert self._file is not None
        self._file.write(sealed)
        self._sealed_sha256.update(sealed)
        self._sealed_bytes += len(sealed)

    def _look(self, data: bytes) -> None:
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._tail = (self._tail + data)[-TAIL_BYTES:] if len(data) < TAIL_BYTES else bytes(data[-TAIL_BYTES:])
        if self._decoder is not None:
            try:
                self._decoder.decode(data)
            except UnicodeDecodeError:
                self._decoder = None
            if CONTROL.search(data):
                self._decoder = None

    def _ends_as_text(self) -> bool:
        if self._decoder is None:
            return False
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def _refuse_size(self) -> NoReturn:
        raise TooLarge(
            _("The file is larger than %(limit)s MB, the most we can take at once.")
            % {"limit": self._limit // (1024 * 1024)}
        )


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
