"""Width and height of a picture as its header tells them. Pure: nothing is decoded, odd numbers end as 0 × 0."""

import struct

Size = tuple[int, int]
NONE: Size = (0, 0)
MOST_BOXES = 64
"""How many sizes are read from one HEIC or AVIF head: its tiles and its preview each have one."""


def dimensions(kind: str, head: bytes) -> Size:
    """Return width and height in pixels, or (0, 0) where the first bytes do not tell them."""
    read = {"png": _png, "gif": _gif, "jpeg": _jpeg, "webp": _webp, "heic": _boxes, "avif": _boxes}.get(kind)
    if read is None:
        return NONE
    try:
        return read(head)
    except (struct.error, IndexError):
        return NONE


def _png(head: bytes) -> Size:
    return _pair(">II", head[16:24]) if head[12:16] == b"IHDR" else NONE


def _gif(head: bytes) -> Size:
    return _pair("<HH", head[6:10])


def _jpeg(head: bytes) -> Size:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", head[at + 5 : at + 9])
            return width, height
        elif marker in (0xD9, 0xDA):
            break
        else:
            at += 2 + max(2, _pair(">HH", head[at + 2 : at + 6])[0])
    return NONE


def _webp(head: bytes) -> Size:
    """Read one of the three headers of WebP (RFC 9649): extended, lossless, lossy."""
    chunk = head[12:16]
    if chunk == b"VP8X" and len(head) >= 30:
        width = int.from_bytes(head[24:27], "little") + 1
        return width, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L" and len(head) >= 25 and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = _pair("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return NONE


def _boxes(head: bytes) -> Size:
    """Return the largest size that a HEIF head names ("ispe" boxes, ISO/IEC 23008-12)."""
    largest, at = NONE, 0
    for _turn in range(MOST_BOXES):
        at = head.find(b"ispe", at)
        if at < 0 or at + 16 > len(head):
            break
        found = _pair(">II", head[at + 8 : at + 16])
        if found[0] * found[1] > largest[0] * largest[1]:
            largest = found
        at += 16
    return largest


def _pair(layout: str, raw: bytes) -> Size:
    first, second = struct.unpack(layout, raw)
    return int(first), int(second)
