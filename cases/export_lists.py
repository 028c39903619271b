"""The lists of this app that can leave as a file."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cases.actor import Actor
from cases.exports import Source
from cases.models import Case
from cases.models.case import CaseQuerySet

ROWS_AT_ONCE = 500
CASE_HEADINGS = (
    *("Case", "Alias", "State", "Age answer", "Country", "Language", "Source"),
    *("Opened", "Reported", "Closed", "Owner"),
)


def cases_of(actor: Actor, filters: Mapping[str, Any]) -> CaseQuerySet:
    """Return the cases that a list is about: what the asker sees, one case or those opened since a day."""
    found: CaseQuerySet = Case.objects.visible_to(actor)
    if filters.get("case"):
        found = found.filter(reference=filters["case"])
    if filters.get("since"):
        found = found.filter(opened_at__date__gte=filters["since"])
    return found


def moment(value: datetime | None) -> str:
    """Return a time as a list writes it: UTC, to the minute."""
    return f"{value:%Y-%m-%d %H:%M}" if value else ""


def cases(actor: Actor, filters: Mapping[str, Any]) -> Iterator[list[str]]:
    """List cases by their clear columns: nothing of it is personal to a client."""
    yield [*CASE_HEADINGS]
    rows = cases_of(actor, filters).select_related("owner").order_by("opened_at", "pk")
    for case in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield [
            case.reference,
            case.alias,
            case.state,
            case.age_answer,
            case.country,
            case.language,
            case.source,
            moment(case.opened_at),
            moment(case.reported_at),
            moment(case.closed_at),
            case.owner.name,
        ]


EXPORTS: Mapping[str, Source] = {"cases": cases}
