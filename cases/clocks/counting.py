"""When a period ends: hours as instants, days and months as days of the place where the act is to be done. Pure.

Rules and their sources:
- Hours run on through nights, weekends, holidays and clock changes, so they are added in UTC. Well known, and said of
  the TAKE IT DOWN Act in the law facts; Regulation 1182/71, Article 3(4), stretches no period in hours either.
- Under Regulation 1182/71 the hour of the event does not count: Article 3(1).
- The day of the event is day 0: Article 3(1) of that Regulation; elsewhere well known, check before use.
- Months and years end on the same day number, else on the last day of the month: Article 3(2)(c) of that Regulation;
  the ICO's checklist for the United Kingdom; elsewhere well known, check before use.
- A period ends with the last hour of its last day: Article 3(2)(b) and (c); elsewhere well known, check before use.
- What happens on a rest day: `Place.rest_days`. Two days or more hold two working days: Article 3(5).
- Business days of the United States leave out Saturday, Sunday and federal holidays: 17 U.S.C. 512 does not define
  them; 5 U.S.C. 6103 is well known, check before use.
- A day on which a clock stood still does not count: our own rule, the slowest reading.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.clocks.places import Place, is_working_day

COUNTED_UNITS = frozenset({"hours", "days", "months", "years"})
BASES = frozenset({"calendar", "business"})
Span = tuple[datetime, datetime]
"""A time in which a clock stood still: from, until."""
DaySpan = tuple[date, date]


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
class Deadline:
    """The end of one period. `due_at` is the UTC instant at which it has run out: the first at which it is too late.

    `last_day` is the last day on which it can be met, in `zone`. Of a period in days: `counted_to` is where counting
    alone ended, `last_day` where it ends after the rule about rest days; `left_out` are days that did not count.
    """

    due_at: datetime
    last_day: date
    zone: ZoneInfo
    counted_to: date
    in_hours: bool = False
    left_out: tuple[date, ...] = ()

    @property
    def last_second(self) -> datetime:
        """The last moment at which the act is in time, to the second, in the zone of the place.

        Hours end at an instant that is still in time; days end with their last second.
        """
        last = self.due_at if self.in_hours else self.due_at - timedelta(seconds=1)
        return last.astimezone(self.zone)


def due(clock: ClockFacts, *, started_at: datetime, place: Place, still: Iterable[Span] = ()) -> datetime | None:
    """The UTC instant at which the period has run out, or None where the text names no number. See `deadline`."""
    found = deadline(clock, started_at=started_at, place=place, still=still)
    return found.due_at if found else None


def deadline(clock: ClockFacts, *, started_at: datetime, place: Place, still: Iterable[Span] = ()) -> Deadline | None:
    """When the period ends, or None where the text names no number. `still` are times in which it stood still.

    Raises ValueError for a naive start or an unknown basis.
    """
    if started_at.tzinfo is None:
        raise ValueError("A clock needs a start with a time zone.")
    if clock.basis not in BASES:
        raise ValueError(f"Unknown basis {clock.basis!r} in clock {clock.name!r}.")
    if not clock.is_counted:
        return None
    spans = _merged(still)
    if clock.unit == "hours":
        end = _after_hours(clock.value, started_at.astimezone(UTC), spans, union_rules=place.union_rules)
        day = end.astimezone(place.zone).date()
        return Deadline(due_at=end, last_day=day, zone=place.zone, counted_to=day, in_hours=True)
    first = started_at.astimezone(place.zone).date()
    days = _still_days(spans, place.zone)
    if clock.unit == "days" and clock.basis == "business":
        counted = _after_working_days(first, clock.value, place, days)
        last = counted
    else:
        counted = _last_day(first, clock, days)
        last = _on_a_working_day(first, counted, clock, place, days)
    left_out = _left_out(first, counted, place, days, working=clock.basis == "business" and clock.unit == "days")
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=place.zone).astimezone(UTC)
    return Deadline(due_at=end, last_day=last, zone=place.zone, counted_to=counted, left_out=left_out)


def _left_out(first: date, last: date, place: Place, still: list[DaySpan], *, working: bool) -> tuple[date, ...]:
    if not (working or still):
        return ()
    passed = (first + timedelta(days=step) for step in range(1, (last - first).days + 1))
    return tuple(day for day in passed if _in(day, still) or (working and not is_working_day(day, place)))


def _merged(spans: Iterable[Span]) -> list[Span]:
    whole: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def _after_hours(hours: int, started_at: datetime, still: list[Span], *, union_rules: bool) -> datetime:
    if union_rules:
        # Article 3(1): the hour of the event does not count, so the period begins with the next full hour.
        started_at = started_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    end = started_at + timedelta(hours=hours)
    for begin, until in still:
        if begin < end and until > started_at:
            end += until - max(begin, started_at)
    return end


def _still_days(spans: list[Span], zone: ZoneInfo) -> list[DaySpan]:
    """The local days that a standstill touches, first and last; the instant of going on is in it no more."""
    return [
        (begin.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date())
        for begin, until in spans
    ]


def _in(day: date, spans: list[DaySpan]) -> bool:
    return any(first <= day <= last for first, last in spans)


def _last_day(first: date, clock: ClockFacts, still: list[DaySpan]) -> date:
    match clock.unit:
        case "days":
            last = first + timedelta(days=clock.value)
        case "months":
            last = add_months(first, clock.value)
        case _:
            last = add_months(first, 12 * clock.value)
    return _longer(first, last, still)


def _longer(first: date, last: date, still: list[DaySpan]) -> date:
    """Put every day after the first on which the clock stood still behind the end, and those that this reaches."""
    if not still:
        return last
    seen, day = last, first
    while day < seen:
        day += timedelta(days=1)
        seen += timedelta(days=_in(day, still))
    return seen


def _on_a_working_day(first: date, last: date, clock: ClockFacts, place: Place, still: list[DaySpan]) -> date:
    if place.union_rules and clock.unit == "days" and clock.value >= 2:
        # Article 3(5): a period of two days or more holds at least two working days.
        last = max(last, _after_working_days(first, 2, place, still))
    while place.moves_on and not is_working_day(last, place):
        last += timedelta(days=1)
    return last


def add_months(day: date, months: int) -> date:
    """The same day number that many months later, or the last day of that month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after_working_days(day: date, days: int, place: Place, still: list[DaySpan]) -> date:
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, place) and not _in(day, still)
    return day
