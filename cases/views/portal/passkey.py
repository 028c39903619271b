"""Come in with a passkey instead of code and PIN."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import passkeys, portal
from cases.actions import passkey
from cases.forms import CleanedForm, PlainText
from cases.http import one_use, open_to_all
from cases.views.portal.door import let_in

ASKING = "passkey_asking"
"""Where the session keeps the question that a passkey must answer; used once."""


class ComeInForm(CleanedForm):
    """What the browser answers."""

    credential = PlainText(widget=forms.HiddenInput, max_length=passkeys.LONGEST)
    missing = {"credential": gettext_lazy("No passkey was used. Press the button again, or use your code and PIN.")}


@open_to_all("the portal's door for a passkey", methods=("GET", "POST"))
@one_use
def come_in(request: HttpRequest) -> HttpResponse:
    """Ask the browser for a passkey, and let its owner in. One answer for every passkey that is not theirs."""
    if portal.signed_in(request):
        return HttpResponseRedirect(reverse("portal:resume"))
    form = ComeInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state = request.session.pop(ASKING, None)
        user = None
        if state:
            user = passkey.come_in(answer=form.cleaned_data["credential"], state=state, at=timezone.now())
        if user is not None:
            return let_in(request, user)
        form.add_error(None, _("That passkey does not open anything here. Use your code and PIN."))
    asked, request.session[ASKING] = passkeys.ask_to_come_in()
    context = {"form": form, "asked": asked, "back_url": reverse("portal:door")}
    return portal.show(request, "portal/passkey.html", context, status=422 if form.is_bound else 200)
