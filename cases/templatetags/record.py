"""How the record reads: words for values that events hold as codes."""

from collections.abc import Mapping
from typing import Any

from django import template

from cases import case_page, queue
from cases.models import CaseTask, Channel, ConsentBasis, MembershipRole, NoteNature, PartyRole, Power
from cases.states import AgeAnswer, CaseState, IdentityCheck

register = template.Library()

CHOICES = {
    "age": AgeAnswer,
    "state": CaseState,
    "nature": NoteNature,
    "party": PartyRole,
    "member": MembershipRole,
    "power": Power,
    "basis": ConsentBasis,
    "channel": Channel,
    "checked": IdentityCheck,
}


@register.filter
def task_title(body: Mapping[str, Any]) -> str:
    """Say which task an event is about: verb and object, as on Today."""
    return queue.in_words(CaseTask(kind=body.get("task", ""), facts=body.get("facts") or {})).title


@register.filter
def label(value: str, kind: str) -> str:
    """Return the word for a stored choice; a value that is not known any more reads as it is."""
    choices = CHOICES[kind]
    return str(choices(value).label) if value in choices.values else str(value)


@register.filter
def said_by(word: str) -> str:
    """Say who answered the question about age."""
    return case_page.said_by(word)
