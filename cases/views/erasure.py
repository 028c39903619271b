"""Ask for the erasure of a case; the cases that were erased, each with its certificate."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import erasing, pdf
from cases.access import acting_as
from cases.actions import erasure as erasure_actions
from cases.case_page import case_page
from cases.certificate import certificate
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Erasure, ErasureReason, Event
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.views.keeping import found_case

EVENTS_SHOWN = 500


class EraseForm(CleanedForm):
    """Why, and the alias typed as a check that it is this case."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why is it erased?"), choices=ErasureReason.choices, widget=forms.RadioSelect
    )
    words = PlainText(label=gettext_lazy("In your words, for the second person"), several_lines=True, max_length=1000)
    alias = PlainText(label=gettext_lazy("Type the name of the case, as it stands at the top"), max_length=40)
    missing = {
        "reason": gettext_lazy("Choose why."),
        "words": gettext_lazy("Say why: a second person decides by it."),
        "alias": gettext_lazy("Type the name of the case."),
    }

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_alias(self) -> str:
        """Refuse another case's name."""
        alias = str(self.cleaned_data["alias"])
        if alias.casefold() != self.case.alias.casefold():
            raise forms.ValidationError(_("This is not the name of this case."))
        return alias


@requires(Permission.CASE_ERASE, methods=("GET", "POST"), step_up=True)
@one_use
def erase(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show what would go and what stands against it; a POST asks a second person."""
    with acting_as(request.actor):
        case = found_case(request, reference)
    if request.method != "POST":
        return _page(request, reference, EraseForm(case=case))
    form = EraseForm(request.POST, case=case)
    if not form.is_valid():
        return _page(request, reference, form, status=422)
    try:
        with acting_as(request.actor):
            erasure_actions.ask(
                case_id=case.pk,
                reason=ErasureReason(form.cleaned_data["reason"]),
                words=form.cleaned_data["words"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return _page(request, reference, form, status=409)
    messages.success(request, _("Asked. Nothing is erased until a second person says yes."))
    return redirect("cases:keeping", reference)


def _page(request: SignedInRequest, reference: str, form: EraseForm, *, status: int = 200) -> HttpResponse:
    with acting_as(request.actor):
        case = found_case(request, reference)
        now = timezone.now()
        try:
            erasure_actions.refuse_unless_erasable(case, at=now)
            against = ""
        except IllegalMove as refusal:
            against = str(refusal)
        counts = erasing.in_words(erasing.what_goes(case.pk))
        context = case_page(request, case, tab="keeping", now=now, form=form, against=against, goes=counts)
        return render(request, "cases/erase.html", context, status=status)


@requires(Permission.CASE_ERASE)
def erased(request: SignedInRequest) -> HttpResponse:
    """List every erasure: what waits, what is done."""
    return render(
        request,
        "cases/erased.html",
        {"rows": list(Erasure.objects.visible_to(request.actor).for_rows()), "now": timezone.now()},
    )


def _erasure(request: SignedInRequest, erasure_id: UUID) -> Erasure:
    rows = (
        Erasure.objects.visible_to(request.actor)
        .select_related("case", "asked_by", "granted_by")
        .filter(erased_at__isnull=False)
    )
    found: Erasure = get_object_or_404(rows, pk=erasure_id)
    return found


def _counts(row: Erasure) -> list[tuple[str, int]]:
    return erasing.in_words({name: number for name, number in row.counts.items() if name != "stored_files"})


@requires(Permission.CASE_ERASE)
def tombstone(request: SignedInRequest, erasure_id: UUID) -> HttpResponse:
    """Show what is left of an erased case: reference, dates, the certificate, and when what kind of thing happened."""
    row = _erasure(request, erasure_id)
    events = Event.objects.filter(case=row.case).order_by("seq").values("seq", "at", "kind", "actor_kind")
    context = {"row": row, "facts": certificate(row), "counts": _counts(row), "events": list(events[:EVENTS_SHOWN])}
    return render(request, "cases/tombstone.html", context)


@requires(Permission.CASE_ERASE)
def certificate_json(request: SignedInRequest, erasure_id: UUID) -> HttpResponse:
    """Hand out the certificate as JSON."""
    row = _erasure(request, erasure_id)
    answer = JsonResponse(certificate(row), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="erasure-{row.case.reference}.json"'
    return answer


@requires(Permission.CASE_ERASE)
def certificate_pdf(request: SignedInRequest, erasure_id: UUID) -> HttpResponse:
    """Hand out the certificate as a PDF."""
    row = _erasure(request, erasure_id)
    facts = certificate(row)
    context = {"row": row, "facts": facts, "counts": _counts(row)}
    page = render_to_string("cases/certificate.html", context)
    answer = HttpResponse(pdf.render(page), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="erasure-{row.case.reference}.pdf"'
    return answer
