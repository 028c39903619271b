"""The playbooks: what is known of each platform, since when, from where, and how sure."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases.http import SignedInRequest, requires
from cases.permissions import Permission
from takedowns.book import facts_of
from takedowns.models import Platform

STALE_DAYS = 90
"""House rule: a fact that was not checked for so long is marked."""
KINDS = ("", "social", "video", "adult", "messaging", "forum", "dating", "search", "host", "cdn", "registrar")


@requires(Permission.PLAYBOOK_VIEW)
def playbooks(request: SignedInRequest) -> HttpResponse:
    """List the platforms with how to ask them; one kind at a time or all, found by name or domain."""
    kind = request.GET.get("kind", "")
    asked = request.GET.get("q", "").strip()[:100]
    sought = asked.lower()
    found = Platform.objects.for_rows()
    if kind in KINDS[1:]:
        found = found.filter(kind=kind)
    today = timezone.localdate()
    rows = [
        {
            "platform": platform,
            "facts": facts_of(platform),
            "is_stale": (today - platform.last_checked_on).days > STALE_DAYS,
            "is_thin": platform.route_quality == "thin",
        }
        for platform in found
        if sought in platform.name.lower() or any(sought in domain for domain in platform.domains)
    ]
    context = {
        "rows": rows,
        "asked": asked,
        "kind": kind,
        "kinds": [{"key": key, "current": key == kind} for key in KINDS],
        "today": today,
    }
    return render(request, "takedowns/playbooks.html", context)
