"""What every template may use."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.approval_page import waiting_count
from cases.permissions import Door, Permission

CASEWORK, TEAM, SYSTEM = gettext_lazy("Casework"), gettext_lazy("Team"), gettext_lazy("Running it")
TEAM_PAGES = frozenset({"approvals", "roster", "matches", "exports", "retention", "register", "holds", "closings"})
SYSTEM_PAGES = frozenset({"people", "teams", "health", "keys", "audit", "record"})


def _group_of(name: str) -> Promise:
    """Return the part of the rail in which a page stands; a page that is named nowhere is casework."""
    page = name.rpartition(":")[2]
    return TEAM if page in TEAM_PAGES else SYSTEM if page in SYSTEM_PAGES else CASEWORK


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail."""

    label: str
    url: str
    icon: str
    current: bool
    count: int | None = None
    group: str = ""


def _navigation(request: HttpRequest) -> list[NavItem]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or user.is_client:
        return []
    entries = [
        (Permission.TODAY_VIEW, _("Today"), "cases:today", "clock"),
        (Permission.CASE_VIEW, _("Cases"), "cases:cases", "folder"),
        (Permission.CASE_VIEW, _("Links"), "takedowns:all_links", "globe"),
        (Permission.EVIDENCE_VIEW, _("My day"), "cases:my_day", "cup"),
        (Permission.CONTACT_TAKE, _("New contact"), "cases:new_contact", "phone"),
        (Permission.HOME, _("Approvals"), "cases:approvals", "check"),
        (Permission.MAIL_SORT, _("Inbox"), "takedowns:inbox", "msg"),
        (Permission.PARTY_LOOKUP, _("Find a person"), "cases:look_up", "globe"),
        (Permission.APPROVAL_GIVE, _("Met before"), "cases:matches", "people"),
        (Permission.PLAYBOOK_VIEW, _("Playbooks"), "takedowns:playbooks", "book"),
        (Permission.EXPORT_MAKE, _("Exports"), "cases:exports", "download"),
        (Permission.ROSTER_VIEW, _("Roster"), "cases:roster", "wait"),
        (Permission.PEOPLE_INVITE, _("People"), "cases:people", "person"),
        (Permission.TEAM_EDIT, _("Teams"), "cases:teams", "people"),
        (Permission.AUDIT_VIEW, _("Audit"), "cases:audit", "search"),
        (Permission.REGISTER_KEEP, _("Register"), "cases:register", "note"),
        (Permission.RETENTION_VIEW, _("Keeping times"), "cases:retention", "box"),
        (Permission.HEALTH_VIEW, _("Health"), "cases:health", "pulse"),
    ]
    may = user.permissions()
    items = [
        NavItem(
            label,
            reverse(name),
            icon,
            current=request.path.startswith(reverse(name)),
            count=waiting_count(request) if name == "cases:approvals" else None,
            group=str(_group_of(name)),
        )
        for permission, label, name, icon in entries
        if permission in may
    ]
    order = [str(group) for group in (CASEWORK, TEAM, SYSTEM)]
    return sorted(items, key=lambda item: order.index(item.group))


def _permissions(request: HttpRequest) -> frozenset[str]:
    """Return what the signed-in person may do, so that a page shows no button that would answer "not found"."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return frozenset()
    return frozenset(permission.value for permission in user.permissions())


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the names of the installation and the rail of the signed-in person."""
    door = getattr(request, "door", Door.STAFF)
    return {
        "door": str(door),
        "portal_name": settings.PORTAL_NAME,
        "org_name": settings.ORG_NAME,
        "exit_url": settings.EXIT_URL,
        "is_demo": bool(settings.DEMO_SITE),
        "nav": _navigation(request) if door == Door.STAFF else [],
        "may": _permissions(request),
        # A client who meets a refusal keeps the way to leave, and a title that says nothing.
        "refusal_base": "portal_base.html" if door == Door.PORTAL else "plain_base.html",
    }
