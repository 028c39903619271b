"""Small real files for journeys: a picture, a photo, a film and a letter."""

import struct
import zlib


def png(width: int = 8, height: int = 8) -> bytes:
    """Return a grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x88" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """Return a photo's outer form: start, size and end markers, which is what its kind is told by."""
    app0 = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    sof0 = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    return b"\xff\xd8" + app0 + sof0 + b"\xff\xda\x00\x08\x01\x01\x00\x00?\x00\x7f\xff\xd9"


def mp4() -> bytes:
    """Return the smallest film: a file type box, an empty movie box and some data."""

    def box(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", 8 + len(data)) + kind + data

    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", b"") + box(b"mdat", b"\0" * 64)


LETTER = b"Message of 20 November: I will send it to your colleagues.\n"
