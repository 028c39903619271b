"""A code and a PIN to come back with. The code is shown until the PIN is kept, then never again."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import doors, portal
from cases.actions import door
from cases.forms import CleanedForm
from cases.http import SignedInRequest
from cases.permissions import Permission
from cases.pin_entry import SECRET, SeenPin, pin_box, wait_words
from cases.portal import Stage, Visit, client_page

FRESH_CODE = "fresh_code"


class PinForm(CleanedForm):
    """A PIN, twice."""

    pin = pin_box(_("Choose a PIN"), _("6 digits. Not a birthday, and not the PIN of your phone."))
    again = pin_box(_("The same PIN again"))
    missing = {"pin": _("Choose a PIN with 6 digits."), "again": _("Enter the same PIN again.")}

    def __init__(self, *args: Any, shown: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if shown:
            for field in self.fields.values():
                field.widget = SeenPin(attrs=SECRET)

    def clean_pin(self) -> str:
        """Refuse a weak PIN and say why."""
        pin = doors.tidy_pin(str(self.cleaned_data["pin"]))
        problem = doors.pin_problem(pin)
        if problem is not None:
            raise forms.ValidationError(problem)
        return pin

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        given: dict[str, Any] = self.cleaned_data
        if "pin" in given and "again" in given and doors.tidy_pin(given["again"]) != given["pin"]:
            self.add_error("again", _("The two PINs are not the same. Enter the PIN again."))
        return given


class NewPinForm(PinForm):
    """A new code and PIN need the PIN of now: an open page alone is not enough."""

    field_order = ["current", "pin", "again"]
    current = pin_box(_("Your PIN now"))
    missing = {**PinForm.missing, "current": _("Enter the PIN that you use now.")}


@client_page(Permission.PORTAL_REPORT, stage=Stage.PIN, methods=("GET", "POST"))
def pin(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Show the code once and keep the PIN."""
    code = request.session.get(FRESH_CODE) or doors.make_code()
    request.session[FRESH_CODE] = code
    shown = "v" in request.GET
    form = (NewPinForm if visit.has_own_code else PinForm)(request.POST or None, shown=shown)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            if visit.has_own_code and not door.pin_is_right(case_id=visit.case.pk, pin=typed["current"], at=visit.at):
                form.add_error("current", _("That is not the PIN you use now."))
            else:
                _save(request, visit, code=code, pin=typed["pin"])
                return HttpResponseRedirect(reverse("portal:resume"))
        except door.Slowed as slowed:
            form.add_error(None, wait_words(slowed))
            status = 429
    context = {"form": form, "code": doors.spoken_code(code), "replaces": visit.has_own_code, "shown": shown}
    return portal.show(request, "portal/pin.html", context, status=status)


def _save(request: SignedInRequest, visit: Visit, *, code: str, pin: str) -> None:
    key = request.session.session_key or ""
    door.save_pin(case_id=visit.case.pk, code=code, pin=pin, by=request.actor, at=visit.at, session_key=key)
    del request.session[FRESH_CODE]
