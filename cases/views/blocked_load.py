"""Where browsers report what the content policy refused."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from cases.actions import blocked_load
from cases.http import open_to_all
from cases.permissions import Door

LONGEST = 64 << 10
MOST_AT_ONCE = 20


@csrf_exempt
@open_to_all("a browser reports by itself, without a session or a token; only a count is kept", methods=("POST",))
def report(request: HttpRequest) -> HttpResponse:
    """Count the broken rules of a report; everything else in it (addresses, with what they hold) is dropped unread."""
    try:
        told = json.loads(request.body[:LONGEST])
    except (ValueError, RecursionError, RequestDataTooBig):
        return HttpResponse(status=400)
    names = list(_broken(told))[:MOST_AT_ONCE]
    if names:
        door = getattr(request, "door", Door.STAFF)
        blocked_load.count(door=door, directives=names, at=timezone.now())
    return HttpResponse(status=204)


def _broken(told: Any) -> Iterator[str]:
    """Yield the rules a report names: one of the Reporting API (a list), or the older kind (one object)."""
    for entry in told if isinstance(told, list) else [told]:
        if isinstance(entry, dict):
            body = entry.get("body") or entry.get("csp-report")
            if isinstance(body, dict):
                yield str(body.get("effectiveDirective") or body.get("effective-directive") or "")[:40]
