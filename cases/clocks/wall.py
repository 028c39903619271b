"""What a person types as a local time, and the instant that it is. Pure.

Our own rule for the two hours of a year that do not exist once: of the two instants that can be meant, the later one
counts, so that nobody is told too early that a clock has run out. A time that the clocks skip is read as if they had
not been put forward; a time that comes twice is the second one, unless its offset is given.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class NotATime(ValueError):
    """What was typed is no local time; the text says what to type, in plain words."""


class Doubt(StrEnum):
    """What was odd about a local time."""

    NONE = ""
    TWICE = "comes twice"
    SKIPPED = "is skipped"
    NO_TIME = "has no time of day"


@dataclass(frozen=True)
class LocalTime:
    """The instant that was meant, in its zone, and what was odd about it."""

    at: datetime
    doubt: Doubt = Doubt.NONE


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name of the zone database. Raises NotATime."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotATime(f"There is no time zone {name!r}. Give one like Europe/Berlin.") from None


def read(text: str, zone: ZoneInfo) -> LocalTime:
    """The instant of a local time such as 2026-11-20T17:00 in a zone; a date alone is its first moment.

    An offset is taken only when the zone has it at that time. Raises NotATime.
    """
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotATime(f"{text!r} is no local time. Write it like 2026-11-20T17:00.") from None
    if not (1970 <= typed.year <= 2200):
        raise NotATime(f"{text!r}: a year from 1970 to 2200, please.")
    if typed.tzinfo is not None:
        return LocalTime(_with_offset(text, typed, zone))
    whole_day = _is_date(text)
    first = typed.replace(tzinfo=zone)
    second = typed.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return LocalTime(first, Doubt.NO_TIME if whole_day else Doubt.NONE)
    later = max(first, second, key=lambda found: found.astimezone(UTC))
    skipped = later.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != typed
    return LocalTime(later.astimezone(UTC).astimezone(zone), Doubt.SKIPPED if skipped else Doubt.TWICE)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _with_offset(text: str, typed: datetime, zone: ZoneInfo) -> datetime:
    found = typed.astimezone(zone)
    if found.utcoffset() != typed.utcoffset() or found.replace(tzinfo=None) != typed.replace(tzinfo=None):
        raise NotATime(
            f"{text!r}: {zone.key} has another offset then. Leave the offset out: START is local time there."
        )
    return found
