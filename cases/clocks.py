"""Deadlines: when a legal or promised period ends, and how the time left reads. Pure: no clock is read here."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

SOON = timedelta(hours=6)
EU_STATES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ],
)
COUNTED_UNITS = frozenset({"hours", "days", "months", "years"})


@dataclass(frozen=True)
class ClockFacts:
    """One period of a law or policy. `value` 0 means that the text names no number; `unit` then holds its wording."""

    name: str
    value: int
    unit: str
    basis: str
    starts: str

    @property
    def is_counted(self) -> bool:
        """Whether an end can be computed at all."""
        return self.value > 0 and self.unit in COUNTED_UNITS


@dataclass(frozen=True)
class Place:
    """Where an act must be done: its holidays, its zone, and how its law ends a period.

    `moves_on` says whether a period in days, months or years that ends on a rest day runs to the end of the next
    working day. `union_rules` turns on Regulation (EEC, Euratom) 1182/71.
    """

    country: str
    zone: ZoneInfo
    subdivision: str | None = None
    moves_on: bool = False
    union_rules: bool = False


def _place(country: str, zone: str, subdivision: str | None = None, *, moves_on: bool = False) -> Place:
    return Place(country, ZoneInfo(zone), subdivision, moves_on=moves_on)


# Where a country has several zones, the one whose day ends last: nobody is told too early that a clock has run out.
PLACES: Mapping[str, Place] = {
    "US": _place("US", "Pacific/Honolulu"),
    "US-CA": _place("US", "America/Los_Angeles", "CA"),
    "US-IL": _place("US", "America/Chicago", "IL"),
    "US-TX": _place("US", "America/Chicago", "TX"),
    "US-NY": _place("US", "America/New_York", "NY", moves_on=True),  # General Construction Law 25-a
    "GB": _place("GB", "Europe/London", "ENG", moves_on=True),  # the ICO's counting of a month
    "GB-EAW": _place("GB", "Europe/London", "ENG", moves_on=True),
    "IE": _place("IE", "Europe/Dublin"),
    "DE": _place("DE", "Europe/Berlin"),
    "FR": _place("FR", "Europe/Paris"),
    "IT": _place("IT", "Europe/Rome"),
    "ES": _place("ES", "Atlantic/Canary"),
    "AU": _place("AU", "Australia/Perth"),
    "NZ": _place("NZ", "Pacific/Auckland"),
    "CA": _place("CA", "America/Vancouver"),
    "CA-BC": _place("CA", "America/Vancouver", "BC"),
    "IN": _place("IN", "Asia/Kolkata"),
    "KR": _place("KR", "Asia/Seoul"),
    "JP": _place("JP", "Asia/Tokyo"),
    "SG": _place("SG", "Asia/Singapore"),
    "PH": _place("PH", "Asia/Manila"),
    "ZA": _place("ZA", "Africa/Johannesburg"),
    "KE": _place("KE", "Africa/Nairobi"),
    "NG": _place("NG", "Africa/Lagos"),
    "MX": _place("MX", "America/Tijuana"),
    "BR": _place("BR", "America/Rio_Branco"),
    "PK": _place("PK", "Asia/Karachi"),
}


def place_of(jurisdiction: str, *, member_state: str = "IE") -> Place:
    """The place whose days and holidays count for a jurisdiction code of the law facts.

    For "EU" the member state where the act is to be done decides (Regulation 1182/71, Article 2); Ireland where it is
    not known, since most large services are established there. Raises KeyError for a code that has no place yet.
    """
    if jurisdiction != "EU":
        return PLACES[jurisdiction]
    if member_state not in EU_STATES:
        raise KeyError(member_state)
    known = PLACES.get(member_state)
    zone = known.zone if known else ZoneInfo("Europe/Dublin")
    return Place(member_state, zone, moves_on=True, union_rules=True)


def due(clock: ClockFacts, *, started_at: datetime, place: Place) -> datetime | None:
    """The UTC instant at which the period has run out, or None where the text names no number.

    Hours run through nights, weekends and clock changes. Days, months and years end with the last local day: the
    answer is the first instant of the day after it. The day of the event is day 0. Business days leave out Saturday,
    Sunday and the public holidays of the place. Raises ValueError for a naive start or an unknown basis.
    """
    if started_at.tzinfo is None:
        raise ValueError("A clock needs a start with a time zone.")
    if clock.basis not in ("calendar", "business"):
        raise ValueError(f"Unknown basis {clock.basis!r} in clock {clock.name!r}.")
    if not clock.is_counted:
        return None
    if clock.unit == "hours":
        return _after_hours(clock.value, started_at.astimezone(UTC), union_rules=place.union_rules)
    first = started_at.astimezone(place.zone).date()
    if clock.unit == "days" and clock.basis == "business":
        last = _after_working_days(first, clock.value, place)
    else:
        last = _last_day(first, clock, place)
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=place.zone).astimezone(UTC)


def _after_hours(hours: int, started_at: datetime, *, union_rules: bool) -> datetime:
    if union_rules:
        # Article 3(1): the hour of the event does not count, so the period begins with the next full hour.
        started_at = started_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return started_at + timedelta(hours=hours)


def _last_day(first: date, clock: ClockFacts, place: Place) -> date:
    match clock.unit:
        case "days":
            last = first + timedelta(days=clock.value)
        case "months":
            last = add_months(first, clock.value)
        case _:
            last = add_months(first, 12 * clock.value)
    if place.union_rules and clock.unit == "days" and clock.value >= 2:
        # Article 3(5): a period of two days or more holds at least two working days.
        last = max(last, _after_working_days(first, 2, place))
    while place.moves_on and not is_working_day(last, place):
        last += timedelta(days=1)
    return last


def add_months(day: date, months: int) -> date:
    """The same day number that many months later, or the last day of that month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after_working_days(day: date, days: int, place: Place) -> date:
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, place)
    return day


def is_working_day(day: date, place: Place) -> bool:
    """Whether the day is neither Saturday, Sunday nor a public holiday of the place."""
    return day.weekday() < 5 and day not in _holidays(place.country, place.subdivision, day.year)


@lru_cache(maxsize=512)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


class Tone(StrEnum):
    """How urgent the time left is; the name is also the colour's."""

    LATE = "late"
    SOON = "soon"
    OK = "ok"


@dataclass(frozen=True)
class Remaining:
    """The time left of a clock, rounded down to one unit; `unit` is "m", "h" or "days"."""

    amount: int
    unit: str
    tone: Tone

    @property
    def words(self) -> str:
        """The English short form: "38 m", "5 h", "2 days", "6 h late"."""
        left = f"{self.amount} {self.unit}" if self.amount else f"under 1 {self.unit}"
        return f"{left} late" if self.tone is Tone.LATE else left


def remaining(due_at: datetime, now: datetime) -> Remaining:
    """How much time is left, or by how much it is late. At the due instant itself it is not late yet."""
    left = due_at - now
    tone = Tone.LATE if left < timedelta() else Tone.SOON if left < SOON else Tone.OK
    minutes = abs(left) // timedelta(minutes=1)
    if minutes < 60:
        return Remaining(minutes, "m", tone)
    if minutes < 48 * 60:
        return Remaining(minutes // 60, "h", tone)
    return Remaining(minutes // (24 * 60), "days", tone)
