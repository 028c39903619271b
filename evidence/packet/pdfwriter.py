"""Writes a PDF from front to back: objects as they come, packed and compressed, and at the end where each one is.

Nothing that was written is held in memory, only where it is: eight bytes or so for each object. Layout: ISO 32000-1,
7.5.7 (object streams) and 7.5.8 (cross-reference streams). Pure.
"""

import struct
import zlib
from array import array
from typing import BinaryIO

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PACKED_TOGETHER = 150
FREE, PLAIN, PACKED = 0, 1, 2


class Writer:
    """Takes objects by number. `out` is written from its start; a number is given once and filled once."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._offset = 0
        self._kinds = array("B", [FREE])
        self._places = array("Q", [0])
        self._seconds = array("I", [65535])
        self._waiting: list[tuple[int, bytes]] = []
        self._write(HEAD)

    def number(self) -> int:
        """Give a number for an object that is put later."""
        self._kinds.append(FREE)
        self._places.append(0)
        self._seconds.append(0)
        return len(self._kinds) - 1

    def put(self, number: int, body: bytes) -> None:
        """Put an object that is no stream, written as PDF."""
        self._waiting.append((number, body))
        if len(self._waiting) >= PACKED_TOGETHER:
            self._pack()

    def put_stream(self, number: int, entries: bytes, data: bytes) -> None:
        """Put a stream: `entries` stand in its dictionary beside the length, `data` is written as it is."""
        self._place(number)
        self._write(b"%d 0 obj\n<< %s /Length %d >>\nstream\n" % (number, entries, len(data)))
        self._write(data)
        self._write(b"\nendstream\nendobj\n")

    def put_packed_stream(self, number: int, entries: bytes, data: bytes) -> None:
        """Put a stream whose data is compressed here."""
        self.put_stream(number, entries + b" /Filter /FlateDecode", zlib.compress(data, 6))

    def close(self, *, root: int, info: int | None, identifier: bytes) -> int:
        """Write the cross-reference and the end; return the length of the whole in bytes."""
        self._pack()
        start = self._offset
        table = self.number()
        self._kinds[table], self._places[table] = PLAIN, start
        rows = bytearray()
        for kind, place, second in zip(self._kinds, self._places, self._seconds, strict=True):
            rows += struct.pack(">BQH", kind, place, second)
        entries = b"/Type /XRef /W [ 1 8 2 ] /Size %d /Root %d 0 R /ID [ <%s> <%s> ]" % (
            len(self._kinds),
            root,
            identifier.hex().encode(),
            identifier.hex().encode(),
        )
        if info is not None:
            entries += b" /Info %d 0 R" % info
        data = zlib.compress(bytes(rows), 6)
        self._write(b"%d 0 obj\n<< %s /Filter /FlateDecode /Length %d >>\nstream\n" % (table, entries, len(data)))
        self._write(data)
        self._write(b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)
        return self._offset

    def _pack(self) -> None:
        if not self._waiting:
            return
        box = self.number()
        head, bodies = bytearray(), bytearray()
        for place, (number, body) in enumerate(self._waiting):
            self._kinds[number], self._places[number], self._seconds[number] = PACKED, box, place
            head += b"%d %d " % (number, len(bodies))
            bodies += body + b"\n"
        count = len(self._waiting)
        self._waiting = []
        entries = b"/Type /ObjStm /N %d /First %d" % (count, len(head))
        self.put_packed_stream(box, entries, bytes(head + bodies))

    def _place(self, number: int) -> None:
        self._kinds[number], self._places[number] = PLAIN, self._offset

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._offset += len(data)
