"""Who has been here: open visits and last openings, ended with one press; passkeys; how much of this page there is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as notices
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import keys, passkeys, portal
from cases.actions import door, passkey, portal_use
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest
from cases.models import Passkey, Session
from cases.permissions import Permission
from cases.pin_entry import SECRET, SeenPin, pin_box, wait_words
from cases.portal import Stage, Visit, client_page
from cases.states import PortalUse

MAKING = "passkey_making"
"""Where the session keeps the question that a new passkey must answer."""
OPENINGS_SHOWN = 8


class LessForm(CleanedForm):
    """Less of this page."""

    use = forms.ChoiceField(
        label=gettext_lazy("How much of this page do you want?"),
        widget=forms.RadioSelect,
        choices=(
            (PortalUse.MESSAGES.value, gettext_lazy("Messages only")),
            (PortalUse.NONE.value, gettext_lazy("No page at all: close it now")),
        ),
    )
    missing = {"use": gettext_lazy("Choose one.")}


class PasskeyForm(CleanedForm):
    """A new passkey needs the PIN of now: an open page alone is not enough."""

    current = pin_box(gettext_lazy("Your PIN now"))
    credential = PlainText(widget=forms.HiddenInput, max_length=passkeys.LONGEST)
    missing = {
        "current": gettext_lazy("Enter the PIN that you use now."),
        "credential": gettext_lazy("The passkey was not made. Press the button again."),
    }

    def __init__(self, *args: Any, shown: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if shown:
            self.fields["current"].widget = SeenPin(attrs=SECRET)


def _openings() -> list[datetime]:
    """Return when this client's page was opened: the database gives times only, and only of their own case."""
    with connection.cursor() as cursor:
        cursor.execute("select recourse_own_openings()")
        return [row[0] for row in cursor.fetchall()][:OPENINGS_SHOWN]


def _visits(request: SignedInRequest, at: datetime) -> list[dict[str, Any]]:
    mine = keys.token_hash(request.session.session_key or "")
    live = Session.objects.filter(user=request.user, idle_until__gt=at, ends_at__gt=at).order_by("-seen_at")
    return [{"visit": row, "here": bytes(row.key_hash) == mine} for row in live]


@client_page(Permission.PORTAL_ACCESS, stage=Stage.PIN)
def access(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Show open visits, last openings and passkeys."""
    visits = _visits(request, visit.at)
    context = {
        "visits": visits,
        "others": len(visits) > 1,
        "openings": _openings(),
        "passkeys": Passkey.objects.filter(user=request.user).order_by("made_at"),
        "has_own_code": visit.has_own_code,
        "less_form": LessForm(),
        "use": visit.case.portal_use,
        "back_url": visit.resume_url(),
    }
    return portal.show(request, "portal/access.html", context)


@client_page(Permission.PORTAL_ACCESS, stage=Stage.PIN, methods=("POST",))
def end_others(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """End every visit but this one."""
    key = request.session.session_key or ""
    door.end_other_visits(case_id=visit.case.pk, session_key=key, by=request.actor, at=visit.at)
    notices.success(request, _("Done. Only this visit is open."))
    return HttpResponseRedirect(reverse("portal:access"))


@client_page(Permission.PORTAL_ACCESS, stage=Stage.PIN, methods=("POST",))
def less(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Keep that a client wants less of the page; no page at all closes it in the same moment."""
    form = LessForm(request.POST)
    if not form.is_valid():
        notices.error(request, _("Choose one."))
        return HttpResponseRedirect(reverse("portal:access"))
    use = PortalUse(form.cleaned_data["use"])
    portal_use.choose(case_id=visit.case.pk, use=use, by=request.actor, at=visit.at)
    if use == PortalUse.NONE:
        request.session.flush()
        return HttpResponseRedirect(reverse("portal:ended"))
    return HttpResponseRedirect(reverse("portal:messages"))


@client_page(Permission.PORTAL_ACCESS, stage=Stage.REPORT, methods=("GET", "POST"))
def passkey_new(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Make a passkey on this phone or computer, after the PIN."""
    shown = "v" in request.GET
    form = PasskeyForm(request.POST or None, shown=shown)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        state = request.session.pop(MAKING, None)
        made = passkeys.made(form.cleaned_data["credential"], state=state) if state else None
        try:
            if not door.pin_is_right(case_id=visit.case.pk, pin=form.cleaned_data["current"], at=visit.at):
                form.add_error("current", _("That is not the PIN you use now."))
            elif made is None:
                form.add_error(None, _("The passkey was not made. Press the button again."))
            else:
                user = request.user
                passkey.add(case_id=visit.case.pk, user=user, made=made, by=request.actor, at=visit.at)
                notices.success(request, _("Saved. Next time you can come in with it."))
                return HttpResponseRedirect(reverse("portal:access"))
        except door.Slowed as slowed:
            form.add_error(None, wait_words(slowed))
            status = 429
    asked, request.session[MAKING] = passkeys.ask_for_new()
    context = {"form": form, "asked": asked, "shown": shown, "back_url": reverse("portal:access")}
    return portal.show(request, "portal/passkey_new.html", context, exact=True, status=status)


@client_page(Permission.PORTAL_ACCESS, stage=Stage.PIN, methods=("POST",))
def passkey_remove(request: SignedInRequest, visit: Visit, passkey_id: UUID) -> HttpResponse:
    """Take a passkey away; it stops working at once."""
    passkey.remove(case_id=visit.case.pk, user=request.user, passkey_id=passkey_id, by=request.actor, at=visit.at)
    notices.success(request, _("Done. That passkey no longer works here."))
    return HttpResponseRedirect(reverse("portal:access"))
