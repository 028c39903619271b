"""The timeline of a case: its record, what happened last on top; and who looked at it."""

from datetime import datetime

from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cases.actor import ActorKind
from cases.case_page import case_page
from cases.forms import NoteForm
from cases.http import SignedInRequest, requires
from cases.models import Case, Event
from cases.models.event import EventQuerySet
from cases.permissions import Permission
from cases.reading import Page, by_day, names_of, page_of, read_events, who_of

BY = {
    "people": [ActorKind.USER],
    "client": [ActorKind.CLIENT, ActorKind.RECIPIENT, ActorKind.MAILBOX],
    "system": [ActorKind.SYSTEM],
}


@requires(Permission.CASE_VIEW)
def timeline(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show one page of the record, whole or by who acted."""
    case = _case(request, reference)
    return render(request, "cases/timeline.html", timeline_context(request, case, form=NoteForm()))


def _case(request: SignedInRequest, reference: str) -> Case:
    rows = Case.objects.visible_to(request.actor).select_related("owner")
    case: Case = get_object_or_404(rows, reference=reference)
    if case.is_age_locked and not case.is_supervised_by(request.actor):
        raise Http404
    return case


def timeline_context(request: SignedInRequest, case: Case, *, form: NoteForm) -> dict[str, object]:
    """Return the context of the page, inside `acting_as`; the note's form keeps what was typed."""
    by = request.GET.get("by", "")
    events = Event.objects.visible_to(request.actor).filter(case=case).without_looks()
    if by in BY:
        events = events.filter(actor_kind__in=BY[by])
    page = page_of(events, request.GET.get("before", ""))
    base = reverse("cases:timeline", args=[case.reference])
    labels = {"": _("Everything"), "people": _("People"), "client": _("From outside"), "system": _("Recourse")}
    may_see_log = request.user.may(Permission.CASE_ACCESS_LOG)
    return case_page(
        request,
        case,
        tab="timeline",
        form=form,
        days=by_day(read_events(page.rows)),
        views=[
            {"url": f"{base}?by={key}" if key else base, "label": label, "current": key == (by if by in BY else "")}
            for key, label in labels.items()
        ],
        access_log=reverse("cases:access_log", args=[case.reference]) if may_see_log else "",
        **_pages(base, page, by if by in BY else ""),
    )


def _pages(base: str, page: Page, by: str) -> dict[str, str]:
    chosen = {"by": by} if by else {}
    first = f"{base}?{urlencode(chosen)}" if chosen else base
    return {
        "older": f"{base}?{urlencode({**chosen, 'before': page.older})}" if page.older else "",
        "newer": "" if page.is_first else first,
    }


@requires(Permission.CASE_ACCESS_LOG)
def access_log(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show who read, opened or took away something of a case: each person once, then every event."""
    case = _case(request, reference)
    events = Event.objects.visible_to(request.actor).filter(case=case).of_access()
    page = page_of(events, request.GET.get("before", ""))
    base = reverse("cases:access_log", args=[case.reference])
    context = case_page(
        request,
        case,
        tab="timeline",
        people=_people(events),
        days=by_day(read_events(page.rows)),
        **_pages(base, page, ""),
    )
    return render(request, "cases/access_log.html", context)


def _people(events: EventQuerySet) -> list[dict[str, object]]:
    counted = {
        (row["actor_kind"], row["actor_id"]): row
        for row in events.order_by().values("actor_kind", "actor_id").annotate(times=Count("pk"), last=Max("at"))
    }
    latest = list(events.last_of_each())
    names = names_of(latest)
    found = []
    for event in latest:
        row = counted[event.actor_kind, event.actor_id]
        last: datetime = row["last"]
        right = event.body.get("right", "") if event.actor_kind == ActorKind.USER else ""
        found.append({"who": who_of(event, names), "right": right, "times": row["times"], "last": last})
    return sorted(found, key=lambda one: one["last"], reverse=True)
