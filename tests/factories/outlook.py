"""A small Outlook message as a compound file, written by hand: one sector size, short streams in the mini stream."""

import math
import struct
from itertools import pairwise

SECTOR, MINI = 512, 64
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NONE = 0xFFFFFFFF


class _Entry:
    def __init__(self, name: str, kind: int, data: bytes = b"") -> None:
        self.name, self.kind, self.data = name, kind, data
        self.children: list[_Entry] = []
        self.left = self.right = self.child = NONE
        self.number = self.start = 0


def message_file(*, subject: str, body: str, head: str, files: dict[str, bytes]) -> bytes:
    """Return the bytes of a .msg with these fields and attachments."""
    root = _Entry("Root Entry", 5)
    root.children = [_Entry("__properties_version1.0", 2, bytes(32))]
    for number, text in (("0037", subject), ("1000", body), ("007D", head)):
        if text:
            root.children.append(_Entry(f"__substg1.0_{number}001F", 2, text.encode("utf-16-le")))
    for place, (name, data) in enumerate(files.items()):
        folder = _Entry(f"__attach_version1.0_#{place:08X}", 1)
        folder.children = [
            _Entry("__properties_version1.0", 2, bytes(8)),
            _Entry("__substg1.0_3707001F", 2, name.encode("utf-16-le")),
            _Entry("__substg1.0_37010102", 2, data),
        ]
        root.children.append(folder)
    return _written(root)


def _written(root: _Entry) -> bytes:
    entries = [root]
    _number(root, entries)
    mini, minifat = bytearray(), []
    for entry in entries:
        if entry.kind == 2 and entry.data:
            count = math.ceil(len(entry.data) / MINI)
            entry.start = len(minifat)
            minifat += [entry.start + step + 1 for step in range(count - 1)] + [END]
            mini += entry.data.ljust(count * MINI, b"\0")
    sectors: list[bytes] = []
    fat: list[int] = []

    def keep(data: bytes) -> int:
        count = max(1, math.ceil(len(data) / SECTOR))
        start = len(sectors)
        for step in range(count):
            sectors.append(data[step * SECTOR : (step + 1) * SECTOR].ljust(SECTOR, b"\0"))
            fat.append(start + step + 1 if step < count - 1 else END)
        return start

    root.start, root.data = keep(bytes(mini)), bytes(mini)
    padded = math.ceil(len(entries) / 4) * 4
    directory = b"".join(_entry(one) for one in entries) + bytes(128) * (padded - len(entries))
    first_directory = keep(directory)
    first_minifat = keep(_packed(minifat))
    first_fat = len(sectors)
    fat.append(FAT)
    sectors.append(_packed(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIII", 0, 1, first_directory, 0, 4096)
    header += struct.pack("<IIII", first_minifat, math.ceil(len(minifat) / 128), END, 0)
    header += struct.pack("<I", first_fat) + struct.pack("<I", FREE) * 108
    return header + b"".join(sectors)


def _number(parent: _Entry, entries: list[_Entry]) -> None:
    ordered = sorted(parent.children, key=lambda one: (len(one.name), one.name.upper()))
    for one in ordered:
        one.number = len(entries)
        entries.append(one)
    # A list to the right is a tree too, if a lopsided one.
    for before, after in pairwise(ordered):
        before.right = after.number
    parent.child = ordered[0].number if ordered else NONE
    for one in ordered:
        if one.kind == 1:
            _number(one, entries)


def _entry(one: _Entry) -> bytes:
    name = one.name.encode("utf-16-le")
    out = name.ljust(64, b"\0") + struct.pack("<HBB", len(name) + 2, one.kind, 1)
    out += struct.pack("<III", one.left, one.right, one.child) + bytes(36)
    return out + struct.pack("<IQ", one.start, len(one.data))


def _packed(numbers: list[int]) -> bytes:
    count = max(128, math.ceil(len(numbers) / 128) * 128)
    return struct.pack(f"<{count}I", *numbers, *[FREE] * (count - len(numbers)))
