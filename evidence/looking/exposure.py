"""How much somebody saw: their own sums by day, and for a supervisor the sums of their people together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from django.db import connection

from evidence.looking.grant import DAY_MINUTES, IN_A_ROW, ROW_PAUSE, ROW_WINDOW, WEEK_MINUTES
from evidence.models import ExtraTime, Viewing, ViewingMode

DAYS = 14


@dataclass(frozen=True, slots=True)
class Day:
    """One day: seconds seen, looks, and looks that text made needless."""

    day: date
    seconds: int = 0
    looks: int = 0
    avoided: int = 0

    @property
    def minutes(self) -> int:
        """Return whole minutes, a begun one counted."""
        return -(-self.seconds // 60)


@dataclass(frozen=True, slots=True)
class TeamDays:
    """The people somebody answers for, together: nobody by name and nothing by item."""

    people: int
    days: Sequence[Day]

    @property
    def looks(self) -> int:
        """Return all looks."""
        return sum(day.looks for day in self.days)

    @property
    def minutes(self) -> int:
        """Return all minutes, a begun one counted."""
        return -(-sum(day.seconds for day in self.days) // 60)

    @property
    def avoided(self) -> int:
        """Return looks that text made needless."""
        return sum(day.avoided for day in self.days)


def own_days(person_id: UUID, *, at: datetime, zone: tzinfo, days: int = DAYS) -> list[Day]:
    """Return a person's last days, oldest first, today last; call inside `acting_as` that person."""
    today = at.astimezone(zone).date()
    since = at - timedelta(days=days + 1)
    found: dict[date, Day] = {}
    rows = Viewing.objects.filter(person=person_id, granted_at__gte=since)
    for granted_at, mode, shown_ms in rows.values_list("granted_at", "mode", "shown_ms"):
        day = granted_at.astimezone(zone).date()
        seen = found.get(day, Day(day))
        is_text = mode == ViewingMode.TEXT
        found[day] = Day(
            day,
            seen.seconds + (0 if is_text else -(-shown_ms // 1000)),
            seen.looks + (not is_text),
            seen.avoided + is_text,
        )
    wanted = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [found.get(day, Day(day)) for day in wanted]


def team_days(*, since: datetime) -> TeamDays:
    """Return the sums of the people whom the acting supervisor answers for; call inside `acting_as`."""
    with connection.cursor() as cursor:
        cursor.execute("select day, people, looks, seconds, avoided from recourse_team_looks(%s)", [since])
        rows = cursor.fetchall()
    days = [Day(day, int(seconds), int(looks), int(avoided)) for day, _people, looks, seconds, avoided in rows]
    return TeamDays(max((int(row[1]) for row in rows), default=0), days)


def seconds_since(person_id: UUID, since: datetime) -> int:
    """Return the seconds that a person saw since a moment, by the server's count; call inside `acting_as` them."""
    shown = Viewing.objects.of_media().filter(person=person_id, granted_at__gte=since)
    seen: int = sum(shown.values_list("shown_ms", flat=True))
    return -(-seen // 1000)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a person's minutes, until when looks wait (None: not at all), and what was given on top today."""

    today: int
    week: int
    waits_until: datetime | None = None
    extra: int = 0

    @property
    def minutes_today(self) -> int:
        """Return the minutes used today, a begun one counted."""
        return -(-self.today // 60)

    @property
    def minutes_week(self) -> int:
        """Return the minutes used in seven days, a begun one counted."""
        return -(-self.week // 60)

    @property
    def day_minutes(self) -> int:
        """Return the limit of today: the house rule, and what a supervisor gave on top."""
        return DAY_MINUTES + self.extra

    @property
    def week_minutes(self) -> int:
        """Return the limit of seven days as it is today. What was given counts on top of this one too."""
        return WEEK_MINUTES + self.extra

    @property
    def per_cent(self) -> int:
        """Return how much of the day's minutes is used, at most 100."""
        return min(100, self.today * 100 // (self.day_minutes * 60))

    @property
    def is_day_used_up(self) -> bool:
        """Whether the minutes of the day are used up."""
        return self.today >= self.day_minutes * 60

    @property
    def is_used_up(self) -> bool:
        """Whether the minutes of the day or of the week are used up."""
        return self.is_day_used_up or self.week >= self.week_minutes * 60


def midnight_of(at: datetime, zone: tzinfo) -> datetime:
    """Return when the day began that holds a moment, where a person is."""
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def day_ends(at: datetime, zone: tzinfo) -> datetime:
    """Return when the day ends that holds a moment, where a person is; days of 23 and 25 hours end at midnight too."""
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)


def extra_minutes(person_id: UUID, *, at: datetime) -> int:
    """Return the minutes that a person was given on top for today; call inside `acting_as` them or their supervisor."""
    return sum(ExtraTime.objects.of(person_id).lasting(at=at).values_list("minutes", flat=True))


def allowance(person_id: UUID, *, at: datetime, zone: tzinfo) -> Allowance:
    """Return what a person saw today and in seven days, and whether a pause is due; call inside `acting_as` them."""
    recent = Viewing.objects.of_media().filter(person=person_id, granted_at__gte=at - ROW_WINDOW)
    seen = sum(recent.values_list("shown_ms", flat=True))
    last = recent.order_by("-granted_at").values_list("granted_at", flat=True).first()
    waits = last + ROW_PAUSE if last is not None and seen >= IN_A_ROW.total_seconds() * 1000 else None
    return Allowance(
        seconds_since(person_id, midnight_of(at, zone)),
        seconds_since(person_id, at - timedelta(days=7)),
        waits if waits is not None and waits > at else None,
        extra_minutes(person_id, at=at),
    )
