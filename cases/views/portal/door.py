"""The portal's door: an invitation that only a press can spend, a code with a PIN, and what to do without them."""

from typing import Any

from django import forms
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import languages, portal
from cases.access import acting_as
from cases.accounts import AccountAdapter
from cases.actions import door
from cases.actor import Actor
from cases.forms import CleanedForm, PlainText
from cases.http import one_use, open_to_all
from cases.models import Report, User
from cases.permissions import Permission
from cases.pin_entry import SECRET, SeenPin, wait_words
from cases.portal import Stage, Visit, client_page

BACKEND = "cases.backends.ClientBackend"


class DoorForm(CleanedForm):
    """Code and PIN. What is wrong with them is never said: only that they do not match."""

    code = PlainText(
        label=gettext_lazy("Your code"),
        help_text=gettext_lazy("8 letters and numbers. Spaces do not matter."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    pin = PlainText(
        label=gettext_lazy("Your PIN"),
        help_text=gettext_lazy("6 digits."),
        max_length=20,
        widget=forms.PasswordInput(attrs=SECRET),
    )
    missing = {"code": gettext_lazy("Enter your code."), "pin": gettext_lazy("Enter your PIN.")}

    def __init__(self, *args: Any, shown: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if shown:
            self.fields["pin"].widget = SeenPin(attrs=SECRET)


@open_to_all("the portal's door", methods=("GET", "POST"))
@one_use
def enter(request: HttpRequest) -> HttpResponse:
    """Come back with code and PIN."""
    if portal.signed_in(request):
        return HttpResponseRedirect(reverse("portal:resume"))
    shown = "v" in request.GET
    form = DoorForm(request.POST or None, shown=shown)
    context = {"form": form, "shown": shown}
    if request.method != "POST" or not form.is_valid():
        return portal.show(request, "portal/door.html", context, status=422 if form.is_bound else 200)
    source = AccountAdapter().get_client_ip(request)
    typed = form.cleaned_data
    try:
        user = door.try_code(code=typed["code"], pin=typed["pin"], source=source, at=timezone.now())
    except door.Slowed as slowed:
        form.add_error(None, wait_words(slowed))
        return portal.show(request, "portal/door.html", context, status=429)
    if user is None:
        form.add_error(None, _("That code and PIN do not match."))
        return portal.show(request, "portal/door.html", context, status=422)
    return let_in(request, user)


def let_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign a client in under a new session id and lead them on; nothing that names the way in stays in the address."""
    chosen = request.session.get(languages.SESSION_NAME)
    auth.login(request, user, backend=BACKEND)
    if chosen is None and user.language in languages.offered() and user.language != languages.SOURCE:
        request.session[languages.SESSION_NAME] = user.language
    with acting_as(Actor.client(user)):
        report = Report.objects.visible_to(Actor.client(user)).order_by("-started_at").first()
        idle = report.answers.get("understood", {}).get("idle") if report is not None else None
    if idle:
        request.session["idle_seconds"] = int(idle)
    return HttpResponseRedirect(reverse("portal:resume"))


@open_to_all("an invitation is read before anybody is known", methods=("GET", "POST"))
@one_use
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button; only pressing it spends the invitation, so a mail scanner that looks cannot use it up."""
    if request.method != "POST":
        return portal.show(request, "portal/invite.html")
    user = door.spend_invitation(token=token, at=timezone.now())
    if user is None:
        return portal.show(request, "portal/invite_spent.html", status=410)
    return let_in(request, user)


@open_to_all("help for somebody who cannot come in")
def lost(request: HttpRequest) -> HttpResponse:
    """Say what to do without the code."""
    return portal.show(request, "portal/lost.html", {"back_url": reverse("portal:door")})


@client_page(Permission.PORTAL_REPORT, stage=Stage.ALWAYS)
def resume(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Lead a client to where they left."""
    return HttpResponseRedirect(visit.resume_url())
