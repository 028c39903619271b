"""The archive: readers of others open it, also those that never look ahead, at every size."""

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from evidence import archive
from evidence.archive import Archive, NotAsAnnounced

AT = datetime(2026, 11, 22, 15, 0, 1, tzinfo=UTC)
FILES = {"a/first.txt": b"first", "a/empty": b"", "a/größe.txt": b"x" * 100_000}


def written(files: dict[str, bytes] = FILES, at: datetime = AT) -> bytes:
    sink = io.BytesIO()
    target = Archive(sink, at=at)
    for name, data in files.items():
        target.add(name, len(data), zlib.crc32(data), (data[:3], data[3:]))
    target.close()
    return sink.getvalue()


def read_forward(raw: bytes) -> dict[str, bytes]:
    """Unpack by local headers alone, as a reader does that unpacks while it downloads."""
    found, at = {}, 0
    while raw[at : at + 4] == b"PK\x03\x04":
        flags, _, _, _, crc, size, _, name_length, extra_length = struct.unpack("<4H3L2H", raw[at + 6 : at + 30])
        assert not flags & 0x0008
        name = raw[at + 30 : at + 30 + name_length].decode()
        start = at + 30 + name_length + extra_length
        if size == 0xFFFFFFFF:
            size = struct.unpack("<Q", raw[start - 16 : start - 8])[0]
        found[name] = raw[start : start + size]
        assert zlib.crc32(found[name]) == crc
        at = start + size
    return found


def test_a_common_reader_opens_it() -> None:
    opened = zipfile.ZipFile(io.BytesIO(written()))
    assert opened.testzip() is None
    assert {name: opened.read(name) for name in opened.namelist()} == FILES
    first = opened.infolist()[0]
    assert first.date_time == (2026, 11, 22, 15, 0, 0)
    assert first.external_attr >> 16 == 0o100644


def test_a_reader_that_never_looks_ahead_opens_it() -> None:
    assert read_forward(written()) == FILES


def test_an_empty_archive_opens() -> None:
    assert zipfile.ZipFile(io.BytesIO(written({}))).namelist() == []


@pytest.mark.parametrize("limit", [1, 5, 6, 60, 200, 100_000])
def test_numbers_that_do_not_fit_move_to_the_64_bit_fields(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    plain = written()
    monkeypatch.setattr(archive, "TOO_BIG", _Limit(limit))
    wide = written()
    assert wide != plain
    opened = zipfile.ZipFile(io.BytesIO(wide))
    assert opened.testzip() is None
    assert {name: opened.read(name) for name in opened.namelist()} == FILES
    assert read_forward(wide) == FILES


class _Limit(int):
    """The largest 32-bit number, pretending to be smaller when it is compared."""

    def __new__(cls, limit: int) -> "_Limit":
        number = super().__new__(cls, 0xFFFFFFFF)
        number.limit = limit
        return number

    limit: int

    def __le__(self, other: int) -> bool:
        return self.limit <= other

    def __lt__(self, other: int) -> bool:
        return self.limit < other


def test_many_files_move_to_the_64_bit_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"f/{n}": b"" for n in range(0xFFFF + 2)}
    assert len(zipfile.ZipFile(io.BytesIO(written(files))).namelist()) == len(files)


def test_the_zone_of_the_time_does_not_matter() -> None:
    assert written(at=AT.astimezone(timezone(timedelta(hours=9)))) == written()


@pytest.mark.parametrize(("size", "crc"), [(4, zlib.crc32(b"first")), (5, 0)])
def test_bytes_other_than_announced_are_found(size: int, crc: int) -> None:
    with pytest.raises(NotAsAnnounced):
        Archive(io.BytesIO(), at=AT).add("a", size, crc, (b"first",))
