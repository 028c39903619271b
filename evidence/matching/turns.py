"""The eight ways in which one picture can lie on another, and hashes as bits. Pure, numpy only.

PDQ looks at the picture as it lies: turned by a quarter or mirrored, the same picture has another hash. So each picture
is kept with all eight hashes, computed from its one transform, and one of them is what the other picture has.
"""

from collections.abc import Sequence
from enum import StrEnum

PDQ_BITS = 256
PDQ_BYTES = PDQ_BITS // 8
ALIKE = 31
"""Two hashes of at most so many different bits are told as alike: what the makers of PDQ call a confident match."""
LEAST_QUALITY = 50
"""Below this a picture is too plain (a wall, a black frame): its hash is kept and never compared."""


class Way(StrEnum):
    """What must be done to the one to get the other, in the order in which the eight hashes are kept."""

    NONE = "none"
    QUARTER = "quarter"
    HALF = "half"
    THREE_QUARTERS = "three_quarters"
    FLIPPED = "flipped"
    MIRRORED = "mirrored"
    MIRRORED_QUARTER = "mirrored_1"
    MIRRORED_THREE = "mirrored_3"


WAYS: tuple[Way, ...] = tuple(Way)


def distance(one: bytes, other: bytes) -> int:
    """Return the number of different bits of two hashes of the same length."""
    if len(one) != len(other):
        raise ValueError("Only hashes of one length can be compared.")
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def split(turns: bytes) -> tuple[bytes, ...]:
    """Return the eight hashes of a picture; raise ValueError where they are not eight."""
    if len(turns) != PDQ_BYTES * len(WAYS):
        raise ValueError("Eight hashes of 32 bytes are kept of each picture.")
    return tuple(turns[at : at + PDQ_BYTES] for at in range(0, len(turns), PDQ_BYTES))


def nearest(turns: bytes, straight: bytes) -> tuple[int, Way]:
    """Return the smallest distance of a picture in any of its turns to another as it lies, and in which turn."""
    found = [distance(one, straight) for one in split(turns)]
    best = min(found)
    return best, WAYS[found.index(best)]


def joined(hashes: Sequence[bytes]) -> bytes:
    """Return eight hashes as they are kept, the straight one first."""
    if len(hashes) != len(WAYS) or any(len(one) != PDQ_BYTES for one in hashes):
        raise ValueError("Eight hashes of 32 bytes are kept of each picture.")
    return b"".join(hashes)
