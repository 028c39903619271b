"""A clock's life from what happened to it: started, paused, resumed, restarted, met, stopped. Pure.

What happened may become known in any order (a mail that comes late, a call that is written down the next day): the
result rests on the times alone. Pauses and restarts need a reason. A pause is our own record of why a period stands
still (law facts: the wait for a proof of identity delays the start of the United Kingdom's month); no law found lets a
platform stretch a period in hours, so a pause of such a clock is for us to judge, not for the platform.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cases.clocks.counting import ClockFacts, Deadline, Span, deadline
from cases.clocks.places import Place


class Happened(StrEnum):
    """What can happen to a clock. Of several at one instant, the first in this list comes first."""

    STARTED = "started"
    RESTARTED = "restarted"
    PAUSED = "paused"
    RESUMED = "resumed"
    MET = "met"
    STOPPED = "stopped"


NEEDS_WHY = frozenset({Happened.PAUSED, Happened.RESTARTED})
RANK = {kind: place for place, kind in enumerate(Happened)}


@dataclass(frozen=True)
class ClockEvent:
    """One thing that happened to a clock. Raises ValueError for a naive time, or a pause or restart without reason."""

    kind: Happened
    at: datetime
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be ordered or explained."""
        if self.at.tzinfo is None:
            raise ValueError("What happened to a clock needs a time with a zone.")
        if self.kind in NEEDS_WHY and not self.why.strip():
            raise ValueError(f"Say why the clock is {self.kind.value}.")


@dataclass(frozen=True)
class Run:
    """How a clock stands after everything that happened.

    `ends` is None before the start, while it stands still, and where the text names no number. `paused` is the event
    by which it stands still now; `ended` the one that met or stopped it.
    """

    started_at: datetime | None
    ends: Deadline | None
    still: tuple[Span, ...] = ()
    paused: ClockEvent | None = None
    ended: ClockEvent | None = None


def run(clock: ClockFacts, events: Iterable[ClockEvent], *, place: Place) -> Run:
    """How a clock stands. The order in which the events are given changes nothing.

    The earliest start counts: a receipt that is told twice moves nothing. The last restart begins anew; what was before
    it is over. A pause within a pause changes nothing.
    """
    order = sorted(set(events), key=lambda event: (event.at, RANK[event.kind], event.why))
    start = _start(order)
    if start is None:
        return Run(started_at=None, ends=None)
    ended: ClockEvent | None = None
    paused: ClockEvent | None = None
    still: list[Span] = []
    for event in order:
        match event.kind:
            case Happened.RESTARTED:
                ended, paused, still = None, None, []
            case Happened.PAUSED if paused is None:
                paused = event
            case Happened.RESUMED if paused is not None:
                still.append((paused.at, event.at))
                paused = None
            case Happened.MET | Happened.STOPPED if event.at >= start.at:
                ended = ended or event
    spans = tuple((max(begin, start.at), until) for begin, until in still if until > start.at)
    ends = None if paused else deadline(clock, started_at=start.at, place=place, still=spans)
    return Run(started_at=start.at, ends=ends, still=spans, paused=paused, ended=ended)


def _start(order: Sequence[ClockEvent]) -> ClockEvent | None:
    again = [event for event in order if event.kind == Happened.RESTARTED]
    first = [event for event in order if event.kind == Happened.STARTED]
    return again[-1] if again else first[0] if first else None
