"""RVLT1: the vectors hold, every range opens, and each way of tampering is found."""

import hashlib
import io
import json
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.rvlt import CHUNK, HEADER, MAX_CHUNKS, TAG, NotOpened, Opener, Sealer, plain_size, sealed_size

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rvlt1.json").read_text(encoding="utf-8"))
KEY = bytes(range(32))
CASE = UUID("6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11")
FILE = UUID("0b6f3a52-6f0e-4a41-8d2c-6e1f5b1f7c10")
OTHER = UUID("11111111-1111-4111-8111-111111111111")
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17]


def plain(size: int) -> bytes:
    """Bytes that differ from chunk to chunk, the same in every run."""
    return b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(-(-size // 32)))[:size]


def seal(data: bytes) -> bytes:
    sealer = Sealer(KEY, CASE, FILE)
    return sealer.feed(data) + sealer.finish()


def open_all(sealed: bytes, key: bytes = KEY, case: UUID = CASE, file: UUID = FILE) -> bytes:
    return b"".join(Opener(io.BytesIO(sealed), key, case, file).iter_chunks())


@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda vector: vector["name"])
def test_the_written_vectors_are_derived_again(vector: dict[str, str | int]) -> None:
    sealer = Sealer(
        bytes.fromhex(VECTORS["key"]),
        UUID(VECTORS["case_id"]),
        UUID(VECTORS["file_id"]),
        salt=bytes.fromhex(VECTORS["salt"]),
        prefix=bytes.fromhex(VECTORS["prefix"]),
    )
    data = bytes(i % 251 for i in range(int(vector["plain_bytes"])))
    sealed = sealer.feed(data) + sealer.finish()
    assert len(sealed) == vector["sealed_bytes"]
    assert hashlib.sha256(sealed).hexdigest() == vector["sealed_sha256"]
    assert sealed.hex().startswith(str(vector["sealed_begins"]))


@pytest.mark.parametrize("step", [1000, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_the_bytes_of_a_file_do_not_depend_on_how_they_came(step: int) -> None:
    data, fixed = plain(4 * CHUNK + 5), {"salt": bytes(32), "prefix": bytes(7)}
    at_once, by_step = Sealer(KEY, CASE, FILE, **fixed), Sealer(KEY, CASE, FILE, **fixed)
    pieces = b"".join(by_step.feed(data[start : start + step]) for start in range(0, len(data), step))
    assert pieces + by_step.finish() == at_once.feed(data) + at_once.finish()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_whole(size: int) -> None:
    sealed = seal(plain(size))
    assert len(sealed) == sealed_size(size)
    assert plain_size(len(sealed)) == size
    assert open_all(sealed) == plain(size)


@given(st.lists(st.integers(0, 3 * CHUNK), max_size=6))
@settings(max_examples=25, deadline=None)
def test_it_does_not_matter_in_what_pieces_the_bytes_came(cuts: list[int]) -> None:
    data = plain(2 * CHUNK + 5)
    points = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    sealer = Sealer(KEY, CASE, FILE)
    sealed = b"".join(sealer.feed(data[a:b]) for a, b in pairwise(points)) + sealer.finish()
    assert open_all(sealed) == data


@given(st.integers(0, 3 * CHUNK + 40), st.integers(0, 2 * CHUNK))
@settings(max_examples=60, deadline=None)
def test_any_range_opens_alone(start: int, length: int) -> None:
    data = plain(3 * CHUNK + 17)
    opener = Opener(io.BytesIO(seal(data)), KEY, CASE, FILE)
    assert opener.read_range(start, length) == data[start : start + length]


def test_two_seals_of_the_same_bytes_share_nothing() -> None:
    first, second = seal(plain(100)), seal(plain(100))
    assert first[HEADER:] != second[HEADER:]


@pytest.mark.parametrize("at", [0, 9, 12, 44, HEADER, HEADER + CHUNK + 3, -1])
def test_a_flipped_bit_is_found(at: int) -> None:
    sealed = bytearray(seal(plain(2 * CHUNK + 100)))
    sealed[at] ^= 1
    with pytest.raises(NotOpened):
        open_all(bytes(sealed))


@pytest.mark.parametrize("kept", [HEADER + 2 * (CHUNK + TAG), HEADER + CHUNK + TAG, HEADER, HEADER + 5, 10, 0])
def test_a_file_that_was_cut_is_refused_before_its_first_byte(kept: int) -> None:
    with pytest.raises(NotOpened):
        Opener(io.BytesIO(seal(plain(3 * CHUNK))[:kept]), KEY, CASE, FILE)


def test_swapped_pieces_are_found() -> None:
    sealed = seal(plain(3 * CHUNK))
    piece = CHUNK + TAG
    first, second = sealed[HEADER : HEADER + piece], sealed[HEADER + piece : HEADER + 2 * piece]
    with pytest.raises(NotOpened):
        open_all(sealed[:HEADER] + second + first + sealed[HEADER + 2 * piece :])


def test_bytes_put_behind_the_end_are_found() -> None:
    with pytest.raises(NotOpened):
        Opener(io.BytesIO(seal(plain(CHUNK)) + bytes(TAG)), KEY, CASE, FILE)


def test_a_file_moved_to_another_case_does_not_open() -> None:
    with pytest.raises(NotOpened):
        open_all(seal(plain(10)), case=OTHER)


def test_a_file_put_in_the_place_of_another_does_not_open() -> None:
    with pytest.raises(NotOpened):
        open_all(seal(plain(10)), file=OTHER)


def test_a_wrong_key_does_not_open() -> None:
    with pytest.raises(NotOpened):
        open_all(seal(plain(10)), key=bytes(32))


def test_a_length_other_than_the_stored_one_is_refused() -> None:
    sealed = seal(plain(CHUNK))
    assert Opener(io.BytesIO(sealed), KEY, CASE, FILE, sealed_bytes=len(sealed)).size == CHUNK
    with pytest.raises(NotOpened, match="were stored"):
        Opener(io.BytesIO(sealed), KEY, CASE, FILE, sealed_bytes=len(sealed) + 1)


def test_nothing_can_be_added_to_a_finished_file() -> None:
    sealer = Sealer(KEY, CASE, FILE)
    sealer.finish()
    with pytest.raises(ValueError, match="finished"):
        sealer.feed(b"x")
    with pytest.raises(ValueError, match="finished"):
        sealer.finish()


def test_a_file_with_more_pieces_than_nonces_is_refused() -> None:
    sealer = Sealer(KEY, CASE, FILE)
    sealer._number = MAX_CHUNKS
    with pytest.raises(ValueError, match="256 TiB"):
        sealer.finish()


def test_pieces_are_read_in_any_order_and_one_read_twice_is_the_same() -> None:
    data = plain(3 * CHUNK)
    opener = Opener(io.BytesIO(seal(data)), KEY, CASE, FILE)
    for number in (2, 0, 0, 1, 2, 1):
        start = number * CHUNK
        assert opener.read_range(start, 10) == data[start : start + 10]


def test_a_changed_piece_in_the_middle_stops_the_reading_there_and_not_before() -> None:
    sealed = bytearray(seal(plain(3 * CHUNK)))
    sealed[HEADER + CHUNK + TAG + 5] ^= 1
    pieces = Opener(io.BytesIO(bytes(sealed)), KEY, CASE, FILE).iter_chunks()
    assert next(pieces) == plain(CHUNK)
    with pytest.raises(NotOpened, match="Piece 2 of 3"):
        next(pieces)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short", CASE, FILE)
