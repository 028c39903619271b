"""A person's own sign-ins: where they are signed in now, and the way to end it."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import keys
from cases.access import acting_as
from cases.actions import account
from cases.devices import device_words
from cases.http import SignedInRequest, one_use, requires
from cases.models import Session
from cases.permissions import Permission
from cases.sessions import mark_of


@requires(Permission.HOME)
def sign_ins(request: SignedInRequest) -> HttpResponse:
    """List a person's own sessions, the one that reads first."""
    now = timezone.now()
    this = keys.token_hash(request.session.session_key or "")
    live = Session.objects.filter(user=request.user, door=request.door, idle_until__gt=now, ends_at__gt=now)
    rows = [_row(session, this) for session in live.order_by("-seen_at", "pk")]
    rows.sort(key=lambda row: not row["is_this"])
    return render(request, "cases/sign_ins.html", {"rows": rows, "others": len(rows) - 1})


def _row(session: Session, this: bytes) -> dict[str, Any]:
    contents = json.loads(session.data or "{}")
    return {
        "id": session.pk,
        "device": device_words(contents.get("device", [])),
        "started_at": session.started_at,
        "seen_at": session.seen_at,
        "is_this": bytes(session.key_hash) == this,
    }


@requires(Permission.HOME, methods=("POST",))
@one_use
def end(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """End one session of one's own."""
    with acting_as(request.actor):
        ended = account.end_session(
            user=request.user, session_id=session_id, session=mark_of(request), by=request.actor, at=timezone.now()
        )
    if ended:
        messages.success(request, _("That device is signed out."))
    else:
        messages.info(request, _("That device was signed out already."))
    return redirect("cases:sign_ins")


@requires(Permission.HOME, methods=("POST",))
@one_use
def end_others(request: SignedInRequest) -> HttpResponse:
    """End every session of one's own but this one."""
    with acting_as(request.actor):
        ended = account.end_other_sessions(
            user=request.user,
            keep_key=request.session.session_key or "",
            session=mark_of(request),
            by=request.actor,
            at=timezone.now(),
        )
    said = ngettext("%(n)d other device is signed out.", "%(n)d other devices are signed out.", ended)
    messages.success(request, said % {"n": ended})
    return redirect("cases:sign_ins")
