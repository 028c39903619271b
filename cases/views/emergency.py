"""Emergency access: open a case that is not yours when somebody cannot wait."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import emergency as emergency_actions
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission


class EmergencyForm(CleanedForm):
    """Which case, and why now."""

    reference = PlainText(label=gettext_lazy("Case number"), max_length=20, help_text=gettext_lazy("Like C-2047."))
    reason = PlainText(
        label=gettext_lazy("Why can it not wait?"),
        help_text=gettext_lazy("A supervisor reads this today. It stays in the record."),
        several_lines=True,
        max_length=500,
    )
    missing = {
        "reference": gettext_lazy("Write the case number."),
        "reason": gettext_lazy("Write why it cannot wait."),
    }


@requires(Permission.CASE_BREAK_GLASS, methods=("GET", "POST"), step_up=True)
@one_use
def emergency(request: SignedInRequest) -> HttpResponse:
    """Ask for a case number and a reason; a POST opens the case, or answers the same for every other number."""
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reference = form.cleaned_data["reference"].upper()
        with acting_as(request.actor):
            found = emergency_actions.open_case(
                reference=reference, reason=form.cleaned_data["reason"], by=request.actor, at=timezone.now()
            )
        if found is not None:
            messages.info(request, _("Everything you open is in the record. A supervisor will ask what you found."))
            return redirect("cases:case", found.reference)
        form.add_error("reference", _("Nothing was opened with this number. Check it. This try was recorded."))
    return render(request, "cases/emergency.html", {"form": form}, status=422 if form.is_bound else 200)
