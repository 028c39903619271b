"""More minutes of looking: a supervisor gives them, whoever has used theirs up asks for them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.access import acting_as
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import User
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import extra_time as actions
from evidence.looking.grant import EXTRA_AT_MOST, EXTRA_CHOICES
from evidence.models import ExtraTime
from evidence.views.look import exhibit_of


class GiveForm(CleanedForm):
    """Whom, how many minutes, and why."""

    person = forms.ChoiceField(label=gettext_lazy("Who?"), choices=[])
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("How many minutes more today?"), coerce=int, choices=[], widget=forms.RadioSelect
    )
    why = PlainText(
        label=gettext_lazy("Why?"),
        max_length=300,
        help_text=gettext_lazy("They read it on their page, and it stands in the record."),
    )
    missing = {
        "person": gettext_lazy("Choose a colleague."),
        "minutes": gettext_lazy("Choose how many minutes."),
        "why": gettext_lazy("Write why. They read it on their page."),
    }

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), one.name) for one in people]
        self.fields["person"].choices = [("", _("Choose a colleague")), *choices]  # type: ignore[attr-defined]
        self.fields["minutes"].choices = [  # type: ignore[attr-defined]
            (n, ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}) for n in EXTRA_CHOICES
        ]


@requires(Permission.LOOK_EXTEND, methods=("GET", "POST"))
@one_use
def extra_time(request: SignedInRequest) -> HttpResponse:
    """Show who was given more minutes today; a POST gives them to one person."""
    if request.method != "POST":
        with acting_as(request.actor):
            people = list(actions.whom(request.actor))
            wanted = {"person": request.GET.get("person", "")}
            return _page(request, GiveForm(initial=wanted, people=people), people)
    with acting_as(request.actor):
        people = list(actions.whom(request.actor))
    form = GiveForm(request.POST, people=people)
    if form.is_valid():
        values = form.cleaned_data
        try:
            with acting_as(request.actor):
                given = actions.give(
                    person_id=UUID(values["person"]),
                    minutes=values["minutes"],
                    why=values["why"],
                    by=request.actor,
                    at=timezone.now(),
                )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            said = {"name": given.person.name, "n": given.minutes}
            messages.success(request, _("%(name)s may look for %(n)d minutes more today.") % said)
            return redirect("evidence:extra_time")
    with acting_as(request.actor):
        return _page(request, form, people, status=422)


def _page(request: SignedInRequest, form: GiveForm, people: list[User], *, status: int = 200) -> HttpResponse:
    """Render inside `acting_as`."""
    now = timezone.now()
    rows = ExtraTime.objects.filter(person__in=people).lasting(at=now).select_related("person", "given_by")
    context = {"now": now, "form": form, "people": people, "given": list(rows.order_by("-given_at", "pk"))}
    return render(request, "evidence/extra_time.html", {**context, "most": EXTRA_AT_MOST}, status=status)


@requires(Permission.EVIDENCE_LOOK, methods=("GET", "POST"))
@one_use
def ask_more(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Ask a supervisor for more minutes today."""
    if request.method == "POST":
        with acting_as(request.actor):
            exhibit = exhibit_of(request, reference, exhibit_id)
            try:
                told = actions.ask(exhibit_id=exhibit.pk, by=request.actor, at=timezone.now())
            except IllegalMove as refusal:
                messages.error(request, str(refusal))
            else:
                said = _("Asked. It stands on the list of %(name)s for today.")
                messages.success(request, said % {"name": told.name})
    return redirect("evidence:look", reference, exhibit_id)
