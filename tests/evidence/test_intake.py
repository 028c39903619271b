"""Taking a file in: one pass, sealed at once, nothing plain on the disk and nothing left after a failure."""

import hashlib
import os
import stat
import tracemalloc
from pathlib import Path
from uuid import UUID

import pytest

from cases.rvlt import Opener, sealed_size
from evidence.intake import BLOCK, ClientName, Staging, TooLarge, sweep

KEY = bytes(range(32))
CASE = UUID("6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11")
WORDS = b"words that may rest nowhere in the clear " * 5000


def staging(directory: Path, limit: int = 10**9) -> Staging:
    return Staging(directory, KEY, CASE, limit=limit)


def test_a_file_is_hashed_and_sealed_in_one_pass(tmp_path: Path) -> None:
    with staging(tmp_path / "in") as sink:
        for start in range(0, len(WORDS), 7000):
            sink.write(WORDS[start : start + 7000])
        staged = sink.finish()
    sealed = staged.path.read_bytes()
    assert staged.sha256 == hashlib.sha256(WORDS).hexdigest()
    assert staged.sha512 == hashlib.sha512(WORDS).hexdigest()
    assert staged.md5 == hashlib.md5(WORDS).hexdigest()
    assert staged.sealed_sha256 == hashlib.sha256(sealed).hexdigest()
    assert staged.sealed_bytes == len(sealed) == sealed_size(len(WORDS))
    assert (staged.plain_bytes, staged.is_text) == (len(WORDS), True)
    assert (staged.head, staged.tail) == (WORDS[: 64 * 1024], WORDS[-4096:])
    assert b"rest nowhere" not in sealed
    with Opener(staged.path.open("rb"), KEY, CASE, staged.file_id) as opener:
        assert b"".join(opener.iter_chunks()) == WORDS


def test_nobody_else_on_the_machine_can_read_the_staging_folder(tmp_path: Path) -> None:
    with staging(tmp_path / "in") as sink:
        staged = sink.finish()
    assert stat.S_IMODE((tmp_path / "in").stat().st_mode) == 0o700
    assert stat.S_IMODE(staged.path.stat().st_mode) == 0o600


def test_leaving_without_finishing_removes_the_file(tmp_path: Path) -> None:
    with staging(tmp_path) as sink:
        sink.write(b"half")
    assert list(tmp_path.iterdir()) == []


def test_a_file_over_the_limit_is_refused_and_removed(tmp_path: Path) -> None:
    sink = staging(tmp_path, limit=1024 * 1024)
    sink.write(bytes(1024 * 1024))
    with pytest.raises(TooLarge, match="larger than 1 MB"):
        sink.write(b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    sink = staging(tmp_path, limit=1000)
    sink.write(bytes(1000))
    assert sink.finish().plain_bytes == 1000


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    piece = os.urandom(64 * 1024)
    with staging(tmp_path) as sink:
        tracemalloc.start()
        for _ in range(64 * 16):
            sink.write(piece)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sink.finish().discard()
    assert peak < 8 * BLOCK


@pytest.mark.parametrize(
    ("data", "is_text"),
    [
        (b"plain", True),
        ("mañana ".encode() * 20_000, True),
        (b"tab\tline\r\n", True),
        (b"a\0b", False),
        (b"a" * 100_000 + b"\xff", False),
        ("é".encode()[:1], False),
        (b"\x1b[31m", False),
    ],
)
def test_text_is_told_by_every_byte(tmp_path: Path, data: bytes, is_text: bool) -> None:
    with staging(tmp_path) as sink:
        for start in range(0, len(data), 4097):
            sink.write(data[start : start + 4097])
        assert sink.finish().is_text is is_text


def test_what_a_killed_process_left_behind_is_swept(tmp_path: Path) -> None:
    old, fresh = tmp_path / "old.rvlt", tmp_path / "fresh.rvlt"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (1, 1))
    assert sweep(tmp_path, older_than=3600) == 1
    assert list(tmp_path.iterdir()) == [fresh]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("IMG_0001.png", "IMG_0001.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Nora\\shot.png", "shot.png"),
        ("a\0b.png", "ab.png"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("line\r\nbreak.png", "linebreak.png"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("\ud800.png", ".png"),
        ("😀.png", "😀.png"),
        ("CON", "CON"),
        ("x" * 300 + ".jpeg", "x" * 114 + "….jpeg"),
        ("y" * 300, "y" * 119 + "…"),
        ("صورة.png", "صورة.png"),
    ],
)
def test_a_client_name_is_safe_to_show_and_kept_exactly(raw: str, shown: str) -> None:
    name = ClientName.of(raw)
    assert name.shown == shown
    assert len(name.shown) <= 120
    assert name.raw_hex == ("" if raw == shown else raw.encode("utf-8", "surrogatepass").hex())
