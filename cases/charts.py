"""Charts as SVG text: the heat strip of Today and the spark line of a case.

Every mark carries its colour as an attribute, because page CSS does not reach inline SVG in the PDF writer, and a
class, so that the web sheet can re-colour it for the theme. Nothing here touches a database, a request or the clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

INK, INK_3, ACCENT, SOFT = "#1c2431", "#626b7a", "#0d5866", "#e3f0f1"
LATE, LATE_SOFT, WHITE = "#971b2b", "#fae8e9", "#ffffff"
HEAT = ("#f1efe9", "#d7e8ea", "#a4ccd2", "#5c9fa9", "#0d5866")


@dataclass(frozen=True)
class Chart:
    """A drawing and the same figures as a table; templates/components/chart.html shows both."""

    svg: SafeString
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class HeatCell:
    """One square of the heat strip: what it says below, in the table, and how many deadlines fall into it."""

    label: str
    full_label: str
    count: int
    late: bool = False


def frame(
    width: int, height: int, key: str, title: str, finding: str, body: Iterable[str], shape: str = ""
) -> SafeString:
    """Wrap marks into one picture with a title and a one-sentence finding for those who do not see it."""
    drawn = "".join(body)
    classes = f"chart chart--{shape}" if shape else "chart"
    return mark_safe(
        f'<svg class="{classes}" role="img" aria-labelledby="{key}-t {key}-d" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg" direction="ltr" '
        f'font-family="Noto Sans, sans-serif" font-size="12.5"><title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(finding)}</desc>{drawn}</svg>'
    )


def label(x: float, y: float, text: str, anchor: str = "start") -> str:
    """Write a quiet word at a place in the drawing."""
    return f'<text class="c-lab" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK_3}">{escape(text)}</text>'


def deadline_cells(
    dues: Iterable[datetime], now: datetime, zone: tzinfo, *, hours: int = 48, step: int = 2
) -> list[HeatCell]:
    """Sort deadlines into one square for what is late and one for each `step` hours of the next `hours`.

    Takes aware datetimes. Squares start on whole even hours of the reader's zone; the first one begins at the hour in
    which `now` falls. Deadlines after the last square are left out.
    """
    local = now.astimezone(zone)
    first = (local - timedelta(hours=local.hour % step)).replace(minute=0, second=0, microsecond=0)
    starts = [first + timedelta(hours=step * place) for place in range(hours // step)]
    counts = [0] * len(starts)
    late = 0
    for due in dues:
        if due < now:
            late += 1
            continue
        place = int((due.astimezone(zone) - first) // timedelta(hours=step))
        if place < len(counts):
            counts[place] += 1
    cells = [HeatCell(_("Late"), _("Late"), late, late=True)]
    for place, (start, count) in enumerate(zip(starts, counts, strict=True)):
        if place == 0:
            short = _("Now")
        elif place % 2:
            short = ""
        else:
            short = date_format(start, "D H:i" if start.hour < step else "H:i")
        cells.append(HeatCell(short, date_format(start, "D H:i"), count))
    return cells


def heat_strip(cells: Sequence[HeatCell], *, key: str = "heat", width: int = 1020) -> Chart:
    """Draw deadlines as a strip of squares, the late ones first and outlined; the number stands in each square."""
    gap = 3.0
    square = (width - gap * (len(cells) - 1)) / max(len(cells), 1)
    body: list[str] = []
    for place, cell in enumerate(cells):
        x, level = place * (square + gap), min(cell.count, 4)
        if cell.late and cell.count:
            body.append(
                f'<rect class="c-late" x="{x + 1:.1f}" y="3" width="{square - 2:.1f}" height="32" rx="4.5" '
                f'fill="{LATE_SOFT}" stroke="{LATE}" stroke-width="2"/>'
            )
        else:
            body.append(
                f'<rect class="c-h{level}" x="{x:.1f}" y="2" width="{square:.1f}" height="34" rx="5" '
                f'fill="{HEAT[level]}"/>'
            )
        if cell.count:
            tone, colour = ("late", LATE) if cell.late else (str(level), WHITE if level == 4 else INK)
            body.append(
                f'<text class="c-n{tone}" x="{x + square / 2:.1f}" y="24" text-anchor="middle" font-weight="650" '
                f'font-size="13" fill="{colour}">{cell.count}</text>'
            )
        if cell.label:
            body.append(label(x, 54, cell.label))
    total = sum(cell.count for cell in cells)
    named = ", ".join(f"{cell.full_label}: {cell.count}" for cell in cells if cell.count)
    finding = ngettext("%(n)d deadline", "%(n)d deadlines", total) % {"n": total}
    caption = _("Deadlines in the next 48 hours")
    return Chart(
        svg=frame(width, 60, key, caption, f"{finding}. {named}" if named else finding, body, "heat"),
        caption=caption,
        columns=(_("From"), _("Deadlines")),
        rows=tuple((cell.full_label, str(cell.count)) for cell in cells if cell.count or cell.late),
    )


def spark_line(
    values: Sequence[int],
    *,
    caption: str,
    first: str,
    last: str,
    key: str = "spark",
    width: int = 250,
    height: int = 70,
) -> Chart:
    """Draw counts over time as steps, one value per day, the first and the last day named below.

    Time runs from left to right in every language. An empty list draws the base line only.
    """
    peak = max(values, default=0)

    def across(place: int) -> float:
        return 2 + (width - 10) * place / max(len(values) - 1, 1)

    def down(value: int) -> float:
        return 6 + (height - 24) * (1 - value / peak if peak else 1)

    body: list[str] = []
    if values:
        line = f"M{across(0):.1f} {down(values[0]):.1f}" + "".join(
            f"H{across(place):.1f}V{down(value):.1f}" for place, value in enumerate(values) if place
        )
        floor = height - 18
        body = [
            f'<path class="c-area" d="{line}V{floor}H{across(0):.1f}z" fill="{SOFT}"/>',
            f'<path class="c-line" d="{line}" fill="none" stroke="{ACCENT}" stroke-width="2"/>',
            f'<circle class="c-dot" cx="{across(len(values) - 1):.1f}" cy="{down(values[-1]):.1f}" r="3.5" '
            f'fill="{ACCENT}"/>',
        ]
    body += [label(2, height - 4, first), label(width - 2, height - 4, last, "end")]
    now = values[-1] if values else 0
    finding = _("At most %(peak)d, now %(now)d") % {"peak": peak, "now": now}
    days = len(values)
    rows = tuple(
        (
            last
            if place == days - 1
            else ngettext("%(n)d day before", "%(n)d days before", days - 1 - place) % {"n": days - 1 - place},
            str(value),
        )
        for place, value in enumerate(values)
    )
    return Chart(
        svg=frame(width, height, key, caption, finding, body),
        caption=caption,
        columns=(_("Day"), _("Links")),
        rows=rows,
    )
