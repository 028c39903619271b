"""How an exhibit came: the questions once more, and a correction with its reason."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence import acquisition as facts
from evidence.actions import acquisition as actions
from evidence.forms_upload import CorrectionForm
from evidence.models import EvidenceKind, Exhibit


@requires(Permission.EVIDENCE_ADD, methods=("GET", "POST"))
@one_use
def correct(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Show the questions with the answers that stand, and keep what is corrected beside them."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
        if case.is_age_locked:
            return redirect("cases:case", reference)
        exhibit = get_object_or_404(Exhibit.objects.visible_to(request.actor).filter(case=case), pk=exhibit_id)
        form = CorrectionForm(request.POST or None, initial=_initial(exhibit))
        if request.method != "POST" or not form.is_valid():
            context = case_page(request, case, tab="exhibits", exhibit=exhibit, form=form)
            return render(request, "evidence/acquisition.html", context, status=422 if form.is_bound else 200)
    try:
        with acting_as(request.actor):
            actions.correct(
                exhibit_id=exhibit.pk,
                answers=form.answers(),
                why=form.cleaned_data["why"],
                evidence_kind=EvidenceKind(form.cleaned_data["evidence_kind"]),
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The record is corrected. The one before is kept."))
    return redirect("evidence:exhibit", reference, exhibit.pk)


def _initial(exhibit: Exhibit) -> dict[str, object]:
    record = facts.standing(exhibit)
    answers = dict(record.answers) if record is not None else {}
    found = answers.pop(facts.FOUND_AT, "")
    zone = answers.pop(facts.FOUND_ZONE, "") or timezone.get_current_timezone_name()
    initial: dict[str, object] = {**answers, "evidence_kind": exhibit.evidence_kind, "discovered_zone": zone}
    if found:
        # The field shows the clock of the place where it was found, whatever the reader's own zone is.
        local = datetime.fromisoformat(found).astimezone(ZoneInfo(zone))
        initial["discovered_at"] = local.replace(tzinfo=timezone.get_current_timezone())
    return initial
