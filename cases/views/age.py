"""A case that is locked for age: ask a second person to lift the lock."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import age as actions
from cases.actor import Actor
from cases.case_page import OVERVIEW, case_page
from cases.forms import CleanedForm, PlainText
from cases.helplines import for_country
from cases.http import SignedInRequest, one_use, requires
from cases.models import Approval, ApprovalKind, Case, User
from cases.permissions import Permission
from cases.states import IllegalMove


class UnlockForm(CleanedForm):
    """Why, and who says that everyone shown was an adult."""

    said_by = forms.ChoiceField(
        label=gettext_lazy("Who said that everyone shown was an adult when it was made?"),
        choices=[
            ("client", gettext_lazy("The client")),
            ("caller", gettext_lazy("The caller")),
            ("supporter", gettext_lazy("Somebody who supports the client")),
        ],
        widget=forms.RadioSelect,
    )
    reason = PlainText(
        label=gettext_lazy("Why can the lock go?"),
        help_text=gettext_lazy("What was misunderstood, and how you found out. Never look at material to find out."),
        several_lines=True,
        max_length=2000,
    )
    missing = {"reason": gettext_lazy("Write why: the second person decides by it.")}


def locked_context(case: Case, user: User, actor: Actor, form: UnlockForm | None = None) -> dict[str, Any]:
    """Return what the page of a locked case needs beside the frame; inside `acting_as`."""
    may_unlock = user.may(Permission.AGE_UNLOCK) and case.is_supervised_by(actor)
    waiting = Approval.objects.visible_to(actor).waiting().filter(case=case, kind=ApprovalKind.AGE_UNLOCK).first()
    return {
        "helplines": for_country(case.country, under_18=True)[:4],
        "unlock_form": (form or UnlockForm()) if may_unlock and waiting is None else None,
        "unlock_waits": waiting,
    }


@requires(Permission.AGE_UNLOCK, methods=("POST",), step_up=True)
@one_use
def ask_unlock(request: SignedInRequest, reference: str) -> HttpResponse:
    """Ask a second person to lift the lock of a case."""
    form = UnlockForm(request.POST)
    by = request.actor
    with acting_as(by):
        case = get_object_or_404(Case.objects.visible_to(by).select_related("owner"), reference=reference)
        if not form.is_valid():
            context = case_page(request, case, tab=OVERVIEW, **locked_context(case, request.user, by, form))
            return render(request, "cases/locked.html", context | {"form": form}, status=422)
    given = form.cleaned_data
    try:
        with acting_as(by):
            row = actions.ask_unlock(
                case_id=case.pk, said_by=given["said_by"], reason=given["reason"], by=by, at=timezone.now()
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:case", reference)
    return redirect("cases:approval", row.pk)
