"""What is in a ZIP file, read from the listing at its end alone (APPNOTE 4.3). Nothing is ever unpacked here.

The listing is what a reader of the file would trust, so every limit is checked on it: how many files, how large they
would become, names that lead out of a folder, links, archives inside, files that lie over each other. Whoever unpacks
later (in the sandbox) must count again: a listing can lie about sizes.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

MOST_ENTRIES = 500
MOST_BYTES = 2 << 30
MOST_RATIO = 100
RATIO_FROM = 1 << 20
"""Below this many unpacked bytes a ratio does no harm: a small text of blanks packs very well."""
LONGEST_NAME = 500
END = b"PK\x05\x06"
END_BYTES = 22
LOCATOR = b"PK\x06\x07"
END_64 = b"PK\x06\x06"
LISTED = b"PK\x01\x02"
LISTED_BYTES = 46
LOCAL_BYTES = 30
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF
LINK = 0o120000
ARCHIVES = frozenset(
    [
        ".zip",
        ".7z",
        ".rar",
        ".gz",
        ".tgz",
        ".bz2",
        ".xz",
        ".tar",
        ".zst",
        ".lz",
        ".cab",
        ".jar",
        ".apk",
        ".iso",
        ".dmg",
        ".arj",
        ".lzh",
    ]
)
PROGRAMS = frozenset(
    [
        ".exe",
        ".dll",
        ".scr",
        ".com",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".vbe",
        ".js",
        ".jse",
        ".wsf",
        ".msi",
        ".lnk",
        ".hta",
        ".reg",
        ".sh",
        ".app",
    ]
)
RECORDS = re.compile(r"archive/[^/]+\.warc(\.gz)?|indexes/[^/]+\.(cdxj?|idx)(\.gz)?", re.I)
"""What a web capture holds: packed records and their index are no archives of files."""
WORDS = frozenset([".txt", ".json", ".html", ".htm", ".xml", ".csv", ".md", ".eml"])


class Refused(Exception):
    """The listing breaks a rule. The message can be shown to whoever offered the file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the listing: sizes in bytes as the listing tells them, `offset` of its own header in the file."""

    name: str
    packed: int
    size: int
    offset: int
    is_locked: bool


def read(tail: bytes, *, size: int) -> tuple[Entry, ...]:
    """Return the entries of a ZIP file of `size` bytes from its last bytes, without folders.

    Raises Refused, in plain words, for a listing that is broken, does not fit into `tail`, or breaks a limit.
    """
    count, start, length = _end_of(tail, size)
    if count > MOST_ENTRIES:
        raise Refused(_("This archive holds more than %(most)s files. Send fewer at once.") % {"most": MOST_ENTRIES})
    first = len(tail) - (size - start)
    if first < 0 or start + length > size or length < count * LISTED_BYTES:
        raise _broken()
    entries = tuple(_listed(tail[first : first + length], count))
    if not entries:
        raise Refused(_("This archive is empty."))
    _refuse_overlaps(entries, start)
    files = tuple(entry for entry in entries if not entry.name.endswith("/"))
    is_capture = is_web_capture(files)
    for entry in files:
        _refuse_entry(entry, in_capture=is_capture)
    unpacked, packed = sum(entry.size for entry in files), sum(entry.packed for entry in files)
    if unpacked > MOST_BYTES:
        raise Refused(_("Unpacked, this archive would be larger than 2 GB. Send its files in smaller groups."))
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
        raise _bomb()
    if not files:
        raise Refused(_("This archive is empty."))
    return files


def holds_words(entries: tuple[Entry, ...]) -> bool:
    """Whether an archive holds a text, as every chat export and every copy of an account's data does."""
    return any(PurePosixPath(entry.name).suffix.lower() in WORDS for entry in entries)


def is_web_capture(entries: tuple[Entry, ...]) -> bool:
    """Whether an archive is a WACZ (1.1.1): it describes itself, and holds records of what a browser was sent."""
    names = [entry.name for entry in entries]
    return "datapackage.json" in names and any(
        name.startswith("archive/") and RECORDS.fullmatch(name) for name in names
    )


