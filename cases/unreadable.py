"""What people see when a key does not open what they asked for: a plain page, and a line for the administrator."""

import logging
import sys
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.defaults import server_error

from cases import ledger
from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.key_sources import KeyMissing
from cases.permissions import Door
from cases.sealed import CannotOpen

log = logging.getLogger("recourse.keys")
QUIET_SECONDS = 3600
"""One event an hour for each thing that cannot be opened: a page that is asked for again adds nothing."""


class UnreadableMiddleware:
    """Answer 503 when a view could not open something for want of its key. Nothing else is shown in its place."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request pass."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show the page in the words of the door, and note what does not open by its number only."""
        if not isinstance(error, KeyMissing | CannotOpen):
            return None
        case = getattr(error, "case_id", None)
        reason = "missing" if isinstance(error, KeyMissing) else "damaged"
        what = str(case) if case else "system"
        _note(what, reason)
        is_staff = getattr(request, "door", None) == Door.STAFF
        template = "cases/unreadable.html" if is_staff else "unreadable.html"
        context = {"what": what if is_staff else "", "is_damaged": reason == "damaged"}
        return render(request, template, context, status=503)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what went wrong outside of any view; Django's handler of that name in every urlconf.

    Without the key of the system no session opens, so that page knows nobody: it is the one for everybody outside.
    """
    error = sys.exc_info()[1]
    if not isinstance(error, KeyMissing | CannotOpen):
        return server_error(request)
    _note("system", "missing" if isinstance(error, KeyMissing) else "damaged")
    return HttpResponse(render_to_string("unreadable.html"), status=503)


def _note(what: str, reason: str) -> None:
    log.error("cannot open", extra={"event": str(CaseEvent.KEY_REFUSED), "kind": reason, "part": what})
    try:
        if not cache.add(f"unreadable:{what}", "1", QUIET_SECONDS):
            return
        by = Actor.system("keys")
        with acting_as(by):
            ledger.record(CaseEvent.KEY_REFUSED, case=None, by=by, at=timezone.now(), unreadable=what, reason=reason)
    except (DatabaseError, KeyMissing):
        # Without the system's key nothing can be recorded; the line in the log is all there is then.
        log.error("cannot record", extra={"event": str(CaseEvent.KEY_REFUSED)})
