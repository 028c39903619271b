"""The list of links as it can leave as a file."""

from collections.abc import Iterator, Mapping
from typing import Any

from cases.actor import Actor
from cases.export_lists import ROWS_AT_ONCE, cases_of, moment
from cases.exports import Source
from cases.states import AgeAnswer
from takedowns.models import ReportedUrl


def links(actor: Actor, filters: Mapping[str, Any]) -> Iterator[list[str]]:
    """List links with their addresses as text. Cases locked for age are left out: nothing of them is copied."""
    yield ["Case", "Site", "Address", "State", "Found", "Asked", "Down", "Times back"]
    of = cases_of(actor, filters).filter(age_answer=AgeAnswer.ADULT)
    rows = ReportedUrl.objects.visible_to(actor).listed().filter(case__in=of).select_related("case")
    for url in rows.order_by("case__opened_at", "found_at", "pk").iterator(chunk_size=ROWS_AT_ONCE):
        yield [
            url.case.reference,
            url.site,
            url.told,
            url.state,
            moment(url.found_at),
            moment(url.asked_at),
            moment(url.down_at),
            str(url.times_back),
        ]


EXPORTS: Mapping[str, Source] = {"links": links}
