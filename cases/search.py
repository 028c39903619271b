"""Exact look-up of a case by its number or alias; nothing else about a case can be found by typing."""

import re

from django.db.models import Q
from django.urls import reverse

from cases.actor import Actor
from cases.contributions import Hit, contributed
from cases.models import Case
from cases.states import CaseState

NUMBER = re.compile(r"^(?:c\s*-?\s*)?(\d{1,12})$", re.IGNORECASE)
MOST = 20


def cases(text: str, actor: Actor) -> list[Hit]:
    """Return visible cases whose number or alias is exactly this; `2047` and `c-2047` both mean C-2047."""
    wanted = Q(alias__iexact=text)
    number = NUMBER.match(text)
    if number:
        wanted |= Q(reference=f"C-{number[1]}")
    found = Case.objects.visible_to(actor).filter(wanted).order_by("-opened_at", "pk")[:MOST]
    return [_hit(case) for case in found]


def _hit(case: Case) -> Hit:
    state = str(CaseState(case.state).label)
    return Hit(f"{case.reference} {case.alias}", state, reverse("cases:case", args=[case.reference]))


def everywhere(text: str, actor: Actor) -> list[Hit]:
    """Return what every app finds, in the order of SEARCH_SOURCES."""
    return [hit for source in contributed("SEARCH_SOURCES") for hit in source(text, actor)]