def _end_of(tail: bytes, size: int) -> tuple[int, int, int]:
    """Return the number of entries, and where the listing starts and how long it is."""
    at = tail.rfind(END)
    while at >= 0:
        if at + END_BYTES <= len(tail):
            disk, first_disk, here, count, length, start, comment = struct.unpack("<HHHHIIH", tail[at + 4 : at + 22])
            if at + END_BYTES + comment == len(tail):
                break
        at = tail.rfind(END, 0, at)
    else:
        raise _broken()
    if MAX_16 in (here, count) or MAX_32 in (length, start):
        return _end_64(tail, at, size)
    if disk or first_disk or here != count:
        raise _broken()
    # A listing that does not end where the record says would be read differently by the next program.
    if start + length != size - len(tail) + at:
        raise _broken()
    return count, start, length


def _end_64(tail: bytes, at: int, size: int) -> tuple[int, int, int]:
    locator = at - 20
    if locator < 0 or tail[locator : locator + 4] != LOCATOR:
        raise _broken()
    _disk, where, _disks = struct.unpack("<IQI", tail[locator + 4 : locator + 20])
    record = len(tail) - (size - where)
    if record < 0 or tail[record : record + 4] != END_64 or record + 56 > len(tail):
        raise _broken()
    here, count, length, start = struct.unpack("<QQQQ", tail[record + 24 : record + 56])
    if here != count or start + length != where:
        raise _broken()
    return int(count), int(start), int(length)


def _listed(listing: bytes, count: int) -> Iterator[Entry]:
    at = 0
    for _turn in range(count):
        if listing[at : at + 4] != LISTED or at + LISTED_BYTES > len(listing):
            raise _broken()
        made_by, _needs, flags, _method = struct.unpack("<HHHH", listing[at + 4 : at + 12])
        packed, size, name_bytes, extra_bytes, comment_bytes, disk = struct.unpack(
            "<IIHHHH", listing[at + 20 : at + 36]
        )
        attributes, offset = struct.unpack("<II", listing[at + 38 : at + 46])
        name_at = at + LISTED_BYTES
        raw = listing[name_at : name_at + name_bytes]
        extra = listing[name_at + name_bytes : name_at + name_bytes + extra_bytes]
        at = name_at + name_bytes + extra_bytes + comment_bytes
        if at > len(listing) or disk not in (0, MAX_16):
            raise _broken()
        if made_by >> 8 in (3, 19) and attributes >> 16 & 0o170000 == LINK:
            raise Refused(_("This archive holds a link to another file. Send the files themselves."))
        size, packed, offset = _large(extra, size, packed, offset)
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
        yield Entry(name, packed, size, offset, is_locked=bool(flags & 1))
    if at != len(listing):
        raise _broken()


def _large(extra: bytes, *values: int) -> tuple[int, int, int]:
    """Return size, packed size and offset, from the 64-bit field where the listing leaves them to it."""
    at, found = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[at : at + 4])
        if kind == 1:
            found = extra[at + 4 : at + 4 + length]
        at += 4 + length
    told = []
    for value in values:
        if value == MAX_32:
            if len(found) < 8:
                raise _broken()
            value, found = int.from_bytes(found[:8], "little"), found[8:]
        told.append(value)
    return told[0], told[1], told[2]


def _refuse_overlaps(entries: tuple[Entry, ...], listing_at: int) -> None:
    ordered = sorted(entries, key=lambda entry: entry.offset)
    ends = [entry.offset for entry in ordered[1:]] + [listing_at]
    for entry, end in zip(ordered, ends, strict=True):
        if entry.offset + LOCAL_BYTES + entry.packed > end:
            raise Refused(_("The files in this archive lie over each other. It was not made by a chat app."))


def _refuse_entry(entry: Entry, *, in_capture: bool) -> None:
    path = PurePosixPath(entry.name.replace("\\", "/"))
    if len(entry.name) > LONGEST_NAME or "\0" in entry.name:
        raise _broken()
    if path.is_absolute() or ".." in path.parts or entry.name[1:2] == ":":
        raise Refused(_("A file in this archive has a name that leads out of its folder."))
    ending = path.suffix.lower()
    if ending in ARCHIVES and not (in_capture and RECORDS.fullmatch(entry.name)):
        raise Refused(_("This archive holds another archive. Send that one by itself."))
    if ending in PROGRAMS:
        raise Refused(_("This archive holds a program. Send only the chat and its pictures."))
    if entry.size > RATIO_FROM and entry.size > MOST_RATIO * max(entry.packed, 1):
        raise _bomb()


def _bomb() -> Refused:
    return Refused(_("Unpacked, this archive would become far larger than it is. It was not made by a chat app."))


def _broken() -> Refused:
    return Refused(_("This archive is damaged, or holds too many files. Make it again and send that one."))
