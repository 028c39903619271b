"""Single files out of a sealed bundle without unpacking it: they lie uncompressed, each a range of the archive."""

import io
import struct
import zipfile
from dataclasses import dataclass

from cases.rvlt import Opener

LOCAL_HEADER = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: its path inside the bag, where its bytes begin, how many there are."""

    path: str
    start: int
    size: int


class NotOurs(Exception):
    """The archive is not one that was built here."""


def entries(opener: Opener) -> list[Entry]:
    """Return the files of a bundle's archive in their order. Raises NotOurs."""
    try:
        with zipfile.ZipFile(_Movable(opener)) as archive:
            found = [_entry(opener, info) for info in archive.infolist()]
    except (zipfile.BadZipFile, struct.error, ValueError) as error:
        raise NotOurs from error
    return found


def entry(opener: Opener, path: str) -> Entry:
    """Return one file by its path inside the bag, such as data/report/packet.pdf. Raises NotOurs."""
    found = next((one for one in entries(opener) if one.path == path), None)
    if found is None:
        raise NotOurs(path)
    return found


def _entry(opener: Opener, info: zipfile.ZipInfo) -> Entry:
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
        raise NotOurs(info.filename)
    header = opener.read_range(info.header_offset, LOCAL_HEADER)
    name, extra = struct.unpack("<HH", header[26:30])
    start = info.header_offset + LOCAL_HEADER + name + extra
    return Entry(info.filename.partition("/")[2], start, info.file_size)


class _Movable(io.RawIOBase):
    """An opened file of the vault as something that can be read from anywhere."""

    def __init__(self, opener: Opener) -> None:
        self._opener, self._at = opener, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._opener.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        length = self._opener.size - self._at if size < 0 else size
        found = self._opener.read_range(self._at, length) if length > 0 and self._at < self._opener.size else b""
        self._at += len(found)
        return found
