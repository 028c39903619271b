"""Volumes: how a bundle is cut, that other programs open them, and that their lengths are known beforehand."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import pyzipper
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.proofs import volumes
from evidence.proofs.inside import Entry
from evidence.proofs.volumes import Volume

AT = datetime(2026, 11, 22, 15, 0, 1, tzinfo=UTC)
FILES = {"HOW-TO-VERIFY.txt": b"how", "data/report/packet.pdf": b"%PDF" * 999, "data/a": b"", "data/b": bytes(70_000)}


def listed(files: dict[str, bytes]) -> list[Entry]:
    return [Entry(path, number, len(data)) for number, (path, data) in enumerate(files.items())]


def written(volume: Volume, files: dict[str, bytes], password: str = "A-B") -> bytes:
    def read(one: Entry) -> Iterator[bytes]:
        data = files[one.path]
        yield from (data[at : at + 1000] for at in range(0, len(data), 1000))

    return b"".join(volumes.pieces(volume, root="C-1-P1", password=password, at=AT, read=read, mark=b"m"))


def opened(data: bytes, password: str = "A-B") -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        archive.setpassword(password.encode())
        assert all(info.wz_aes_strength == 3 for info in archive.infolist())
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@given(
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=12),
    max_bytes=st.integers(1, 9000),
    max_files=st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_however_it_is_cut_everything_is_there_once_and_as_long_as_said(
    sizes: list[int], max_bytes: int, max_files: int
) -> None:
    files = {f"data/f{number}": bytes([number]) * size for number, size in enumerate(sizes)}
    cut = volumes.plan(listed(files), max_bytes=max_bytes, max_files=max_files, root="C-1-P1")
    found: dict[str, bytes] = {}
    for volume in cut:
        data = written(volume, files)
        assert len(data) == volume.size
        assert len(volume.entries) <= max_files
        assert volume.size <= max_bytes or len(volume.entries) == 1
        inside = opened(data)
        assert not inside.keys() & found.keys()
        found |= inside
    assert found == files


def test_what_is_read_first_lies_in_the_first_volume() -> None:
    first = volumes.plan(listed(FILES), max_bytes=5000, max_files=99, root="C-1-P1")[0]
    assert [one.path for one in first.entries][:2] == ["HOW-TO-VERIFY.txt", "data/report/packet.pdf"]


def test_a_wrong_password_opens_nothing_and_a_flipped_byte_is_found() -> None:
    (volume,) = volumes.plan(listed(FILES), max_bytes=1 << 20, max_files=99, root="C-1-P1")
    data = written(volume, FILES)
    with pytest.raises(RuntimeError):
        opened(data, "A-C")
    broken = bytearray(data)
    broken[5000] ^= 1
    with pytest.raises(pyzipper.BadZipFile):
        opened(bytes(broken))
    assert b"%PDF%PDF" not in data


def test_two_files_never_share_a_key_stream() -> None:
    same = {"data/a": bytes(500), "data/b": bytes(500)}
    (volume,) = volumes.plan(listed(same), max_bytes=1 << 20, max_files=9, root="C-1-P1")
    data = written(volume, same)
    head = 30 + len("C-1-P1/data/a") + 11 + 16 + 2
    step = head + 500 + 10
    first, second = data[head : head + 500], data[step + head : step + head + 500]
    blocks = [part[at : at + 16] for part in (first, second) for at in range(0, 496, 16)]
    assert len(set(blocks)) == len(blocks)


def test_a_file_of_another_length_stops_the_volume() -> None:
    (volume,) = volumes.plan([Entry("data/a", 0, 5)], max_bytes=1 << 20, max_files=9, root="r")
    with pytest.raises(ValueError, match="another length"):
        written(volume, {"data/a": b"longer than it was"})


def test_memory_does_not_grow_with_a_volume() -> None:
    piece = bytes(64 * 1024)
    (volume,) = volumes.plan([Entry("data/film", 0, 500 * len(piece))], max_bytes=1 << 40, max_files=9, root="r")

    def read(_one: Entry) -> Iterator[bytes]:
        return (piece for _ in range(500))

    tracemalloc.start()
    made = volumes.pieces(volume, root="r", password="A-B", at=AT, read=read, mark=b"m")
    assert sum(len(part) for part in made) == volume.size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("limit", [100, 3000, 60_000])
def test_numbers_that_do_not_fit_move_to_the_64_bit_fields(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    class Small(int):
        def __le__(self, other: int) -> bool:
            return limit <= other

        def __lt__(self, other: int) -> bool:
            return limit < other

    monkeypatch.setattr(volumes, "TOO_BIG", Small(0xFFFFFFFF))
    (volume,) = volumes.plan(listed(FILES), max_bytes=1 << 20, max_files=99, root="C-1-P1")
    assert opened(written(volume, FILES)) == FILES


def test_a_password_has_no_signs_that_look_alike_and_is_never_the_same() -> None:
    made = {volumes.make_password() for _ in range(200)}
    assert len(made) == 200
    assert not set("".join(made)) & set("01258BILOSZ")
