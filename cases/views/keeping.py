"""What of a case is kept, held, announced to go or gone; and the holds that forbid it."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import hold as hold_actions
from cases.actions.removal import closed_case
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Approval, ApprovalKind, Case, Closing, Erasure, Hold, Removal, RetentionRule
from cases.permissions import Permission
from cases.retention import OF_A_CASE, applies, goes_on, limitations
from cases.states import CaseState, IllegalMove

DAY = {"type": "date"}


class HoldForm(CleanedForm):
    """Why, and until when."""

    reason = PlainText(
        label=gettext_lazy("Why is everything held?"),
        several_lines=True,
        max_length=1000,
        help_text=gettext_lazy(
            "For example: the police asked for it, or the client has a lawyer. It can be read in court."
        ),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs=DAY),
        help_text=gettext_lazy("Leave it empty to hold it until two people lift it."),
    )
    missing = {"reason": gettext_lazy("Say why: it is read when the hold is looked at again.")}


class WhyForm(CleanedForm):
    """A reason that a second person decides by."""

    reason = PlainText(label=gettext_lazy("Why is it not needed any more?"), several_lines=True, max_length=1000)
    missing = {"reason": gettext_lazy("Say why: a second person decides by it.")}


class ReopenForm(CleanedForm):
    """Why a case is opened again."""

    why = PlainText(label=gettext_lazy("Why is it opened again?"), max_length=300)
    missing = {"why": gettext_lazy("Say why it is opened again.")}


class RemarkForm(CleanedForm):
    """What was found when a hold was looked at again."""

    remark = PlainText(label=gettext_lazy("Why is it still needed?"), max_length=300)
    missing = {"remark": gettext_lazy("Say why it is still needed.")}


def found_case(request: SignedInRequest, reference: str) -> Case:
    """Return a case that the person may see; one that is locked for age only for who answers for it."""
    rows = Case.objects.visible_to(request.actor).select_related("owner")
    case: Case = get_object_or_404(rows, reference=reference)
    if case.is_age_locked and not case.is_supervised_by(request.actor):
        raise Http404
    return case


def keeping_page(request: SignedInRequest, reference: str, *, status: int = 200, **bound: CleanedForm) -> HttpResponse:
    """Render the page; forms with errors keep what was typed."""
    with acting_as(request.actor):
        case = found_case(request, reference)
        now = timezone.now()
        holds = list(Hold.objects.visible_to(request.actor).filter(case=case).order_by("lifted_at", "-set_at", "pk"))
        standing = {row.pk for row in Hold.objects.standing(on=now.date()).filter(case=case)}
        asked = Approval.objects.visible_to(request.actor).waiting().filter(case=case)
        lifts = {row.subject_id: row for row in asked.filter(kind=ApprovalKind.HOLD_LIFT)}
        context = case_page(
            request,
            case,
            tab="keeping",
            now=now,
            closing=Closing.objects.visible_to(request.actor).standing().filter(case=case).first(),
            holds=[{"row": row, "stands": row.pk in standing, "asked": lifts.get(row.pk)} for row in holds],
            is_held=bool(standing),
            schedule=schedule(case, on=now.date()),
            removals=list(Removal.objects.visible_to(request.actor).filter(case=case).order_by("-announced_at", "pk")),
            erasure=Erasure.objects.filter(case=case).order_by("-granted_at").first(),
            erasure_asked=asked.filter(kind=ApprovalKind.ERASURE).first(),
            hold_form=bound.get("hold_form") or HoldForm(),
            why_form=bound.get("why_form") or WhyForm(),
            reopen_form=bound.get("reopen_form") or ReopenForm(),
            remark_form=bound.get("remark_form") or RemarkForm(),
            form=next(iter(bound.values()), None),
            may=rights(request, case),
        )
        return render(request, "cases/keeping.html", context, status=status)


def rights(request: SignedInRequest, case: Case) -> dict[str, bool]:
    """Return what the person may do here, for the page to offer nothing else."""
    may = request.user.may
    is_closed = case.state == CaseState.CLOSED
    return {
        "close": may(Permission.CASE_CLOSE) and not is_closed,
        "watch": may(Permission.CASE_CLOSE) and case.state == CaseState.ACTIVE,
        "reopen": may(Permission.CASE_CLOSE) and case.state in (CaseState.CLOSED, CaseState.MONITORING),
        "hold": may(Permission.HOLD_SET),
        "lift": may(Permission.HOLD_LIFT),
        "erase": may(Permission.CASE_ERASE) and is_closed,
    }


def schedule(case: Case, *, on: date) -> list[dict[str, Any]]:
    """Return what goes when by the rules of today, for the classes that apply; a live case has no days."""
    rules = RetentionRule.objects.all().in_force()
    facts = closed_case(case, on=on)
    known = bool(limitations(case.country))
    return [
        {"label": kind.label, "day": goes_on(kind, facts, rules), "known": known}
        for kind in OF_A_CASE
        if applies(kind, facts.wish)
    ]


@requires(Permission.CASE_VIEW)
def keeping(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show what of a case is kept and until when."""
    return keeping_page(request, reference)


@requires(Permission.HOLD_SET, methods=("POST",), step_up=True)
@one_use
def set_hold(request: SignedInRequest, reference: str) -> HttpResponse:
    """Set a legal hold."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        return keeping_page(request, reference, status=422, hold_form=form)
    try:
        with acting_as(request.actor):
            case = found_case(request, reference)
            hold_actions.set_hold(
                case_id=case.pk,
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return keeping_page(request, reference, status=422, hold_form=form)
    messages.success(request, _("Held. Nothing of this case is destroyed while the hold stands."))
    return redirect("cases:keeping", reference)


def _hold(request: SignedInRequest, reference: str, hold_id: UUID) -> Hold:
    case = found_case(request, reference)
    hold: Hold = get_object_or_404(Hold.objects.visible_to(request.actor).filter(case=case), pk=hold_id)
    return hold


@requires(Permission.HOLD_SET, methods=("POST",), step_up=True)
@one_use
def review_hold(request: SignedInRequest, reference: str, hold_id: UUID) -> HttpResponse:
    """Say that a hold is still needed."""
    form = RemarkForm(request.POST)
    with acting_as(request.actor):
        _hold(request, reference, hold_id)
    if not form.is_valid():
        return keeping_page(request, reference, status=422, remark_form=form)
    try:
        with acting_as(request.actor):
            remark = form.cleaned_data["remark"]
            hold_actions.review(hold_id=hold_id, remark=remark, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Noted. It is looked at again within 90 days."))
    return redirect("cases:keeping", reference)


@requires(Permission.HOLD_LIFT, methods=("POST",), step_up=True)
@one_use
def lift_hold(request: SignedInRequest, reference: str, hold_id: UUID) -> HttpResponse:
    """Ask a second person to lift a hold."""
    form = WhyForm(request.POST)
    with acting_as(request.actor):
        _hold(request, reference, hold_id)
    if not form.is_valid():
        return keeping_page(request, reference, status=422, why_form=form)
    try:
        with acting_as(request.actor):
            reason = form.cleaned_data["reason"]
            hold_actions.ask_to_lift(hold_id=hold_id, reason=reason, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Asked. A second person decides; until then it is held."))
    return redirect("cases:keeping", reference)
