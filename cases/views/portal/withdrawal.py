"""Take the case back: stop at once, ask to delete, and change one's mind for seven days."""

from django import forms
from django.contrib import messages as notices
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import portal
from cases.actions import withdrawal
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest
from cases.models import Withdrawal, WithdrawalWish
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page


class WithdrawForm(CleanedForm):
    """What to stop, and whether to delete. Nothing is chosen beforehand."""

    wishes = forms.MultipleChoiceField(
        label=gettext_lazy("What would you like us to do?"),
        help_text=gettext_lazy("You can choose more than one."),
        widget=forms.CheckboxSelectMultiple,
        choices=WithdrawalWish.choices,
    )
    words = PlainText(
        label=gettext_lazy("Anything we should know"), several_lines=True, required=False, max_length=2000
    )
    missing = {"wishes": gettext_lazy("Choose at least one.")}


HINTS = {
    WithdrawalWish.STOP_NOTICES.value: gettext_lazy("At once. What is down stays down; nothing more is asked."),
    WithdrawalWish.STOP_CONTACT.value: gettext_lazy("At once. You can still come back to this page."),
    WithdrawalWish.DELETE.value: gettext_lazy(
        "We first make sure that it is you, and say what we delete and what we must keep."
    ),
}


@client_page(Permission.PORTAL_CONTACT, stage=Stage.PIN, methods=("GET", "POST"))
def withdraw(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Ask what to stop. It stops with the press; what is deleted is decided with the client."""
    standing = Withdrawal.objects.visible_to(request.actor).standing().filter(case=visit.case).first()
    form = WithdrawForm(request.POST or None)
    form.fields["wishes"].hints = HINTS  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        wishes = [WithdrawalWish(wish) for wish in form.cleaned_data["wishes"]]
        words = form.cleaned_data["words"]
        withdrawal.withdraw(case_id=visit.case.pk, wishes=wishes, words=words, by=request.actor, at=visit.at)
        return HttpResponseRedirect(reverse("portal:withdraw"))
    context = {"form": form, "standing": standing, "back_url": visit.resume_url()}
    return portal.show(request, "portal/withdraw.html", context, exact=True, status=422 if form.is_bound else 200)


@client_page(Permission.PORTAL_CONTACT, stage=Stage.PIN, methods=("POST",))
def take_back(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Change one's mind."""
    withdrawal.take_back(case_id=visit.case.pk, by=request.actor, at=visit.at)
    notices.success(request, _("Done. Nothing will be deleted. What was stopped stays stopped until you tell us."))
    return HttpResponseRedirect(reverse("portal:withdraw"))
