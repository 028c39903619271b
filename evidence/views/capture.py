"""Web captures of a case: all of them lined up by link, one with its facts, asking, stopping, asking again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import pulse
from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import capture as capture_actions
from evidence.capture.listing import lines, rows_of
from evidence.capture.offer import Offer
from evidence.forms_capture import CaptureForm
from evidence.models import Capture, CaptureState, Derivative, DerivativeKind

MOST_SHOWN = 500
PARTS = (
    DerivativeKind.CAPTURE,
    DerivativeKind.CHAIN,
    DerivativeKind.PAGE_TEXT,
    DerivativeKind.PAGE_SOURCE,
    DerivativeKind.SCREENSHOT,
    DerivativeKind.CERTIFICATES,
)
"""The parts of a capture, in the order in which its page lists them."""


@requires(Permission.EVIDENCE_VIEW)
def captures(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show every capture of a case, those of one link lined up, and the form for a typed address."""
    case = _case(request, reference)
    return _list(request, case, CaptureForm(may_have_media=Offer(case, request.user).may_have_media))


@requires(Permission.EVIDENCE_CAPTURE, methods=("GET", "POST"))
@one_use
def new_capture(request: SignedInRequest, reference: str) -> HttpResponse:
    """Ask for a capture of a typed address."""
    if request.method != "POST":
        return redirect("evidence:captures", reference)
    with acting_as(request.actor):
        case = _case(request, reference)
        form = CaptureForm(request.POST, may_have_media=request.user.may(Permission.EVIDENCE_LOOK))
        if form.is_valid():
            try:
                made = capture_actions.request(
                    case_id=case.pk,
                    url=form.cleaned_data["url"],
                    link_id=None,
                    with_media=form.wants_media,
                    by=request.actor,
                    at=timezone.now(),
                )
            except IllegalMove as refusal:
                form.add_error("url", str(refusal))
            else:
                return redirect("evidence:capture", reference, made.pk)
        return _list(request, case, form)


@requires(Permission.EVIDENCE_VIEW)
def capture(request: SignedInRequest, reference: str, capture_id: UUID) -> HttpResponse:
    """Show one capture: how far it is, what we got, and the other captures of the same link."""
    found = _capture(request, reference, capture_id)
    return render(request, "evidence/capture.html", _context(request, found))


@requires(Permission.EVIDENCE_VIEW)
def changes(request: SignedInRequest, reference: str, capture_id: UUID) -> JsonResponse:
    """Say whether a capture is still where the page shows it."""
    found = _capture(request, reference, capture_id)
    away = str(int(_is_away(found)))
    is_other = f"{found.state}.{found.step}" != request.GET.get("state") or request.GET.get("away", away) != away
    return JsonResponse({"changes": int(is_other), "text": _("The capture has gone on.") if is_other else ""})


@requires(Permission.EVIDENCE_CAPTURE, methods=("POST",))
@one_use
def stop(request: SignedInRequest, reference: str, capture_id: UUID) -> HttpResponse:
    """Stop a capture that waits or runs."""
    with acting_as(request.actor):
        found = _capture(request, reference, capture_id)
        try:
            capture_actions.stop(capture_id=found.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
    return redirect("evidence:capture", reference, capture_id)


@requires(Permission.EVIDENCE_CAPTURE, methods=("POST",))
@one_use
def again(request: SignedInRequest, reference: str, capture_id: UUID) -> HttpResponse:
    """Capture the same page once more, without media unless this person may ask for them."""
    with acting_as(request.actor):
        old = _capture(request, reference, capture_id)
        if old.with_media and not request.user.may(Permission.EVIDENCE_LOOK):
            messages.error(request, _("A colleague who may look at material has to ask for pictures again."))
            return redirect("evidence:capture", reference, capture_id)
        try:
            made = capture_actions.request_again(capture_id=old.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("evidence:capture", reference, capture_id)
    return redirect("evidence:capture", reference, made.pk)


@requires(Permission.EVIDENCE_CAPTURE, methods=("POST",))
@one_use
def stop_all(request: SignedInRequest, reference: str) -> HttpResponse:
    """Stop every capture of a case that waits or runs."""
    with acting_as(request.actor):
        case = _case(request, reference)
        try:
            stopped = capture_actions.stop_all(case_id=case.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
        else:
            said = ngettext("%(n)d capture was stopped.", "%(n)d captures were stopped.", stopped) % {"n": stopped}
            messages.success(request, said)
    return redirect("evidence:captures", reference)


def _is_away(found: Capture) -> bool:
    return found.is_under_way and pulse.is_quiet(pulse.CAPTURE, now=timezone.now())


def _case(request: SignedInRequest, reference: str) -> Case:
    """Return a case whose evidence may be seen; for one that is locked for age nothing of this exists."""
    visible = Case.objects.visible_to(request.actor).select_related("owner")
    case: Case = get_object_or_404(visible, reference=reference)
    if case.is_age_locked:
        raise Http404
    return case


def _capture(request: SignedInRequest, reference: str, capture_id: UUID) -> Capture:
    visible = Capture.objects.visible_to(request.actor).filter(case=_case(request, reference))
    found: Capture = get_object_or_404(visible.select_related("case", "exhibit", "requested_by"), pk=capture_id)
    return found


def _list(request: SignedInRequest, case: Case, form: CaptureForm) -> HttpResponse:
    every = Capture.objects.visible_to(request.actor).filter(case=case)
    waiting = every.under_way().count()
    context = case_page(
        request,
        case,
        tab="exhibits",
        lines=lines(list(every.for_rows()[:MOST_SHOWN])),
        form=form,
        offer=Offer(case, request.user),
        waiting=waiting,
        is_away=bool(waiting) and pulse.is_quiet(pulse.CAPTURE, now=timezone.now()),
    )
    return render(request, "evidence/capture_list.html", context, status=422 if form.is_bound else 200)


def _context(request: SignedInRequest, found: Capture) -> dict[str, Any]:
    others = Capture.objects.visible_to(request.actor).filter(case=found.case).select_related("exhibit")
    same = others.filter(link_id=found.link_id) if found.link_id else others.filter(link_id=None, site=found.site)
    line = [one for one in same.order_by("requested_at", "pk") if found.link_id or one.address == found.address]
    rows = rows_of(line)
    made = Derivative.objects.visible_to(request.actor).filter(exhibit=found.exhibit, kind__in=PARTS)
    return case_page(
        request,
        found.case,
        tab="exhibits",
        capture=found,
        row=next(row for row in rows if row.capture.pk == found.pk),
        line=list(reversed(rows)),
        offer=Offer(found.case, request.user),
        derivatives=sorted(made, key=lambda part: PARTS.index(part.kind)) if found.exhibit else [],
        is_under_way=found.is_under_way,
        is_away=_is_away(found),
        is_kept=found.state == CaptureState.KEPT,
        changes_url=reverse("evidence:capture_changes", args=[found.case.reference, found.pk]),
    )
