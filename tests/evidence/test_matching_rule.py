"""When two exhibits are told as alike: pictures in every turn, films by several frames, nothing that is too plain."""

import random

import pytest

from evidence.matching.rule import LEAST_FRAMES, Frame, Seen, compare
from evidence.matching.turns import ALIKE, LEAST_QUALITY, PDQ_BITS, WAYS, Way, distance, joined, nearest, split


def some(number: int) -> bytes:
    return random.Random(number).randbytes(32)


def off(one: bytes, bits: int) -> bytes:
    """Return a hash that differs in so many bits, at the end where no other test looks."""
    return (int.from_bytes(one, "big") ^ ((1 << bits) - 1)).to_bytes(32, "big")


def frame(number: int, *, quality: int = 100, bits: int = 0, turned: Way = Way.NONE) -> Frame:
    """Return a frame whose hash in one turn is that of the number, and random in all others."""
    turns = [some(number * 100 + place + 1) for place in range(len(WAYS))]
    turns[WAYS.index(turned)] = off(some(number * 100), bits)
    return Frame(joined(turns), quality, at_ms=number * 1000)


def picture(number: int, **more) -> Seen:
    return Seen((frame(number, **more),), is_film=False)


def film(*frames: Frame) -> Seen:
    return Seen(frames, is_film=True)


def test_two_pictures_are_alike_up_to_31_bits_and_not_beyond():
    assert compare(picture(1, bits=ALIKE), picture(1)).distance == ALIKE
    assert compare(picture(1, bits=ALIKE + 1), picture(1)) is None
    assert compare(picture(1), picture(2)) is None


@pytest.mark.parametrize("way", WAYS)
def test_each_turn_is_found_and_named(way):
    found = compare(picture(1, turned=way, bits=5), picture(1))
    assert (found.distance, found.way, found.frames) == (5, way, 0)


@pytest.mark.parametrize("side", [0, 1])
def test_what_is_too_plain_is_never_compared(side):
    pair = [picture(1), picture(1)]
    pair[side] = picture(1, quality=LEAST_QUALITY - 1)
    assert compare(*pair) is None
    pair[side] = picture(1, quality=LEAST_QUALITY)
    assert compare(*pair) is not None


def test_films_need_three_frames_that_are_half_of_the_shorter():
    six = [frame(number) for number in range(1, 7)]
    others = [frame(number) for number in range(50, 60)]
    assert compare(film(*six), film(*six)).frames == 6
    assert compare(film(*six[:3]), film(*six, *others)).of == 3
    assert compare(film(*six[:2]), film(*six[:2])) is None, "two frames are too few"
    three_of_seven = film(*six[:3], *others[:4])
    assert compare(three_of_seven, film(*six, *others[4:])) is None, "three of seven are not half"
    three_of_six = film(*six[:3], *others[:3])
    assert compare(three_of_six, film(*six, *others[4:])).frames == LEAST_FRAMES


def test_one_frame_that_many_have_counts_once():
    title = frame(1)
    many_titles = film(*[title] * 6)
    assert compare(many_titles, film(title, frame(2), frame(3), frame(4))) is None


def test_frames_must_lie_in_the_same_turn():
    straight = film(*(frame(number) for number in (1, 2, 3)))
    mixed = film(frame(1), frame(2, turned=Way.HALF), frame(3, turned=Way.MIRRORED))
    assert compare(mixed, straight) is None
    mirrored = film(*(frame(number, turned=Way.MIRRORED) for number in (1, 2, 3)))
    assert compare(mirrored, straight).way == Way.MIRRORED


def test_a_picture_and_a_film_are_told_by_one_frame_and_marked_as_thin():
    still = picture(3)
    whole = film(*(frame(number) for number in range(1, 8)))
    found = compare(still, whole)
    assert (found.frames, found.of, found.is_thin) == (1, 7, True)
    assert compare(whole, still).is_thin


def test_nothing_looks_like_nothing():
    assert compare(Seen((), is_film=False), picture(1)) is None


def test_eight_hashes_are_kept_and_no_other_number():
    turns = frame(1).turns
    assert len(split(turns)) == 8
    assert nearest(turns, split(turns)[3]) == (0, WAYS[3])
    for wrong in (b"", turns[:-1], turns + b"\0"):
        with pytest.raises(ValueError, match="Eight hashes"):
            split(wrong)
    with pytest.raises(ValueError, match="Eight hashes"):
        joined([bytes(32)] * 7)
    with pytest.raises(ValueError, match="one length"):
        distance(bytes(32), bytes(31))
    assert distance(bytes(32), b"\xff" * 32) == PDQ_BITS
