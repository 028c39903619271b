"""Find a person over the whole organisation: the answer is one word, and a supervisor decides what it means."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import look_up as actions
from cases.actions.look_up import Found
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.limits import OverLimit
from cases.models import LookupKind
from cases.permissions import Permission


class LookUpForm(CleanedForm):
    """Whatever is known. Nothing of it is kept."""

    name = PlainText(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Two words or more; their order and accents do not matter."),
        required=False,
        max_length=100,
    )
    phone = PlainText(
        label=gettext_lazy("Phone number"),
        help_text=gettext_lazy("With the country code, like +44 20 7946 0018."),
        required=False,
        max_length=40,
    )
    email = PlainText(label=gettext_lazy("E-mail address"), required=False)
    handle = PlainText(label=gettext_lazy("Account or handle"), required=False)

    def values(self) -> dict[LookupKind, str]:
        """Return what was typed, by kind."""
        kinds = {"name": LookupKind.NAME, "phone": LookupKind.PHONE, "email": LookupKind.EMAIL}
        return {kinds.get(name, LookupKind.ACCOUNT): text for name, text in self.cleaned_data.items() if text}

    def clean(self) -> dict[str, Any]:
        """Something that can be looked up must be there."""
        given: dict[str, Any] = self.cleaned_data
        if not self.errors and not actions.hashes(self.values()):
            self.add_error("name", _("Type a first and last name, a number, an address or a handle."))
        return given


@requires(Permission.PARTY_LOOKUP, methods=("GET", "POST"))
@one_use
def look_up(request: SignedInRequest) -> HttpResponse:
    """Ask; show none, one of yours, or ask the supervisor. The address holds nothing of what was asked."""
    form = LookUpForm(request.POST or None)
    found: Found | None = None
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            with acting_as(request.actor):
                found = actions.ask(values=form.values(), by=request.actor, at=timezone.now())
            status = 200
        except OverLimit:
            messages.error(request, _("You looked up many people in a short time. Wait, or ask your supervisor."))
            status = 429
    with acting_as(request.actor):
        return render(request, "cases/look_up.html", {"form": form, "found": found}, status=status)
