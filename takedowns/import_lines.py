"""How the lines of an import read on a page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case
from takedowns.actions.reported_url import Outcome
from takedowns.models import LinkImport, ReportedUrl
from takedowns.tables import Column

OUTCOMES = {
    Outcome.NEW: (gettext_lazy("Added"), "ok", "check"),
    Outcome.KNOWN: (gettext_lazy("Here already"), "plain", "none"),
    Outcome.BACK: (gettext_lazy("Back on the list"), "info", "undo"),
    Outcome.TWICE: (gettext_lazy("Twice in this import"), "plain", "none"),
    Outcome.WRONG: (gettext_lazy("Not read"), "soon", "alert"),
}
COLUMNS = {
    Column.URL: gettext_lazy("link"),
    Column.WHERE: gettext_lazy("where found"),
    Column.DATE: gettext_lazy("date"),
    Column.VIEWS: gettext_lazy("views"),
    Column.ACCOUNT: gettext_lazy("account"),
}


@dataclass(frozen=True)
class LineRow:
    """One line: its number, what it became, and the link or the advice."""

    number: int
    outcome: str
    tone: str
    icon: str
    where: str
    href: str
    note: str


def line_rows(case: Case, lines: Sequence[Sequence[Any]]) -> list[LineRow]:
    """Return some lines as rows, in one query whatever their number."""
    ids = {UUID(line[2]) for line in lines if line[2]}
    sites = dict(ReportedUrl.objects.filter(case=case, pk__in=ids).values_list("pk", "site"))
    return [_row(case, line, sites) for line in lines]


def _row(case: Case, line: Sequence[Any], sites: dict[UUID, str]) -> LineRow:
    number, outcome, url_id, first, words, raw = line
    label, tone, icon = OUTCOMES[Outcome(outcome)]
    site = sites.get(UUID(url_id)) if url_id else None
    note = _("The same as line %(n)d") % {"n": first} if first else words
    return LineRow(
        number=number,
        outcome=str(label),
        tone=tone,
        icon=icon,
        where=(site or _("Discarded unread")) if url_id else (raw[:80] + ("…" if len(raw) > 80 else "")),
        href=reverse("takedowns:link", args=[case.reference, url_id]) if site else "",
        note=note,
    )


def counts_of(lines: Sequence[Sequence[Any]], base: str, show: str) -> list[dict[str, object]]:
    """Return the switch over outcomes, each with its number; outcomes that did not happen are left out."""
    counts = Counter(line[1] for line in lines)
    views: list[dict[str, object]] = [{"url": base, "label": f"{_('All')} {len(lines)}", "current": not show}]
    for outcome, (label, _tone, _icon) in OUTCOMES.items():
        if counts[outcome]:
            views.append(
                {"url": f"{base}?show={outcome}", "label": f"{label} {counts[outcome]}", "current": show == outcome}
            )
    return views


def column_words(made: LinkImport) -> list[tuple[int, str]]:
    """Say which column of a table was read as what, counted from 1."""
    found = made.columns if made.sealed else {}
    return sorted((int(place) + 1, str(COLUMNS[Column(kind)])) for place, kind in found.items())
