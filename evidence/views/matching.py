"""What looks alike in a case: pairs in facts, with a word for each, and marks of what was seen before elsewhere."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Consent, Power
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import likeness as actions
from evidence.matching import words
from evidence.models import Fingerprint, FingerprintState, Likeness, LikenessDecision

UNDO = "undo"
SHOWN = 50


@requires(Permission.FINGERPRINT_MATCH)
def likenesses(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the pairs that wait, those that were decided, and what is kept to compare. No picture is on this page."""
    case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    if case.is_age_locked:
        return redirect("cases:case", reference)
    rows = Likeness.objects.visible_to(request.actor).filter(case=case)
    rows = rows.select_related("exhibit", "other", "decided_by")
    waiting = [_pair(row, case) for row in sorted(rows.open()[:SHOWN], key=words.is_thin)]
    decided = rows.inside().exclude(decision="").order_by("-decided_at", "pk")[:SHOWN]
    kept = Fingerprint.objects.visible_to(request.actor).filter(case=case).select_related("exhibit")
    context = case_page(
        request,
        case,
        tab="exhibits",
        waiting=waiting,
        more=max(0, rows.open().count() - len(waiting)),
        decided=[(row, words.reason(row)) for row in decided],
        elsewhere=list(rows.elsewhere().order_by("-found_at", "pk")[:SHOWN]),
        agrees=Consent.objects.visible_to(request.actor).filter(case=case).allows(Power.KEEP_FINGERPRINT),
        kept=kept.filter(state=FingerprintState.MADE).count(),
        unusable=list(kept.exclude(state=FingerprintState.MADE).order_by("exhibit__producer", "exhibit__number")),
        new_ones=kept.to_compare().count(),
        may_decide=request.user.may(Permission.APPROVAL_GIVE),
    )
    return render(request, "evidence/matching.html", context)


def _pair(row: Likeness, case: Case) -> dict[str, Any]:
    both = words.sides(row, case)
    return {
        "row": row,
        "reason": words.reason(row),
        "nearness": words.nearness(row),
        "sides": both,
        "rows": words.beside(both),
    }


@requires(Permission.FINGERPRINT_MATCH, methods=("POST",))
@one_use
def decide_likeness(request: SignedInRequest, reference: str, likeness_id: UUID) -> HttpResponse:
    """Keep "Same" or "Not same", or take it back."""
    with acting_as(request.actor):
        rows = Likeness.objects.visible_to(request.actor).filter(case__reference=reference)
        row = get_object_or_404(rows, pk=likeness_id)
    chosen, at = request.POST.get("decision", ""), timezone.now()
    try:
        with acting_as(request.actor):
            if chosen == UNDO:
                actions.undo(likeness_id=row.pk, by=request.actor, at=at)
            elif chosen in LikenessDecision.values:
                actions.decide(likeness_id=row.pk, decision=LikenessDecision(chosen), by=request.actor, at=at)
            else:
                raise IllegalMove(_("Choose “Same” or “Not same”."))
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("Taken back. It waits again.") if chosen == UNDO else _("Kept. You find it under “Decided”.")
        messages.success(request, said)
    return redirect("evidence:likenesses", reference)
