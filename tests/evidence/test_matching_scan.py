"""The search over many hashes: equal to looking at each one, wherever it lies and whatever its distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.matching.scan import BLOCK, Hashes
from evidence.matching.turns import ALIKE, PDQ_BITS, PDQ_BYTES, distance

HASH = st.binary(min_size=PDQ_BYTES, max_size=PDQ_BYTES)


def by_hand(rows, wanted, limit):
    """Look at each hash, one bit after another."""
    found = []
    for owner, one in rows:
        apart = sum(bin(a ^ b).count("1") for a, b in zip(one, wanted, strict=True))
        if apart <= limit:
            found.append((owner, apart))
    return found


def changed(one: bytes, places) -> bytes:
    number = int.from_bytes(one, "big")
    for place in places:
        number ^= 1 << place
    return number.to_bytes(PDQ_BYTES, "big")


@settings(max_examples=150, deadline=None)
@given(
    wanted=HASH,
    others=st.lists(HASH, max_size=20),
    near=st.lists(st.sets(st.integers(0, PDQ_BITS - 1), max_size=40), max_size=20),
    limit=st.integers(0, PDQ_BITS),
)
def test_a_search_finds_exactly_what_looking_at_each_finds(wanted, others, near, limit):
    rows = list(enumerate([*others, *(changed(wanted, places) for places in near)]))
    assert Hashes.of(rows).near(wanted, limit=limit) == by_hand(rows, wanted, limit)


@pytest.mark.parametrize("bits", [0, 1, ALIKE - 1, ALIKE, ALIKE + 1, PDQ_BITS])
@pytest.mark.parametrize("from_place", [0, 100, 128, PDQ_BITS - 1])
def test_the_limit_is_sharp_wherever_the_bits_differ(bits, from_place):
    wanted = bytes(range(PDQ_BYTES))
    other = changed(wanted, [(from_place + step) % PDQ_BITS for step in range(bits)])
    found = Hashes.of([(7, other)]).near(wanted)
    assert found == ([(7, bits)] if bits <= ALIKE else [])
    assert distance(wanted, other) == bits


def test_what_lies_on_the_seam_of_two_blocks_is_found_with_its_own_owner():
    count = 2 * BLOCK + 5
    table = np.random.default_rng(1).integers(0, 256, (count, PDQ_BYTES), dtype=np.uint8)
    wanted = bytes(PDQ_BYTES)
    places = [0, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, count - 1]
    for number, place in enumerate(places):
        table[place] = np.frombuffer(changed(wanted, range(number)), dtype=np.uint8)
    hashes = Hashes.packed(table.tobytes(), np.arange(count, dtype=np.int64))
    assert hashes.near(wanted) == [(place, number) for number, place in enumerate(places)]


def test_two_sets_together_are_searched_as_one():
    one, other = bytes(32), changed(bytes(32), [3])
    joined = Hashes.of([(1, one)]).joined_with(Hashes.of([(2, other)]))
    assert len(joined) == 2
    assert joined.near(bytes(32)) == [(1, 0), (2, 1)]
    assert Hashes.of([]).near(bytes(32)) == []


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_what_is_no_hash_is_refused(wrong):
    with pytest.raises(ValueError, match="32 bytes"):
        Hashes.of([(1, wrong)])
    with pytest.raises(ValueError, match=r"32 bytes|multiple"):
        Hashes.of([(1, bytes(32))]).near(wrong)
