"""Today: what somebody must do, and by when."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import charts, duty, queue
from cases.approval_page import alarms_for, announced_for, row_of, waiting_for
from cases.contributions import contributed
from cases.http import SignedInRequest, requires
from cases.models import CaseTask, Contact, ContactState, Effect, Event, Match, RegisterEntry
from cases.models.case_task import CaseTaskQuerySet
from cases.permissions import Permission
from cases.reading import read_events
from cases.register import REGISTER_WARNS

STRIP_HOURS = timedelta(hours=48)
HEARD_SINCE = timedelta(days=7)
HEARD_SHOWN = 5


@requires(Permission.TODAY_VIEW)
def today(request: SignedInRequest) -> HttpResponse:
    """Show the queue of one person, or of everybody whose cases the person may see."""
    now = timezone.now()
    zone = timezone.get_current_timezone()
    team = _is_team(request)
    tasks = CaseTask.objects.visible_to(request.actor).open()
    mine = tasks if team else tasks.filter(assigned_to=request.user)
    place = queue.place_of(request.GET.get("after", ""))
    rows = queue.page_after(mine, place)
    shown = rows[: queue.PAGE_SIZE]
    dues = list(mine.filter(due_at__lt=now + STRIP_HOURS).values_list("due_at", flat=True))
    cells = charts.deadline_cells([due for due in dues if due], now, zone)
    base = reverse("cases:today")
    side = "?view=team" if team else "?view=mine"
    older = f"{base}{side}&after={queue.written(shown[-1])}" if len(rows) > len(shown) else ""
    context = {
        "now": now,
        "zone_name": str(zone),
        "team": team,
        "groups": queue.groups(shown, now=now, zone=zone),
        "count": len(shown),
        "case_count": len({task.case_id for task in shown}),
        "more": bool(older),
        "older": older.replace("+", "%2B"),
        "newer": f"{base}{side}" if place else "",
        "strip": charts.heat_strip(cells),
        "strip_count": sum(cell.count for cell in cells),
        "views": [
            {"url": f"{base}?view=mine", "label": _("Mine"), "current": not team},
            {"url": f"{base}?view=team", "label": _("Team"), "current": team},
        ],
        "quiet_until": now + STRIP_HOURS,
        "back": f"{base}{side}",
        **_aside(request, tasks, now=now),
    }
    return render(request, "cases/today.html", context)


def _is_team(request: SignedInRequest) -> bool:
    """Whether to show everybody's queue: asked for, or because this person owns no case and so has no queue."""
    return request.GET.get("view", "mine" if duty.may_own(request.user) else "team") == "team"


def _aside(request: SignedInRequest, tasks: CaseTaskQuerySet, *, now: datetime) -> dict[str, Any]:
    """Return what stands beside the queue: what is stuck, what was heard, what others owe us."""
    stuck = Effect.objects.visible_to(request.actor).stuck().filter(audience__in=["client", "staff", "platform"])
    heard = Event.objects.visible_to(request.actor).from_outside(since=now - HEARD_SINCE).last_of_each()
    return {
        "care": [part(request.user, request.actor, now) for part in contributed("TODAY_CARE")],
        "stuck": list(stuck.select_related("case").order_by("-created_at")[:5]),
        "waiting": queue.waiting_on(tasks),
        "approvals": [row_of(row, request.user, may_decide=True) for row in waiting_for(request.user, request.actor)],
        "announced": announced_for(request.user, request.actor),
        "alarms": alarms_for(request.user, since=now - HEARD_SINCE),
        "matches": Match.objects.open().count() if request.user.may(Permission.APPROVAL_GIVE) else 0,
        "register_due": _register_due(request, now=now),
        "heard": read_events(list(heard.select_related("case").order_by("-at", "-seq")[:HEARD_SHOWN])),
        "unfinished": list(
            Contact.objects.visible_to(request.actor)
            .filter(state=ContactState.OPEN, taken_by=request.user)
            .order_by("-saved_at")[:5]
        ),
    }


def _register_due(request: SignedInRequest, *, now: datetime) -> list[RegisterEntry]:
    """Return the entries of the register that are due soon; only supervisors see any."""
    if not request.user.may(Permission.REGISTER_KEEP):
        return []
    return list(RegisterEntry.objects.visible_to(request.actor).due(by=now + REGISTER_WARNS).order_by("due_at")[:5])


@requires(Permission.TODAY_VIEW)
def changes(request: SignedInRequest) -> JsonResponse:
    """Say how many tasks came or went since a time, so that the page can offer to load them; it never reorders."""
    try:
        since = datetime.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        return JsonResponse({"changes": 0})
    if since.tzinfo is None:
        return JsonResponse({"changes": 0})
    tasks = CaseTask.objects.visible_to(request.actor)
    if not _is_team(request):
        tasks = tasks.filter(assigned_to=request.user)
    count = tasks.filter(created_at__gt=since).count() + tasks.filter(ended_at__gt=since).count()
    return JsonResponse({"changes": count, "text": ngettext("%(n)d change", "%(n)d changes", count) % {"n": count}})
