"""How often one person may do what opens or takes out data: per hour and day, with an alarm first and a stop later.

Pure: no database. The numbers are house rules (docs/two-people.md), set per installation by RECOURSE_LIMITS. Windows
are clock hours and days in UTC, so the most that one person can do in any 60 minutes is twice an hour's limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Counted(StrEnum):
    """What is counted. Each value has its words in templates/cases/_limit_kind.html."""

    CASE_OPENED = "case_opened"
    LOOK = "look"
    UNSEAL = "unseal"
    EXPORT = "export"
    DOWNLOAD = "download"
    LOOK_UP = "look_up"
    EMERGENCY = "emergency"


class Window(StrEnum):
    """Over what time is counted."""

    HOUR = "hour"
    DAY = "day"

    def starts(self, at: datetime) -> datetime:
        """Return when the window began that holds a moment."""
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return hour if self is Window.HOUR else hour.replace(hour=0)

    def ends(self, at: datetime) -> datetime:
        """Return when the window ends that holds a moment: from then on it may be done again."""
        return self.starts(at) + (timedelta(hours=1) if self is Window.HOUR else timedelta(days=1))


class Limit(NamedTuple):
    """From `soft` on the supervisors are told; `hard` is the last one that is allowed."""

    soft: int
    hard: int


Table = Mapping[tuple[Counted, Window], Limit]

DEFAULTS: Table = MappingProxyType(
    {
        (Counted.CASE_OPENED, Window.HOUR): Limit(60, 240),
        (Counted.CASE_OPENED, Window.DAY): Limit(200, 800),
        (Counted.LOOK, Window.HOUR): Limit(40, 200),
        (Counted.LOOK, Window.DAY): Limit(120, 600),
        (Counted.UNSEAL, Window.HOUR): Limit(5, 20),
        (Counted.UNSEAL, Window.DAY): Limit(15, 60),
        (Counted.EXPORT, Window.HOUR): Limit(3, 10),
        (Counted.EXPORT, Window.DAY): Limit(6, 20),
        (Counted.DOWNLOAD, Window.HOUR): Limit(15, 60),
        (Counted.DOWNLOAD, Window.DAY): Limit(40, 150),
        (Counted.LOOK_UP, Window.HOUR): Limit(40, 150),
        (Counted.LOOK_UP, Window.DAY): Limit(120, 500),
        (Counted.EMERGENCY, Window.HOUR): Limit(2, 6),
        (Counted.EMERGENCY, Window.DAY): Limit(3, 10),
    }
)
KEPT = timedelta(days=2)
"""Counters are of no use once their window is over; they are removed after this."""


@dataclass(frozen=True)
class Crossing:
    """What one more act did to a counter."""

    alarms: bool
    is_last: bool


class OverLimit(Exception):
    """Somebody did something so often that it is stopped until the window ends."""

    def __init__(self, kind: Counted, limit: int, again_at: datetime) -> None:
        super().__init__(f"{kind.value}: stopped at {limit} until {again_at:%H:%M} UTC.")
        self.kind, self.limit, self.again_at = kind, limit, again_at


def table(text: str) -> Table:
    """Return the limits, with those that `text` sets: `look.hour=40:200` means told from 40, stopped after 200.

    Several are parted by commas. Raises ValueError in plain words for what cannot be read.
    """
    found = dict(DEFAULTS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, numbers = part.partition("=")
        kind, _dot, window = name.partition(".")
        soft, colon, hard = numbers.partition(":")
        if not (equals and colon and soft.strip().isdigit() and hard.strip().isdigit()):
            raise ValueError(f"{part!r} is no limit; write it like look.hour=40:200.")
        if kind not in set(Counted) or window not in set(Window):
            known = ", ".join(f"{kind}.{window}" for kind, window in DEFAULTS)
            raise ValueError(f"{name!r} is not counted; known are {known}.")
        limit = Limit(int(soft), int(hard))
        if not 0 < limit.soft <= limit.hard:
            raise ValueError(f"{part!r}: the alarm must come at 1 or more and not after the stop.")
        found[Counted(kind), Window(window)] = limit
    return MappingProxyType(found)


def crossing(limit: Limit, *, before: int, after: int) -> Crossing:
    """Say whether going from one count to another passes the alarm, and whether it used the last one."""
    return Crossing(alarms=before < limit.soft <= after, is_last=after == limit.hard)
