"""When a link is looked at next. Pure: the caller gives the moment and the luck.

Nothing is ever looked at for the last time: a link that is down is watched at growing intervals, as it may come back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from takedowns.states import DOWN_STATES, LinkState
from takedowns.verdicts import Answer

LONGEST_WATCH = timedelta(days=7)
SOON_AGAIN = timedelta(minutes=1)
JITTER = 0.15
"""Looks come 15 % earlier or later than planned, so that no pattern can be seen from outside."""
OURS = frozenset({"fetcher_failed", "not_reached"})
"""Reasons that say nothing about the site: the look did not really happen."""


@dataclass(frozen=True)
class Pace:
    """Two settings: `gap` between looks that may agree, `every` between looks at a link that is up."""

    gap: timedelta
    every: timedelta


def next_look(
    *, state: str, answer: str, reason: str, down_at: datetime | None, at: datetime, pace: Pace, luck: float
) -> datetime:
    """Return when to look again. `luck` is a random number from 0 to 1."""
    return at + _wait(state, answer, reason, down_at=down_at, at=at, pace=pace) * (1 + JITTER * (2 * luck - 1))


def _wait(state: str, answer: str, reason: str, *, down_at: datetime | None, at: datetime, pace: Pace) -> timedelta:
    if reason in OURS:
        return min(SOON_AGAIN, pace.gap)
    if _differs(state, answer):
        # A second look that may agree comes soon, and after the jitter still no sooner than the gap.
        return pace.gap * (1 + 2 * JITTER)
    if state not in DOWN_STATES:
        return pace.every
    age = at - down_at if down_at else timedelta()
    return min(max(2 * pace.every, age / 4), LONGEST_WATCH)


def _differs(state: str, answer: str) -> bool:
    if answer == Answer.GONE:
        return state not in DOWN_STATES
    if answer == Answer.STILL_UP:
        return state not in (LinkState.STILL_UP, LinkState.BACK)
    return state in (LinkState.FOUND, LinkState.CAPTURED)
