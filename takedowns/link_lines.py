"""The links of a case as papers of evidence name them."""

from datetime import datetime

from cases.models import Case
from evidence.findings.links import ToldLink
from takedowns.bundle_sections import _labels, _urls
from takedowns.states import LinkState


def told(case: Case, at: datetime) -> list[ToldLink]:
    """Return the links with the names that the packet gives them."""
    urls = _urls(case, at)
    names = _labels(urls)
    return [
        ToldLink(
            id=url.pk,
            label=names[url.pk],
            address=url.told,
            found_at=url.found_at,
            state=str(LinkState(url.state).label),
        )
        for url in urls
    ]
