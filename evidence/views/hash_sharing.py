"""Hash-sharing: what StopNCII is, that the client used it, who may have fingerprints, and the list for one of them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import export as export_actions
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.helplines import helplines
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Consent, ConsentBasis, ExportState, Power
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import hash_sharing as actions
from evidence.matching import services
from evidence.matching.export_list import KIND
from evidence.models import HashRelease, HashService, HashServiceUse


class UseForm(CleanedForm):
    """That the client used a service themselves."""

    service = forms.ChoiceField(label=gettext_lazy("Which service"), choices=HashService.choices)
    name = PlainText(label=gettext_lazy("Its name, if another"), required=False, max_length=100)
    done_on = forms.DateField(
        label=gettext_lazy("On which day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    number = PlainText(
        label=gettext_lazy("Case number they were given"),
        help_text=gettext_lazy("Only if they want us to keep it. Never the PIN."),
        required=False,
        max_length=60,
    )
    missing = {"done_on": gettext_lazy("Give the day on which they did it.")}


class RecipientForm(CleanedForm):
    """Who may have the fingerprints of the case."""

    recipient = PlainText(label=gettext_lazy("Who may have them"), max_length=200)
    purpose = PlainText(label=gettext_lazy("What for"), required=False, max_length=300)
    basis = forms.ChoiceField(
        label=gettext_lazy("How did the client agree?"),
        choices=[choice for choice in ConsentBasis.choices if choice[0] != ConsentBasis.ORAL],
        widget=forms.RadioSelect,
    )
    missing = {
        "recipient": gettext_lazy("Name one programme or company."),
        "basis": gettext_lazy("Choose how they agreed."),
    }


@requires(Permission.EVIDENCE_VIEW)
def hash_sharing(request: SignedInRequest, reference: str) -> HttpResponse:
    """Explain, and show what was noted and agreed."""
    case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    if case.is_age_locked:
        return redirect("cases:case", reference)
    return _page(request, case)


def _page(
    request: SignedInRequest, case: Case, *, use: UseForm | None = None, recipient: RecipientForm | None = None
) -> HttpResponse:
    known = helplines()
    used = HashServiceUse.objects.visible_to(request.actor).filter(case=case).told()
    releases = HashRelease.objects.visible_to(request.actor).filter(case=case).standing()
    bound = use or recipient
    context: dict[str, Any] = case_page(
        request,
        case,
        tab="exhibits",
        about=services.ABOUT,
        compiled=services.COMPILED,
        adults=known[services.ADULTS],
        under_18=known[services.UNDER_18],
        used=list(used),
        releases=list(releases),
        use_form=use or UseForm(initial={"done_on": timezone.localdate()}, prefix="use"),
        recipient_form=recipient or RecipientForm(prefix="to"),
        form=bound,
        agrees=Consent.objects.visible_to(request.actor).filter(case=case).allows(Power.KEEP_FINGERPRINT),
        may_match=request.user.may(Permission.FINGERPRINT_MATCH),
        may_add=request.user.may(Permission.EVIDENCE_ADD),
        may_export=request.user.may(Permission.EXPORT_MAKE),
    )
    return render(request, "evidence/matching_sharing.html", context, status=422 if bound else 200)


def _case(request: SignedInRequest, reference: str) -> Case:
    case: Case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    return case


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
@one_use
def note_hash_service(request: SignedInRequest, reference: str) -> HttpResponse:
    """Note that the client used such a service."""
    with acting_as(request.actor):
        case = _case(request, reference)
    form, at = UseForm(request.POST, prefix="use"), timezone.now()
    if form.is_valid():
        given = form.cleaned_data
        try:
            with acting_as(request.actor):
                actions.note_use(
                    case_id=case.pk,
                    service=HashService(given["service"]),
                    name=given["name"],
                    done_on=given["done_on"],
                    number=given["number"],
                    by=request.actor,
                    at=at,
                )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted. It stands in the record of the case."))
            return redirect("evidence:hash_sharing", reference)
    with acting_as(request.actor):
        return _page(request, case, use=form)


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
@one_use
def take_back_hash_service(request: SignedInRequest, reference: str, hash_service_use_id: UUID) -> HttpResponse:
    """Take such a note back."""
    with acting_as(request.actor):
        rows = HashServiceUse.objects.visible_to(request.actor).filter(case__reference=reference)
        row = get_object_or_404(rows, pk=hash_service_use_id)
    try:
        with acting_as(request.actor):
            actions.take_back_use(hash_service_use_id=row.pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back. The record keeps that it stood here."))
    return redirect("evidence:hash_sharing", reference)


@requires(Permission.FINGERPRINT_MATCH, methods=("POST",))
@one_use
def agree_hash_release(request: SignedInRequest, reference: str) -> HttpResponse:
    """Write down that one recipient may have the fingerprints."""
    with acting_as(request.actor):
        case = _case(request, reference)
    form = RecipientForm(request.POST, prefix="to")
    if form.is_valid():
        given = form.cleaned_data
        try:
            with acting_as(request.actor):
                actions.agree(
                    case_id=case.pk,
                    recipient=given["recipient"],
                    purpose=given["purpose"],
                    basis=ConsentBasis(given["basis"]),
                    by=request.actor,
                    at=timezone.now(),
                )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Kept. A supervisor can now ask for the list."))
            return redirect("evidence:hash_sharing", reference)
    with acting_as(request.actor):
        return _page(request, case, recipient=form)


def _release(request: SignedInRequest, reference: str, hash_release_id: UUID) -> HashRelease:
    rows = HashRelease.objects.visible_to(request.actor).filter(case__reference=reference)
    row: HashRelease = get_object_or_404(rows, pk=hash_release_id)
    return row


@requires(Permission.FINGERPRINT_MATCH, methods=("POST",))
@one_use
def end_hash_release(request: SignedInRequest, reference: str, hash_release_id: UUID) -> HttpResponse:
    """Take a yes to one recipient back."""
    with acting_as(request.actor):
        row = _release(request, reference, hash_release_id)
    try:
        with acting_as(request.actor):
            actions.end(hash_release_id=row.pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Ended. Lists that were made for it cannot be fetched any more."))
    return redirect("evidence:hash_sharing", reference)


@requires(Permission.EXPORT_MAKE, methods=("POST",), step_up=True)
@one_use
def list_fingerprints(request: SignedInRequest, reference: str, hash_release_id: UUID) -> HttpResponse:
    """Ask for the list for one recipient, like any other list that leaves the house."""
    with acting_as(request.actor):
        row = _release(request, reference, hash_release_id)
        reason = _("Fingerprints for %(who)s. %(why)s") % {"who": row.recipient, "why": row.purpose}
    filters = {"case": reference, "since": "", "release": str(row.pk)}
    try:
        with acting_as(request.actor):
            made = export_actions.ask(kind=KIND, filters=filters, reason=reason, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("evidence:hash_sharing", reference)
    waits = made.state == ExportState.WAITING
    said = _("A second person decides. You find it here.") if waits else _("It is being made. You find it here.")
    messages.success(request, said)
    return redirect("cases:exports")
