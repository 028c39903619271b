"""When two exhibits are told as alike. Pure; the rule is written for people in docs/fingerprints.md.

- Two pictures: a distance of at most 31 bits in some turn.
- Two films: at least three frames of each have a partner in the other, all in the same turn, and these are at least
  half of the frames of the one that has fewer. A title that both share is not enough.
- A picture and a film: one frame. That is thin, so it is told inside a case only and with the words "one frame".
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.matching.turns import ALIKE, LEAST_QUALITY, WAYS, Way, distance, split

LEAST_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture, or one frame of a film, with its eight hashes; the first is as it lies."""

    turns: bytes
    quality: int
    at_ms: int = 0

    @property
    def straight(self) -> bytes:
        """Return the hash of the picture as it lies."""
        return split(self.turns)[0]

    @property
    def is_usable(self) -> bool:
        """Whether it is rich enough to be compared."""
        return self.quality >= LEAST_QUALITY


@dataclass(frozen=True, slots=True)
class Seen:
    """What is compared of one exhibit."""

    frames: tuple[Frame, ...]
    is_film: bool

    @property
    def usable(self) -> tuple[Frame, ...]:
        """Return the frames that may be compared."""
        return tuple(frame for frame in self.frames if frame.is_usable)


@dataclass(frozen=True, slots=True)
class Alike:
    """Why two are told as alike. `of` is how many frames could have been, where one is a film; else 0."""

    distance: int
    way: Way
    frames: int = 0
    of: int = 0
    is_thin: bool = False


def compare(one: Seen, other: Seen) -> Alike | None:
    """Return why two exhibits look alike, or None. `way` is what must be done to `one` to get `other`."""
    mine, theirs = one.usable, other.usable
    if not mine or not theirs:
        return None
    best = None
    for way, pairs in _pairs(mine, theirs).items():
        found = _judged(pairs, one, other, way)
        if found is not None and (best is None or _rank(found) < _rank(best)):
            best = found
    return best


def _pairs(mine: Sequence[Frame], theirs: Sequence[Frame]) -> dict[Way, list[tuple[int, int, int]]]:
    """Return, for each turn, the pairs of frames within the limit: their places and distance."""
    found: dict[Way, list[tuple[int, int, int]]] = defaultdict(list)
    straight = [frame.straight for frame in theirs]
    for place, frame in enumerate(mine):
        for way, turned in zip(WAYS, split(frame.turns), strict=True):
            for partner, target in enumerate(straight):
                apart = distance(turned, target)
                if apart <= ALIKE:
                    found[way].append((place, partner, apart))
    return found


def _judged(pairs: Iterable[tuple[int, int, int]], one: Seen, other: Seen, way: Way) -> Alike | None:
    known = list(pairs)
    closest = min(apart for _mine, _theirs, apart in known)
    if not (one.is_film or other.is_film):
        return Alike(closest, way)
    alike = min(len({mine for mine, _theirs, _apart in known}), len({theirs for _mine, theirs, _apart in known}))
    if one.is_film != other.is_film:
        film = one if one.is_film else other
        return Alike(closest, way, frames=1, of=len(film.usable), is_thin=True)
    fewer = min(len(one.usable), len(other.usable))
    if alike < LEAST_FRAMES or alike * 2 < fewer:
        return None
    return Alike(closest, way, frames=alike, of=fewer)


def _rank(found: Alike) -> tuple[int, int, int]:
    return (-found.frames, found.distance, WAYS.index(found.way))
