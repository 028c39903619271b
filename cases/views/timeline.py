"""The timeline of a case: its record, what happened last on top."""

from datetime import datetime
from itertools import groupby

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cases.actor import ActorKind
from cases.case_page import case_page
from cases.forms import NoteForm
from cases.http import SignedInRequest, requires
from cases.models import Case, Event
from cases.permissions import Permission
from cases.reading import Entry, read_events

PAGE_SIZE = 50
MOST_EVENTS = 1 << 62
BY = {
    "people": [ActorKind.USER],
    "client": [ActorKind.CLIENT, ActorKind.RECIPIENT, ActorKind.MAILBOX],
    "system": [ActorKind.SYSTEM],
}


@requires(Permission.CASE_VIEW)
def timeline(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show one page of the record, whole or by who acted."""
    case = get_object_or_404(Case.objects.visible_to(request.actor).select_related("owner"), reference=reference)
    if case.is_age_locked and not request.actor.sees_all:
        raise Http404
    return render(request, "cases/timeline.html", timeline_context(request, case, form=NoteForm()))


def timeline_context(request: SignedInRequest, case: Case, *, form: NoteForm) -> dict[str, object]:
    """Return the context of the page, inside `acting_as`; the note's form keeps what was typed.

    Order is by when things happened, not by when they were written: past reports are entered later.
    """
    by = request.GET.get("by", "")
    events = Event.objects.visible_to(request.actor).filter(case=case).order_by("-at", "-seq")
    if by in BY:
        events = events.filter(actor_kind__in=BY[by])
    before = _place(request.GET.get("before", ""))
    if before is not None:
        events = events.filter(before)
    rows = list(events[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    written = f"{shown[-1].at.isoformat()}_{shown[-1].seq}" if shown else ""
    base = reverse("cases:timeline", args=[case.reference])
    chosen = f"by={by}&" if by in BY else ""
    labels = {"": _("Everything"), "people": _("People"), "client": _("From outside"), "system": _("Recourse")}
    return case_page(
        request,
        case,
        tab="timeline",
        form=form,
        days=by_day(read_events(shown)),
        views=[
            {"url": f"{base}?by={key}" if key else base, "label": label, "current": key == (by if by in BY else "")}
            for key, label in labels.items()
        ],
        older=f"{base}?{chosen}{urlencode({'before': written})}" if len(rows) > len(shown) else "",
        newer=f"{base}?{chosen}".rstrip("?&") if before is not None else "",
    )


def _place(text: str) -> Q | None:
    """Read where the page before ended: a time and a place in the chain, for events of one moment."""
    moment, _dot, seq = text.rpartition("_")
    try:
        at, number = datetime.fromisoformat(moment), int(seq)
    except ValueError:
        return None
    if at.tzinfo is None or not 0 < number < MOST_EVENTS:
        return None
    return Q(at__lt=at) | Q(at=at, seq__lt=number)


def by_day(entries: list[Entry]) -> list[tuple[object, list[Entry]]]:
    """Group entries by the reader's day, in the order they were written."""
    return [(day, list(rows)) for day, rows in groupby(entries, key=lambda entry: timezone.localtime(entry.at).date())]
