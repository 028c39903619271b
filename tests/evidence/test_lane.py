"""The further threads of intake: in order, bounded, and never left behind."""

import gc
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from evidence.intake import BLOCK, Staging
from evidence.lane import AHEAD, Lane

KEY = bytes(range(32))
CASE = UUID("6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11")


def threads() -> int:
    return sum(thread.name == "intake" for thread in threading.enumerate())


def until(what: Any) -> bool:
    end = time.monotonic() + 60
    while not what() and time.monotonic() < end:
        gc.collect()
        threading.Event().wait(0.01)
    return bool(what())


def test_blocks_are_done_in_order_by_one_other_thread() -> None:
    done: list[tuple[bytes, int]] = []
    lane = Lane(lambda piece: done.append((piece, threading.get_ident())))
    for number in range(50):
        lane.give(b"%d" % number)
    lane.end()
    assert [piece for piece, _ in done] == [b"%d" % number for number in range(50)]
    assert len({thread for _, thread in done} - {threading.get_ident()}) == 1
    assert threads() == 0


def test_an_error_comes_back_to_whoever_gives_and_ends_the_work() -> None:
    done: list[bytes] = []

    def work(piece: bytes) -> None:
        if piece == b"bad":
            raise OSError(28, "No space left on device")
        done.append(piece)

    lane = Lane(work)
    lane.give(b"good")
    with pytest.raises(OSError, match="No space"):
        for _ in range(1000):
            lane.give(b"bad")
            threading.Event().wait(0.001)
    with pytest.raises(OSError, match="No space"):
        lane.end()
    assert done == [b"good"]
    assert threads() == 0


def test_whoever_is_faster_is_held_up_so_that_memory_stays_bounded() -> None:
    go, taken = threading.Event(), []

    def work(piece: bytes) -> None:
        go.wait(10)
        taken.append(piece)

    lane = Lane(work)
    given: list[int] = []

    def give() -> None:
        for number in range(20):
            lane.give(b"x")
            given.append(number)

    giver = threading.Thread(target=give)
    giver.start()
    assert until(lambda: len(given) >= AHEAD)
    assert len(given) <= AHEAD + 2
    go.set()
    giver.join()
    lane.end()
    assert len(taken) == 20


def test_no_thread_is_left_by_a_file_that_is_given_up_or_forgotten(tmp_path: Path) -> None:
    first = Staging(tmp_path, KEY, CASE, limit=10**9)
    first.write(bytes(BLOCK * 3))
    first.discard()
    assert threads() == 0
    second = Staging(tmp_path, KEY, CASE, limit=10**9)
    second.write(bytes(BLOCK * 3))
    del second
    assert until(lambda: threads() == 0)


def test_a_small_file_needs_no_thread(tmp_path: Path) -> None:
    with Staging(tmp_path, KEY, CASE, limit=10**9) as staging:
        staging.write(bytes(BLOCK - 1))
        assert threads() == 0
        staging.finish()


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK * 9 + 5])
@pytest.mark.parametrize("step", [1 << 16, 70_001])
def test_the_result_is_the_same_whichever_thread_did_it(tmp_path: Path, size: int, step: int) -> None:
    from hashlib import md5, sha256, sha512

    from cases.rvlt import Opener

    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    with Staging(tmp_path, KEY, CASE, limit=10**9) as staging:
        for start in range(0, size, step):
            staging.write(memoryview(bytearray(data[start : start + step])))  # type: ignore[arg-type]
        staged = staging.finish()
    assert (staged.sha256, staged.sha512) == (sha256(data).hexdigest(), sha512(data).hexdigest())
    assert staged.md5 == md5(data).hexdigest()
    assert staged.sealed_sha256 == sha256(staged.path.read_bytes()).hexdigest()
    with Opener(staged.path.open("rb"), KEY, CASE, staged.file_id) as opener:
        assert b"".join(opener.iter_chunks()) == data


def test_a_disk_that_fills_up_in_the_other_thread_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evidence import intake

    def full(self: Any, sealed: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(intake._Stored, "take", full)
    with pytest.raises(OSError, match="No space"), Staging(tmp_path, KEY, CASE, limit=10**9) as staging:
        for _ in range(100):
            staging.write(bytes(BLOCK))
        staging.finish()
    assert list(tmp_path.iterdir()) == []
    assert threads() == 0
