"""One exhibit's page: what it is, its hashes, what was read from it, its custody. No picture leaves by it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cases.case_page import case_page
from cases.http import SignedInRequest, requires
from cases.models import Case, Event
from cases.permissions import Permission
from cases.reading import by_day, read_events
from evidence import exhibit_page
from evidence.bundle_sections import notes_of
from evidence.models import Exhibit, StoredCheck


@requires(Permission.EVIDENCE_VIEW)
def exhibit(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Show one exhibit's facts, hashes and custody, and what others add to its page."""
    case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    if case.is_age_locked:
        return redirect("cases:case", reference)
    rows = Exhibit.objects.visible_to(request.actor).filter(case=case).select_related("case")
    found = get_object_or_404(rows, pk=exhibit_id)
    now = timezone.now()
    table = Exhibit._meta.db_table
    events = Event.objects.visible_to(request.actor).filter(case=case, subject=f"{table}:{found.pk}")
    checks = StoredCheck.objects.visible_to(request.actor).filter(subject=table, subject_id=found.pk)
    context = case_page(
        request,
        case,
        tab="exhibits",
        now=now,
        exhibit=found,
        check=checks.first(),
        custody=by_day(read_events(list(events.select_related("case").order_by("seq")))),
        notes=notes_of(found),
        parts=exhibit_page.parts(found, request.actor, now),
        aside=exhibit_page.aside(found, request.actor, now),
    )
    return render(request, "evidence/exhibit_detail.html", context)
