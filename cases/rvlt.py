"""RVLT1: one sealed file. The format is written down in docs/rvlt1.md, its test vectors in tests/vectors/rvlt1.json.

Pieces of 64 KiB under AES-256-GCM, each with a nonce that holds its number and whether it is the last (the STREAM
construction), under a key that belongs to this file of this case alone. A changed, cut, swapped or moved file does
not open; any range of a large video opens without reading what stands before it.
"""

import secrets
import struct
from collections.abc import Iterator
from typing import BinaryIO, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"RVLT1\0\0\0"
CHUNK = 64 * 1024
TAG = 16
SALT_BYTES = 32
PREFIX_BYTES = 7
HEADER = len(MAGIC) + 4 + SALT_BYTES + PREFIX_BYTES
MAX_CHUNKS = 2**32


class NotOpened(Exception):
    """The bytes are not a whole, unchanged RVLT1 file of this case and file id under this key."""


def sealed_size(plain_bytes: int) -> int:
    """How many bytes a file of `plain_bytes` takes once sealed."""
    return HEADER + plain_bytes + TAG * max(1, -(-plain_bytes // CHUNK))


def plain_size(sealed_bytes: int) -> int:
    """How many bytes a sealed file of this length holds. Raises NotOpened for a length no whole file can have."""
    body = sealed_bytes - HEADER
    chunks = max(1, -(-body // (CHUNK + TAG)))
    last = body - (chunks - 1) * (CHUNK + TAG)
    # Only the empty file may end in an empty chunk: a longer one that does was put together by somebody else.
    if last < TAG or (last == TAG and chunks > 1):
        raise NotOpened("The file is shorter than its format allows.")
    return body - TAG * chunks


class Sealer:
    """Seals one file as its bytes come in, keeping at most one chunk in memory.

    `feed` and `finish` return sealed bytes to append; `finish` is called exactly once. `salt` and `prefix` are
    random and are given only by test vectors. Raises ValueError for a key that has not 32 bytes.
    """

    def __init__(
        self, key: bytes, case_id: UUID, file_id: UUID, *, salt: bytes | None = None, prefix: bytes | None = None
    ) -> None:
        salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
        self._prefix = secrets.token_bytes(PREFIX_BYTES) if prefix is None else prefix
        if len(salt) != SALT_BYTES or len(self._prefix) != PREFIX_BYTES:
            raise ValueError("Salt and nonce prefix have fixed lengths.")
        self._cipher = _file_cipher(key, salt, case_id, file_id)
        self._unsent = MAGIC + struct.pack(">I", CHUNK) + salt + self._prefix
        self._waiting, self._room = bytearray(), bytearray()
        self._number = 0
        self._finished = False

    def feed(self, data: bytes | memoryview) -> bytes:
        """Take plain bytes; return what is ready to be written, which may be nothing."""
        return bytes(self.feed_view(data))

    def feed_view(self, data: bytes | memoryview) -> memoryview:
        """Do as `feed` does without one more copy; what is returned holds until the next call."""
        if self._finished:
            raise ValueError("The file is already finished.")
        header = self._take_header()
        size = len(data)
        most = len(header) + (len(self._waiting) + size) // CHUNK * (CHUNK + TAG)
        if len(self._room) < most:
            self._room = bytearray(most)
        ready, end, at = memoryview(self._room), len(header), 0
        ready[:end] = header
        with memoryview(data) as view:
            # A full chunk waits until a further byte comes: whether it is the last is part of its nonce.
            if self._waiting and len(self._waiting) + size > CHUNK:
                at = CHUNK - len(self._waiting)
                self._waiting += view[:at]
                end = self._seal_into(self._waiting, ready, end)
                self._waiting.clear()
            # Whole chunks are sealed where they lie: moving them first costs as much again.
            while size - at > CHUNK:
                end = self._seal_into(view[at : at + CHUNK], ready, end)
                at += CHUNK
            self._waiting += view[at:]
        return ready[:end]

    def finish(self) -> bytes:
        """Return the remaining sealed bytes, the last chunk marked as such."""
        if self._finished:
            raise ValueError("The file is already finished.")
        self._finished = True
        return self._take_header() + self._cipher.encrypt(self._take_nonce(last=True), self._waiting, None)

    def _take_header(self) -> bytes:
        header, self._unsent = self._unsent, b""
        return header

    def _take_nonce(self, *, last: bool) -> bytes:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._number += 1
        return nonce

    def _seal_into(self, chunk: bytearray | memoryview, ready: memoryview, start: int) -> int:
        end = start + CHUNK + TAG
        self._cipher.encrypt_into(self._take_nonce(last=False), chunk, None, ready[start:end])
        return end


class Opener:
    """Opens a sealed file anywhere in it.

    The length and the last chunk are checked on construction, so a file that was cut is refused before its first
    byte leaves. `size` is the number of plain bytes. `sealed_bytes`, the stored length where it is known, must match.
    Raises NotOpened here and from every read that meets a changed chunk.
    """

    def __init__(
        self, file: BinaryIO, key: bytes, case_id: UUID, file_id: UUID, *, sealed_bytes: int | None = None
    ) -> None:
        self._file = file
        length = file.seek(0, 2)
        if sealed_bytes is not None and length != sealed_bytes:
            raise NotOpened(f"The stored file has {length} bytes; {sealed_bytes} were stored.")
        self.size = plain_size(length)
        self._chunks = max(1, -(-self.size // CHUNK))
        file.seek(0)
        header = file.read(HEADER)
        if header[: len(MAGIC)] != MAGIC or header[len(MAGIC) : len(MAGIC) + 4] != struct.pack(">I", CHUNK):
            raise NotOpened("This is not an RVLT1 file.")
        salt, self._prefix = header[len(MAGIC) + 4 : -PREFIX_BYTES], header[-PREFIX_BYTES:]
        self._cipher = _file_cipher(key, salt, case_id, file_id)
        self._kept: tuple[int, bytes] = (-1, b"")
        self._chunk(self._chunks - 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file underneath."""
        self._kept = (-1, b"")
        self._file.close()

    def read_range(self, start: int, length: int) -> bytes:
        """`length` plain bytes from `start`, fewer where the file ends. For small ranges; large ones are iterated."""
        return b"".join(self.iter_chunks(start, start + length))

    def iter_chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The plain bytes from `start` up to but not including `stop`, in pieces of at most 64 KiB."""
        stop = self.size if stop is None else min(stop, self.size)
        if start < 0 or stop < 0:
            raise ValueError("A range counts from the beginning of the file.")
        while start < stop:
            number, offset = divmod(start, CHUNK)
            piece = self._chunk(number)[offset : offset + stop - start]
            yield piece
            start += len(piece)

    def _chunk(self, number: int) -> bytes:
        if self._kept[0] == number:
            return self._kept[1]
        self._file.seek(HEADER + number * (CHUNK + TAG))
        sealed = self._file.read(CHUNK + TAG)
        try:
            plain = self._cipher.decrypt(_nonce(self._prefix, number, last=number == self._chunks - 1), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise NotOpened(f"Piece {number + 1} of {self._chunks} is changed, or belongs to another file.") from error
        self._kept = (number, plain)
        return plain


def _file_cipher(key: bytes, salt: bytes, case_id: UUID, file_id: UUID) -> AESGCM:
    if len(key) != 32:
        raise ValueError("A case key has 32 bytes.")
    info = b"rc/file/v1|" + str(case_id).encode("ascii") + b"|" + str(file_id).encode("ascii")
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, info).derive(key))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    if number >= MAX_CHUNKS:
        raise ValueError("A sealed file holds at most 256 TiB.")
    return prefix + struct.pack(">IB", number, last)
