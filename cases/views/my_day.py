"""My day: what somebody saw, and the break that covers everything. Private to the person."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import rest as actions
from cases.contributions import contributed
from cases.forms import CleanedForm
from cases.http import SignedInRequest, one_use, requires
from cases.models import Rest
from cases.permissions import Permission

HOUR, DAY, OPEN = "hour", "day", "open"


class RestForm(CleanedForm):
    """How long a break lasts."""

    lasts = forms.ChoiceField(
        label=gettext_lazy("How long"),
        choices=[
            (HOUR, gettext_lazy("One hour")),
            (DAY, gettext_lazy("The rest of today")),
            (OPEN, gettext_lazy("Until I end it")),
        ],
        widget=forms.RadioSelect,
        required=False,
        initial=OPEN,
    )


@requires(Permission.EVIDENCE_VIEW)
def my_day(request: SignedInRequest) -> HttpResponse:
    """Show one's own sums, and the break that goes on or can begin."""
    return render(request, "cases/my_day.html", _context(request, RestForm()))


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
@one_use
def take_break(request: SignedInRequest) -> HttpResponse:
    """Begin a break with one press, from any page: whatever is shown to the person is covered at once."""
    if request.method != "POST":
        return redirect("cases:my_day")
    form = RestForm(request.POST)
    now = timezone.now()
    lasts = form.cleaned_data["lasts"] if form.is_valid() else OPEN
    with acting_as(request.actor):
        actions.begin(until=_until(lasts or OPEN, now, ZoneInfo(request.user.time_zone)), by=request.actor, at=now)
    return redirect("cases:my_day")


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
@one_use
def end_break(request: SignedInRequest) -> HttpResponse:
    """End one's own break."""
    if request.method == "POST":
        with acting_as(request.actor):
            if actions.end(by=request.actor, at=timezone.now()):
                messages.info(request, _("Your break is over. Everything is still covered; looking is a choice."))
    return redirect("cases:my_day")


def _until(lasts: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    if lasts == HOUR:
        return now + timedelta(hours=1)
    if lasts == DAY:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return None


def _context(request: SignedInRequest, form: RestForm) -> dict[str, Any]:
    now = timezone.now()
    rest = Rest.objects.standing(at=now).filter(person=request.user).first()
    panels = [part(request.user, request.actor, now) for part in contributed("MY_DAY_PARTS")]
    return {"now": now, "rest": rest, "form": form, "panels": panels}
