"""How the record reads: words for values that events hold as codes."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from cases import case_page, queue, role_words
from cases.actions.look import BY_TEAM
from cases.models import (
    AskedBy,
    AuthorityLevel,
    CaseTask,
    Channel,
    ConsentBasis,
    ErasureReason,
    LinkKind,
    MembershipRole,
    NoteNature,
    Outcome,
    PartyRole,
    Power,
    WithdrawalWish,
)
from cases.reading import Entry
from cases.retention import Afterwards, DataClass
from cases.states import AgeAnswer, CaseState, IdentityCheck, PortalUse, WithdrawalOutcome

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
    "case_outcome": Outcome,
    "afterwards": Afterwards,
    "data_class": DataClass,
    "erasure_reason": ErasureReason,
    "asked_by": AskedBy,
    "level": AuthorityLevel,
    "link": LinkKind,
    "withdrawal_wish": WithdrawalWish,
    "withdrawal": WithdrawalOutcome,
    "use": PortalUse,
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


@register.filter
def roles_in_words(roles: Iterable[str]) -> str:
    """Say what somebody may do here, the widest role first."""
    return role_words.in_words(roles)


@register.filter
def page_name(route: str) -> str:
    """Say which page a route is, such as cases:timeline: known ones by their title, others by their name."""
    known = {
        "cases:case": _("Overview"),
        "cases:timeline": _("Timeline"),
        "cases:access_log": _("Access log"),
        "cases:client": _("Client"),
        "cases:parties": _("People"),
        "cases:party": _("One person"),
        "cases:party_new": _("Add a person"),
        "cases:case_text": _("What was told"),
        "cases:case_people": _("Who sees it"),
        "cases:keeping": _("Keeping"),
        "takedowns:link": _("One link"),
        "takedowns:add_links": _("Add links"),
        "takedowns:link_import": _("What an import became"),
        "takedowns:add_place": _("Add a place"),
        "takedowns:describe_link": _("Facts of one link"),
        "takedowns:earlier_report": _("Enter an earlier report"),
        "takedowns:new_notice": _("Write a notice"),
        "evidence:exhibits": _("Evidence"),
        "evidence:exhibit": _("One exhibit"),
        "evidence:bundles": _("Bundles"),
        "evidence:bundle": _("One bundle"),
        "takedowns:links": _("Links"),
        "takedowns:notices": _("Notices"),
        "takedowns:notice": _("One notice"),
    }
    return known.get(route) or str(route).rpartition(":")[2].replace("_", " ").capitalize()


@register.filter
def right_name(right: str) -> str:
    """Say by which right somebody reached a case."""
    return _("Supervisor of the team") if right == BY_TEAM else label(right, "member")


@register.filter
def who_by_right(entry: Entry) -> str:
    """Say who looked, and by which right where the record has it."""
    right = entry.event.body.get("right", "") if entry.is_readable else ""
    return f"{entry.who} · {right_name(right)}" if right else entry.who
