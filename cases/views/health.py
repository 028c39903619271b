"""Health: for people a page, for a monitor one word."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases import anchor_signs, key_signs
from cases import health as health_signs
from cases.contributions import contributed
from cases.http import SignedInRequest, open_to_all, requires
from cases.models import Effect
from cases.permissions import Permission


@requires(Permission.HEALTH_VIEW)
def health(request: SignedInRequest) -> HttpResponse:
    """Show what beat and worker did last, and what a person must look at."""
    now = timezone.now()
    context = {
        "now": now,
        "workers": health_signs.workers(now=now),
        "sweeps": health_signs.sweeps(now=now),
        "outbox": health_signs.outbox(),
        "endings": health_signs.endings(now=now),
        "seals": anchor_signs.signs(now=now),
        "months": health_signs.months_left(now=now),
        "keys": key_signs.signs(now=now) if request.user.may(Permission.KEYS_VIEW) else [],
        "more": [part(now) for part in contributed("HEALTH_PARTS")],
        "stuck": list(
            Effect.objects.visible_to(request.actor).stuck().select_related("case").order_by("-created_at")[:20]
        ),
    }
    return render(request, "cases/health.html", context)


@open_to_all("a monitor asks whether the web process reaches its database; the answer is one word")
def alive(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return HttpResponse("database", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
