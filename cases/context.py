"""What every template may use."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.permissions import Door, Permission


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail."""

    label: str
    url: str
    icon: str
    current: bool
    count: int | None = None


def _navigation(request: HttpRequest) -> list[NavItem]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or user.is_client:
        return []
    entries = [
        (Permission.TODAY_VIEW, _("Today"), "cases:today", "clock"),
        (Permission.CASE_VIEW, _("Cases"), "cases:cases", "folder"),
        (Permission.CONTACT_TAKE, _("New contact"), "cases:new_contact", "phone"),
        (Permission.PLAYBOOK_VIEW, _("Playbooks"), "takedowns:playbooks", "book"),
        (Permission.PEOPLE_INVITE, _("People"), "cases:people", "person"),
        (Permission.HEALTH_VIEW, _("Health"), "cases:health", "pulse"),
    ]
    may = user.permissions()
    return [
        NavItem(label, reverse(name), icon, current=request.path.startswith(reverse(name)))
        for permission, label, name, icon in entries
        if permission in may
    ]


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
        # A client who meets a refusal keeps the way to leave, and a title that says nothing.
        "refusal_base": "portal_base.html" if door == Door.PORTAL else "plain_base.html",
    }
