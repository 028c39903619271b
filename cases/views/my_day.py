"""My day: what somebody saw, breaks, hours without mail, and asking to hand a case over. Private to the person."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import handover_request, quiet
from cases.actions import rest as actions
from cases.contributions import contributed
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, HandoverRequest, Rest
from cases.permissions import Permission
from cases.states import CaseState, IllegalMove

HOUR, DAY, OPEN = "hour", "day", "open"
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


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


class QuietForm(CleanedForm):
    """From when until when no mail about tasks comes."""

    begins = forms.TimeField(label=gettext_lazy("No mail from"), required=False, widget=CLOCK)
    until = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=CLOCK)

    def clean(self) -> dict[str, Any]:
        """Ask for both times or for none."""
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        if (values.get("begins") is None) != (values.get("until") is None):
            self.add_error("until", _("Type both times, or leave both empty."))
        elif values.get("begins") is not None and values["begins"] == values["until"]:
            self.add_error("until", _("The hours must begin and end at different times."))
        return values


class HandoverForm(CleanedForm):
    """Which case somebody would rather hand over, and why if they like to say."""

    case = forms.ChoiceField(label=gettext_lazy("Which case?"), choices=[])
    why = PlainText(
        label=gettext_lazy("Why?"),
        several_lines=True,
        max_length=500,
        required=False,
        help_text=gettext_lazy("Only supervisors of the case read it. The client never does."),
    )
    missing = {"case": gettext_lazy("Choose a case.")}

    def __init__(self, *args: Any, own: list[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(case.pk), f"{case.reference} {case.alias}") for case in own]
        self.fields["case"].choices = [("", _("Choose a case")), *choices]  # type: ignore[attr-defined]


@requires(Permission.EVIDENCE_VIEW)
def my_day(request: SignedInRequest) -> HttpResponse:
    """Show one's own sums, and the break that goes on or can begin."""
    return _page(request)


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


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
@one_use
def quiet_hours(request: SignedInRequest) -> HttpResponse:
    """Choose the hours without mail about tasks."""
    if request.method != "POST":
        return redirect("cases:my_day")
    form = QuietForm(request.POST, prefix="quiet")
    if not form.is_valid():
        return _page(request, quiet_form=form)
    values = form.cleaned_data
    with acting_as(request.actor):
        quiet.choose(begins=values["begins"], until=values["until"], by=request.actor, at=timezone.now())
    waits, comes = _("Saved. Mail about tasks waits in these hours."), _("Saved. Mail comes at any hour.")
    messages.success(request, waits if values["begins"] is not None else comes)
    return redirect("cases:my_day")


@requires(Permission.CASE_MEMBERS, methods=("GET", "POST"))
@one_use
def ask_handover(request: SignedInRequest) -> HttpResponse:
    """Ask the supervisors of a case to give it to somebody else."""
    if request.method != "POST":
        return redirect("cases:my_day")
    with acting_as(request.actor):
        form = HandoverForm(request.POST, own=_own_cases(request), prefix="over")
        if not form.is_valid():
            return _page(request, handover_form=form)
    values = form.cleaned_data
    try:
        with acting_as(request.actor):
            case_id = UUID(values["case"])
            handover_request.ask(case_id=case_id, why=values["why"], by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return _page(request, handover_form=form)
    messages.success(request, _("Asked. It stands on a supervisor’s list for today."))
    return redirect("cases:my_day")


@requires(Permission.CASE_MEMBERS, methods=("GET", "POST"))
@one_use
def take_back_handover(request: SignedInRequest) -> HttpResponse:
    """Keep a case after all."""
    if request.method == "POST":
        try:
            with acting_as(request.actor):
                wanted = UUID(request.POST.get("request", ""))
                handover_request.take_back(request_id=wanted, by=request.actor, at=timezone.now())
        except (ValueError, IllegalMove):
            messages.error(request, _("This request is over."))
        else:
            messages.success(request, _("Taken back. You keep the case."))
    return redirect("cases:my_day")


def _until(lasts: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    if lasts == HOUR:
        return now + timedelta(hours=1)
    if lasts == DAY:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return None


def _own_cases(request: SignedInRequest) -> list[Case]:
    """Return one's own cases that are worked on and that one did not ask to hand over yet."""
    asked = HandoverRequest.objects.visible_to(request.actor).waiting().of(request.user.pk)
    mine = Case.objects.visible_to(request.actor).filter(owner=request.user)
    mine = mine.exclude(state__in=[CaseState.CLOSED, CaseState.ERASED]).exclude(pk__in=asked.values("case_id"))
    return list(mine.order_by("reference"))


def _page(
    request: SignedInRequest, *, quiet_form: QuietForm | None = None, handover_form: HandoverForm | None = None
) -> HttpResponse:
    """Render inside or outside `acting_as`; a form that is given has errors."""
    now, user = timezone.now(), request.user
    with acting_as(request.actor):
        asked = HandoverRequest.objects.visible_to(request.actor).waiting().of(user.pk).select_related("case")
        own = _own_cases(request)
        hours = {"begins": user.quiet_from, "until": user.quiet_until}
        context = {
            "now": now,
            "rest": Rest.objects.standing(at=now).filter(person=user).first(),
            "rest_form": RestForm(),
            "quiet_form": quiet_form or QuietForm(initial=hours, prefix="quiet"),
            "handover_form": handover_form or (HandoverForm(own=own, prefix="over") if own else None),
            "asked": list(asked),
            "form": quiet_form or handover_form,
            "panels": [part(user, request.actor, now) for part in contributed("MY_DAY_PARTS")],
        }
        status = 422 if quiet_form or handover_form else 200
        return render(request, "cases/my_day.html", context, status=status)
