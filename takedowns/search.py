"""The search box's exact look-up of a link: by what the address stands for, never by a part of it."""

from django.urls import reverse

from cases.actor import Actor
from cases.contributions import Hit
from cases.models import Case, Lookup, LookupKind
from takedowns.book import platform_book
from takedowns.models import ReportedUrl
from takedowns.pasted import read_pasted
from takedowns.states import LinkState

MOST_HITS = 20


def links(text: str, actor: Actor) -> list[Hit]:
    """Return the cases in which this very link is, of those that the actor may see."""
    items = read_pasted(text, platform_book(), most=1).items
    if not items:
        return []
    visible = Case.objects.visible_to(actor)
    found = Lookup.objects.matching(LookupKind.LINK, items[0].key).filter(case__in=visible)
    urls = ReportedUrl.objects.filter(pk__in=list(found.values_list("subject_id", flat=True)[:MOST_HITS]))
    return [
        Hit(
            label=str(url.case),
            detail=f"{url.site} · {LinkState(url.state).label}",
            url=reverse("takedowns:link", args=[url.case.reference, url.pk]),
        )
        for url in urls.for_rows()
    ]
