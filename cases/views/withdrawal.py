"""What a client wants stopped, deleted or smaller: staff answer it, and say more of the page again when asked to."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import portal_use, withdrawal
from cases.forms import CleanedForm
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove, PortalUse, WithdrawalOutcome
from cases.views.client import ConfirmForm
from cases.views.party import case_of


class AnswerForm(ConfirmForm):
    """What became of it, and how it was made sure that the client meant it."""

    outcome = forms.ChoiceField(label=gettext_lazy("What became of it?"), choices=WithdrawalOutcome.choices)


class UseForm(CleanedForm):
    """How much of the page the client wants."""

    use = forms.ChoiceField(label=gettext_lazy("How much of the page do they want?"), choices=PortalUse.choices)


@requires(Permission.CLIENT_MESSAGE, methods=("POST",))
@one_use
def answer(request: SignedInRequest, reference: str) -> HttpResponse:
    """Record what became of a withdrawal."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what became of it, and how you made sure."))
        return redirect("cases:client", reference)
    try:
        with acting_as(request.actor):
            withdrawal.answer(
                case_id=case_of(request, reference).pk,
                outcome=form.cleaned_data["outcome"],
                confirmed=form.cleaned_data["how"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:client", reference)


@requires(Permission.CLIENT_INVITE, methods=("POST",))
@one_use
def choose_use(request: SignedInRequest, reference: str) -> HttpResponse:
    """Keep how much of the page a client wants."""
    form = UseForm(request.POST)
    if form.is_valid():
        with acting_as(request.actor):
            portal_use.choose(
                case_id=case_of(request, reference).pk,
                use=PortalUse(form.cleaned_data["use"]),
                by=request.actor,
                at=timezone.now(),
            )
        messages.success(request, _("Saved."))
    return redirect("cases:client", reference)
