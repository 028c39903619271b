"""One line of time: what people told us, as exactly as they know it, and what our record discloses. Nothing is guessed.

A time that is not exact is a span. Lines stand in the order of the beginnings of their spans; a line whose span takes
in other lines says up to which line it may belong, because nobody knows more. House rule: "about" a day means up to a
week on either side, and the paper says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.models import Case
from evidence.events import EvidenceEvent
from evidence.findings.drafts import draft_of
from evidence.models import ChronologyEntry, Paper, Precision, StatementDraft, ToldBy
from evidence.order import BundleOrder
from evidence.record_extract import extract

ABOUT = timedelta(days=7)
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
OF_THE_HOUSE = frozenset(
    {
        EvidenceEvent.DERIVATIVE_MADE,
        EvidenceEvent.DERIVATIVE_FAILED,
        EvidenceEvent.FILE_DIFFERS,
        EvidenceEvent.FILE_WHOLE_AGAIN,
        EvidenceEvent.LOOK_GRANTED,
        EvidenceEvent.LOOK_ENDED,
    }
)
"""What was done with a file in this house. It stands in the custody log and tells nothing of what happened."""
UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When something happened: between `start` and `end` (UTC, end not included). Equal to a minute where exact."""

    start: datetime
    end: datetime
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """One line. `when` is as told, `when_utc` in UTC; `upto` is the last line before which this one may belong.

    `number` counts from 1. `entry` is the entry it comes from, None for a line of the record.
    """

    when: str
    when_utc: str
    text: str
    source: str
    span: Span | None
    number: int = 0
    upto: int = 0
    account: str = ""
    address: str = ""
    entry: ChronologyEntry | None = None


def zone_of(case: Case) -> str:
    """Return the zone in which the case's paper tells local times: that of its first page, else UTC."""
    kept = draft_of(case, Paper.SUMMARY)
    return str(kept.fields.get("zone") or "UTC") if kept else "UTC"


def entries(case: Case) -> list[ChronologyEntry]:
    """Return the entries that stand, newest versions only."""
    return list(ChronologyEntry.objects.standing().filter(case=case).for_rows())


def lines(case: Case, order: BundleOrder, at: datetime) -> list[TimeLine]:
    """Return every line up to `at`, numbered, in an order that claims no more than is known."""
    name = zone_of(case)
    zone = ZoneInfo(name)
    told = [_told(entry, order, name) for entry in entries(case)]
    recorded = [
        TimeLine(
            when=_moment(event.at.astimezone(zone)),
            when_utc=_moment(event.at.astimezone(UTC)),
            text=event.text,
            source=_("record, entry %(n)d") % {"n": event.seq},
            span=Span(start=event.at, end=event.at + A_MINUTE, is_exact=True),
        )
        for event in extract(case.pk, order)
        if not event.withheld and event.at <= at and event.kind not in OF_THE_HOUSE
    ]
    return _placed([*told, *recorded])


def span_of(entry: ChronologyEntry) -> Span | None:
    """Return when an entry says it happened, None where no day is known.

    A local time that a zone has twice (clocks put back) is a span over both.
    """
    try:
        day, zone = date.fromisoformat(entry.day), ZoneInfo(entry.zone or "UTC")
    except (ValueError, KeyError):
        return None
    match entry.precision:
        case Precision.EXACT if entry.time:
            local = datetime.combine(day, time.fromisoformat(entry.time), zone)
            first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
            return Span(start=first, end=second + A_MINUTE, is_exact=first == second)
        case Precision.EXACT | Precision.DAY:
            return Span(start=_midnight(day, zone), end=_midnight(day + A_DAY, zone), is_exact=False)
        case Precision.ABOUT:
            return Span(start=_midnight(day - ABOUT, zone), end=_midnight(day + ABOUT + A_DAY, zone), is_exact=False)
        case Precision.MONTH:
            begins = day.replace(day=1)
            following = (begins + timedelta(days=32)).replace(day=1)
            return Span(start=_midnight(begins, zone), end=_midnight(following, zone), is_exact=False)
        case _:
            return None


def exists(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether clocks in a zone ever showed this time: an hour falls out when they are put forward."""
    local = datetime.combine(day, at, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def when_said(entry: ChronologyEntry) -> str:
    """Return the time of an entry as somebody told it, never more exact than that."""
    try:
        day = date.fromisoformat(entry.day)
    except ValueError:
        return _("Day not known")
    said = date_format(day, "j M Y")
    match entry.precision:
        case Precision.EXACT if entry.time:
            return f"{said}, {entry.time}"
        case Precision.ABOUT:
            return _("about %(day)s") % {"day": said}
        case Precision.MONTH:
            return date_format(day, "F Y")
        case Precision.UNKNOWN:
            return _("Day not known")
        case _:
            return said


def source_said(entry: ChronologyEntry, order: BundleOrder | None = None) -> str:
    """Return where an entry is known from; an exhibit that this bundle hides is not named."""
    parts = []
    if entry.told_by in ToldBy.values:
        parts.append(
            {
                ToldBy.CLIENT: _("client states"),
                ToldBy.EXHIBIT: _("exhibit"),
                ToldBy.OTHER: _("somebody else states"),
            }[ToldBy(entry.told_by)]
        )
    if entry.exhibit is not None and not (order and order.hides(entry.exhibit.pk)):
        parts.append(entry.exhibit.label)
    return " ".join(parts) if entry.told_by == ToldBy.EXHIBIT else ", ".join(parts)


def first_and_last(rows: Sequence[TimeLine]) -> tuple[str, str]:
    """Return the earliest and the latest time that people told, as they told it; empty where nothing is dated."""
    dated = [row for row in rows if row.entry is not None and row.span is not None]
    if not dated:
        return "", ""
    return dated[0].when, max(dated, key=lambda row: row.span.end if row.span else UNDATED).when


def summary_of(case: Case) -> StatementDraft | None:
    """Return the first page for the police, or None where nobody wrote it."""
    return draft_of(case, Paper.SUMMARY)


def _told(entry: ChronologyEntry, order: BundleOrder, zone_of_paper: str) -> TimeLine:
    span = span_of(entry)
    is_exact = span is not None and span.is_exact
    zone = entry.zone or "UTC"
    return TimeLine(
        when=f"{when_said(entry)} ({zone})" if span and zone != zone_of_paper else when_said(entry),
        when_utc=_moment(span.start) if span and is_exact else "",
        text=": ".join(part for part in (entry.kind_said, entry.words) if part),
        source=source_said(entry, order),
        span=span,
        account=entry.account,
        address=entry.address,
        entry=entry,
    )


def _placed(rows: Sequence[TimeLine]) -> list[TimeLine]:
    def key(row: TimeLine) -> tuple[datetime, datetime]:
        return (row.span.start, row.span.end) if row.span else (UNDATED, UNDATED)

    placed = sorted(rows, key=key)
    starts = [key(row)[0] for row in placed]
    numbered = []
    for place, row in enumerate(placed):
        reach = place
        if row.span is not None and not row.span.is_exact:
            while reach + 1 < len(placed) and starts[reach + 1] < row.span.end:
                reach += 1
        numbered.append(replace(row, number=place + 1, upto=reach + 1 if reach > place else 0))
    return numbered


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _moment(at: datetime) -> str:
    return date_format(at, "j M Y, H:i")
