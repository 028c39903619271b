"""A ZIP archive written from front to back, each file uncompressed and announced with its length and checksum.

Python's own writer must go back to fill these in, or put them behind the file; into a sealed stream nobody goes back,
and readers that unpack while they download (Java's, many upload portals') refuse a length that comes behind an
uncompressed file. Layout: PKWARE APPNOTE 6.3.9, sections 4.3 and 4.5.3.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

# From here on a number does not fit the old fields and moves to the 64-bit ones.
TOO_BIG = 0xFFFFFFFF
TOO_MANY = 0xFFFF
OLD, WITH_64_BIT = 20, 45
UNIX_FILE = (0o100644) << 16
NAMES_ARE_UTF8 = 0x0800


class Sink(Protocol):
    """Anything that takes bytes in order, such as evidence.intake.Staging or an open file."""

    def write(self, data: bytes, /) -> int: ...


class NotAsAnnounced(Exception):
    """A file gave other bytes than its announced length and checksum."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    size: int
    crc: int
    offset: int


class Archive:
    """Writes to `sink`; every file carries the time `at`. The archive is whole after `close`."""

    def __init__(self, sink: Sink, *, at: datetime) -> None:
        self._sink = sink
        self._offset = 0
        self._entries: list[_Entry] = []
        # An archive's times have no zone and steps of two seconds.
        at = at.astimezone(UTC)
        self._time = at.hour << 11 | at.minute << 5 | at.second // 2
        self._date = (at.year - 1980) << 9 | at.month << 5 | at.day

    def add(self, name: str, size: int, crc: int, pieces: Iterable[bytes]) -> None:
        """Write one file of `size` bytes with checksum `crc` (CRC-32).

        Raises NotAsAnnounced when the bytes are others; the archive is broken then.
        """
        entry = _Entry(name.encode("utf-8"), size, crc, self._offset)
        wide = struct.pack("<HHQQ", 1, 16, size, size) if size >= TOO_BIG else b""
        length = TOO_BIG if wide else size
        header = (WITH_64_BIT if wide else OLD, NAMES_ARE_UTF8, 0, self._time, self._date, crc, length, length)
        self._write(b"PK\x03\x04" + struct.pack("<5H3L2H", *header, len(entry.name), len(wide)) + entry.name + wide)
        written, checksum = 0, 0
        for piece in pieces:
            written += len(piece)
            checksum = zlib.crc32(piece, checksum)
            self._write(piece)
        if (written, checksum) != (size, crc):
            raise NotAsAnnounced(name)
        self._entries.append(entry)

    def close(self) -> None:
        """Write the directory that makes the archive whole."""
        start = self._offset
        for entry in self._entries:
            self._write(self._directory_row(entry))
        length, count = self._offset - start, len(self._entries)
        if start >= TOO_BIG or length >= TOO_BIG or count >= TOO_MANY:
            end = self._offset
            numbers = (count, count, length, start)
            self._write(
                b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 3 << 8 | WITH_64_BIT, WITH_64_BIT, 0, 0, *numbers)
            )
            self._write(b"PK\x06\x07" + struct.pack("<LQL", 0, end, 1))
        few = min(count, TOO_MANY)
        self._write(b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, few, few, min(length, TOO_BIG), min(start, TOO_BIG), 0))

    def _directory_row(self, entry: _Entry) -> bytes:
        wide = b""
        if entry.size >= TOO_BIG:
            wide += struct.pack("<QQ", entry.size, entry.size)
        if entry.offset >= TOO_BIG:
            wide += struct.pack("<Q", entry.offset)
        if wide:
            wide = struct.pack("<HH", 1, len(wide)) + wide
        needs = WITH_64_BIT if wide else OLD
        length = min(entry.size, TOO_BIG)
        head = (3 << 8 | needs, needs, NAMES_ARE_UTF8, 0, self._time, self._date, entry.crc, length, length)
        tail = (len(entry.name), len(wide), 0, 0, 0, UNIX_FILE, min(entry.offset, TOO_BIG))
        return b"PK\x01\x02" + struct.pack("<6H3L", *head) + struct.pack("<5H2L", *tail) + entry.name + wide

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._offset += len(data)
