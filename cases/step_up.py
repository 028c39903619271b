"""Step-up: before something weighty the person confirms again who they are, and what they sent is not lost."""

import secrets
import time
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cases.models import User

KEPT = "step_up"
"""Where the session (its contents are sealed) keeps what was sent before the person had confirmed."""
KEPT_AT_MOST = 5
KEPT_SECONDS = 1800
CSRF_FIELD = "csrfmiddlewaretoken"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def is_confirmed(request: HttpRequest, user: User) -> bool:
    """Whether this session saw a password, a passkey or a code of this person within the last minutes."""
    records = get_authentication_records(request, user)
    age = time.time() - max((float(entry["at"]) for entry in records), default=0.0)
    return bool(0 <= age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def is_asked_for(request: HttpRequest, methods: tuple[str, ...]) -> bool:
    """Whether a guarded view asks: when something is sent, or, where nothing can be sent, when it is opened."""
    return request.method not in SAFE_METHODS or all(method in SAFE_METHODS for method in methods)


def ask(request: HttpRequest, user: User) -> HttpResponse:
    """Keep what was sent (fields, not files) and lead the person to the page on which they confirm."""
    kept_id = _keep(request)
    return to_confirm(request, user, then=reverse("cases:carry_on", args=[kept_id]))


def to_confirm(request: HttpRequest, user: User, *, then: str) -> HttpResponse:
    """Lead to the page on which a person confirms who they are; it leads on to `then`."""
    ways = get_adapter().get_reauthentication_methods(user)
    address = f"{ways[0]['url']}?{urlencode({'next': then})}"
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _keep(request: HttpRequest) -> str:
    is_sent = request.method not in SAFE_METHODS
    fields = [
        [name, value]
        for name, values in (request.POST if is_sent else request.GET).lists()
        for value in values
        if name != CSRF_FIELD
    ]
    now = time.time()
    entry = {
        "method": "post" if is_sent else "get",
        "path": request.get_full_path() if is_sent else request.path,
        "fields": fields,
        "has_files": is_sent and bool(request.FILES),
        "back": _came_from(request),
        "at": now,
    }
    kept_id = secrets.token_urlsafe(12)
    fresh = [(name, kept) for name, kept in _all(request).items() if now - kept["at"] < KEPT_SECONDS]
    request.session[KEPT] = {**dict(fresh[1 - KEPT_AT_MOST :]), kept_id: entry}
    return kept_id


def _came_from(request: HttpRequest) -> str:
    """Return the page of ours on which the form stood."""
    came = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    is_ours = came.netloc == settings.STAFF_HOST and came.path.startswith("/") and not came.path.startswith("//")
    return came.path if is_ours else "/"


def _all(request: HttpRequest) -> dict[str, dict[str, Any]]:
    return cast(dict[str, dict[str, Any]], request.session.get(KEPT, {}))


def kept(request: HttpRequest, kept_id: str) -> dict[str, Any] | None:
    """Return what was kept, while it is fresh. It stays: the form's own token lets it act once."""
    entry = _all(request).get(kept_id)
    return entry if entry is not None and time.time() - entry["at"] < KEPT_SECONDS else None
