"""What intake adds to the pages of a case's evidence and of one exhibit: how it came, and what was not kept."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Case, Event
from cases.reading import read_events
from evidence import acquisition as facts
from evidence.events import EvidenceEvent
from evidence.models import Acquisition, Exhibit

SHOWN = 8


def how_it_came(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel:
    """Return the acquisition record that stands, with those it replaced."""
    records = list(Acquisition.objects.visible_to(actor).filter(exhibit=exhibit).order_by("-number"))
    standing = next((record for record in records if record.replaced_at is None), None)
    url = reverse("evidence:correct_acquisition", args=[exhibit.case.reference, exhibit.pk])
    told = facts.all_facts_of(exhibit, standing)
    unsaid = _("Not said")
    return Panel(
        "evidence/_acquisition.html",
        {
            "facts": [(label, value) for label, value in told if value != unsaid],
            "unsaid": [label for label, value in told if value == unsaid],
            "record": standing,
            "earlier": [(one, facts.all_facts_of(exhibit, one)) for one in records if one is not standing],
            "url": url if exhibit.case.takes_more else "",
        },
    )


def not_kept(case: Case, actor: Actor, at: datetime) -> Panel | None:
    """Return the last files that were offered and not kept, with the reasons."""
    tries = Event.objects.visible_to(actor).filter(case=case, kind=EvidenceEvent.FILE_REFUSED)
    count = tries.count()
    if not count:
        return None
    last = list(tries.select_related("case").order_by("-seq")[:SHOWN])
    return Panel("evidence/_not_kept.html", {"refused": read_events(last), "more": max(0, count - SHOWN)})
