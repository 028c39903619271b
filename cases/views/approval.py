"""Requests for a second person: what waits for me, one of them, yes and no."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import approvals
from cases.access import acting_as
from cases.actions import approval as actions
from cases.actions import second
from cases.approval_page import (
    DECIDED_SHOWN,
    ON_YES,
    TONES,
    announced_for,
    panel_of,
    row_of,
    waiting_for,
    who_decides,
)
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Approval, ApprovalKind, ApprovalState, ApprovalVia, Case
from cases.permissions import Permission
from cases.states import IllegalMove

CODE_SHOWN_ONCE = "trustee_code"


class AnswerForm(CleanedForm):
    """A no with its reason; a yes needs none."""

    why = PlainText(label=gettext_lazy("Why not"), several_lines=True, max_length=1000, required=False)


class TrusteeForm(CleanedForm):
    """Which trustee is asked."""

    trustee = forms.ChoiceField(label=gettext_lazy("Trustee"), choices=[])

    def __init__(self, *args: Any, trustees: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trustee"].choices = [(one, one) for one in trustees]  # type: ignore[attr-defined]


@requires(Permission.HOME)
def approvals_list(request: SignedInRequest) -> HttpResponse:
    """List what waits for the person, what they asked themselves, what can be stopped, and what was decided."""
    user, actor = request.user, request.actor
    mine = waiting_for(user, actor)
    own = Approval.objects.visible_to(actor).filter(asked_by=user).waiting().for_rows()
    known = {row.pk for row in mine}
    decided = Approval.objects.visible_to(actor).exclude(state=ApprovalState.WAITING).for_rows()
    context = {
        "now": timezone.now(),
        "mine": [row_of(row, user, may_decide=True) for row in mine],
        "own": [row_of(row, user) for row in own],
        "announced": [row_of(row, user) for row in announced_for(user, actor) if row.pk not in known],
        "decided": [row_of(row, user) for row in decided.order_by("-decided_at", "pk")[:DECIDED_SHOWN]],
    }
    return render(request, "cases/approvals.html", context)


def _found(request: SignedInRequest, approval_id: UUID) -> Approval:
    rows = Approval.objects.visible_to(request.actor).for_rows()
    found: Approval = get_object_or_404(rows, pk=approval_id)
    return found


def _page(request: SignedInRequest, row: Approval, form: AnswerForm | None = None) -> HttpResponse:
    """Render one request; inside `acting_as`."""
    now, user = timezone.now(), request.user
    sees = row.case_id is None or Case.objects.visible_to(request.actor).filter(pk=row.case_id).exists()
    is_own = row.asked_by_id == user.pk
    may_decide = row.is_waiting and approvals.may_grant(
        row.kind, permissions=user.permissions(), is_asker=is_own, sees_case=sees
    )
    waits = row.is_waiting and is_own
    instead = approvals.instead_of_a_colleague(row.kind, team=actions.team_size()) if waits else frozenset()
    trustees = second.trustees() if ApprovalVia.TRUSTEE in instead else []
    shown = request.session.pop(CODE_SHOWN_ONCE, None) if is_own else None
    context = {
        "now": now,
        "row": row,
        "kind": str(ApprovalKind(row.kind).label),
        "tone": TONES.get(ApprovalState(row.state), ""),
        "words": row.words() if sees or is_own else {},
        "sees": sees,
        "on_yes": ON_YES[ApprovalKind(row.kind)],
        "panel": panel_of(row, request.actor, at=now) if sees else None,
        "may_decide": may_decide,
        "may_stop": row.is_waiting and row.via == ApprovalVia.DELAY and not is_own and not may_decide,
        "is_own": is_own,
        "waits_for": who_decides(row) if row.is_waiting else "",
        "form": form or AnswerForm(),
        "trustee_form": TrusteeForm(trustees=trustees) if trustees else None,
        "may_announce": ApprovalVia.DELAY in instead and row.via != ApprovalVia.DELAY,
        "shown": shown if shown and shown["approval"] == str(row.pk) else None,
    }
    return render(request, "cases/approval.html", context, status=422 if form and form.errors else 200)


@requires(Permission.HOME)
def approval(request: SignedInRequest, approval_id: UUID) -> HttpResponse:
    """Show one request: what, who, why, and what a yes does."""
    return _page(request, _found(request, approval_id))


@requires(Permission.HOME, methods=("POST",), step_up=True)
@one_use
def decide(request: SignedInRequest, approval_id: UUID) -> HttpResponse:
    """Say yes, no, stop, or take one's own request back."""
    form = AnswerForm(request.POST)
    asked = request.POST.get("do", "")
    with acting_as(request.actor):
        row = _found(request, approval_id)
        if not form.is_valid():
            return _page(request, row, form)
        if asked in ("refuse", "stop") and not form.cleaned_data["why"]:
            form.add_error("why", _("Say why, so that they know what to change."))
            return _page(request, row, form)
    why, by, at = form.cleaned_data["why"], request.actor, timezone.now()
    try:
        with acting_as(by):
            if asked == "grant":
                _say_granted(request, actions.grant(approval_id=row.pk, by=by, at=at))
            elif asked == "refuse":
                actions.refuse(approval_id=row.pk, why=why, by=by, at=at)
                messages.success(request, _("You said no. They read why."))
            elif asked == "stop":
                actions.stop(approval_id=row.pk, why=why, by=by, at=at)
                messages.success(request, _("It is stopped."))
            elif asked == "withdraw":
                actions.withdraw(approval_id=row.pk, by=by, at=at)
                messages.success(request, _("You took it back."))
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    # Whoever stops something need not see its page any more.
    return redirect("cases:approvals") if asked == "stop" else redirect("cases:approval", row.pk)


def _say_granted(request: SignedInRequest, row: Approval) -> None:
    if row.state == ApprovalState.GRANTED:
        messages.success(request, _("You said yes. It is done."))
    else:
        messages.error(request, _("You said yes, but it could not be done: %(why)s") % {"why": row.words()["answer"]})


@requires(Permission.HOME, methods=("POST",), step_up=True)
@one_use
def instead(request: SignedInRequest, approval_id: UUID) -> HttpResponse:
    """Where no colleague can be the second: ask a trustee, or let it go ahead after 24 hours."""
    by, at = request.actor, timezone.now()
    with acting_as(by):
        row = _found(request, approval_id)
    try:
        with acting_as(by):
            if request.POST.get("do") == "announce":
                second.announce(approval_id=row.pk, by=by, at=at)
                messages.success(
                    request, _("Everybody was told. It goes ahead after 24 hours unless somebody stops it.")
                )
            else:
                asked = second.ask_trustee(approval_id=row.pk, trustee=request.POST.get("trustee", ""), by=by, at=at)
                request.session[CODE_SHOWN_ONCE] = {
                    "approval": str(row.pk),
                    "code": f"{asked.code[:3]} {asked.code[3:]}",
                    "trustee": asked.trustee,
                }
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:approval", row.pk)
