"""The roster: who is at the desk and who is on call, in the coming two weeks."""

from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import duty
from cases.access import acting_as
from cases.actions import shift as shift_actions
from cases.forms import CleanedForm
from cases.http import SignedInRequest, one_use, requires
from cases.models import Shift, ShiftKind, User, UserKind
from cases.permissions import Permission
from cases.role_words import in_words
from cases.states import IllegalMove

SHOWN = timedelta(days=14)


class ShiftForm(CleanedForm):
    """One shift. An end that is not after the start is on the next day."""

    person = forms.ChoiceField(label=gettext_lazy("Who"))
    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=ShiftKind.choices, widget=forms.RadioSelect)
    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    starts = forms.TimeField(label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(
        label=gettext_lazy("To"),
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=gettext_lazy("A time before the start is on the next day."),
    )
    missing = {
        "person": gettext_lazy("Choose who."),
        "day": gettext_lazy("Choose the day."),
        "starts": gettext_lazy("Write when it starts."),
        "ends": gettext_lazy("Write when it ends."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(kind=UserKind.STAFF, is_active=True).order_by("name", "pk")
        choices = [(str(user.pk), user.name) for user in people if duty.may_help(user)]
        self.fields["person"].choices = [("", _("Choose a colleague")), *choices]  # type: ignore[attr-defined]
        self.fields["kind"].hints = {  # type: ignore[attr-defined]
            ShiftKind.DESK.value: _("Takes contacts."),
            ShiftKind.ON_CALL.value: _("Also reaches the team’s cases with a clock that ends within the shift."),
        }

    def moments(self) -> tuple[datetime, datetime]:
        """Return start and end in the reader's time zone."""
        day, starts, ends = (self.cleaned_data[name] for name in ("day", "starts", "ends"))
        last = day if ends > starts else day + timedelta(days=1)
        zone = timezone.get_current_timezone()
        return datetime.combine(day, starts, zone), datetime.combine(last, ends, zone)


@requires(Permission.ROSTER_VIEW)
def roster(request: SignedInRequest) -> HttpResponse:
    """Show the shifts that run or come within two weeks."""
    today = timezone.localdate()
    initial = {"day": today, "kind": ShiftKind.DESK, "starts": time(9), "ends": time(17)}
    return _page(request, ShiftForm(initial=initial))


def _page(request: SignedInRequest, form: ShiftForm) -> HttpResponse:
    now = timezone.now()
    shifts = Shift.objects.planned().filter(ends_at__gt=now, starts_at__lt=now + SHOWN).select_related("user")
    rows = [
        {
            "shift": shift,
            "is_now": shift.starts_at <= now,
            "day": timezone.localdate(max(shift.starts_at, now)),
            "roles": in_words(shift.user.roles),
            "next_day": timezone.localdate(shift.ends_at) > timezone.localdate(shift.starts_at),
        }
        for shift in shifts.order_by("starts_at", "user__name", "pk")
    ]
    context = {
        "now": now,
        "form": form,
        "may_edit": request.user.may(Permission.ROSTER_EDIT),
        "days": [(day, list(found)) for day, found in groupby(rows, key=lambda row: row["day"])],
        "zone_name": str(timezone.get_current_timezone()),
    }
    return render(request, "cases/roster.html", context, status=422 if form.is_bound else 200)


@requires(Permission.ROSTER_EDIT, methods=("POST",))
@one_use
def plan(request: SignedInRequest) -> HttpResponse:
    """Put a shift on the roster."""
    form = ShiftForm(request.POST)
    if form.is_valid():
        starts_at, ends_at = form.moments()
        user = get_object_or_404(User, pk=form.cleaned_data["person"])
        kind = ShiftKind(form.cleaned_data["kind"])
        try:
            with acting_as(request.actor):
                shift_actions.plan(
                    user=user, kind=kind, starts_at=starts_at, ends_at=ends_at, by=request.actor, at=timezone.now()
                )
        except IllegalMove as refusal:
            form.add_error("person", str(refusal))
        else:
            messages.success(request, _("Planned for %(name)s.") % {"name": user.name})
            return redirect("cases:roster")
    return _page(request, form)


@requires(Permission.ROSTER_EDIT, methods=("POST",))
@one_use
def cancel(request: SignedInRequest, shift_id: UUID) -> HttpResponse:
    """Take a shift off the roster."""
    get_object_or_404(Shift, pk=shift_id)
    try:
        with acting_as(request.actor):
            shift_actions.cancel(shift_id=shift_id, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken off the roster."))
    return redirect("cases:roster")
