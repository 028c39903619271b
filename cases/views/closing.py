"""Close a case, watch it only, open it again."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import closing as closing_actions
from cases.actions.closing import Held
from cases.case_page import case_page
from cases.closing import unfinished
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Outcome, Proceedings
from cases.permissions import Permission
from cases.retention import Afterwards, Limitation, limitations
from cases.states import CaseState, IllegalMove
from cases.views.keeping import DAY, ReopenForm, found_case, keeping_page

KNOWN, TYPED, OPEN_END = "known", "typed", "open"


class CloseForm(CleanedForm):
    """How it ended, whether a court may still deal with it, and what the client wants."""

    outcome = forms.ChoiceField(label=gettext_lazy("How did it end?"), choices=Outcome.choices)
    proceedings = forms.ChoiceField(
        label=gettext_lazy("May there be proceedings?"),
        choices=Proceedings.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Police, a court, a lawyer: now or later. What is destroyed cannot be shown to them."),
    )
    held = forms.ChoiceField(
        label=gettext_lazy("If so, hold everything until"), widget=forms.RadioSelect, required=False
    )
    until = forms.DateField(label=gettext_lazy("The day you typed"), required=False, widget=forms.DateInput(attrs=DAY))
    basis = PlainText(
        label=gettext_lazy("What that day rests on"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: the client’s lawyer named it."),
    )
    wish = forms.ChoiceField(
        label=gettext_lazy("What does the client want done with what we hold?"),
        choices=Afterwards.choices,
        widget=forms.RadioSelect,
    )
    remark = PlainText(label=gettext_lazy("Remark"), several_lines=True, max_length=1000, required=False)
    seen = forms.BooleanField(label=gettext_lazy("I have seen what is unfinished, and it may end"), required=False)
    missing = {
        "proceedings": gettext_lazy("Choose whether there may be proceedings. Not known counts as yes."),
        "wish": gettext_lazy("Choose what the client wants, or that they could not be asked."),
    }

    def __init__(self, *args: Any, known: list[Limitation], open_things: bool, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.open_things, self.today = known, open_things, today
        ways = [(TYPED, _("A day that I type")), (OPEN_END, _("Two people lift it"))]
        if known:
            label = _("%(day)s: the longest limitation on file") % {
                "day": date_format(known[0].last_day(today), "j F Y")
            }
            ways.insert(0, (KNOWN, label))
        self.fields["held"].choices = ways  # type: ignore[attr-defined]
        self.fields["wish"].hints = {  # type: ignore[attr-defined]
            Afterwards.KEEP: _("Files are kept longer; then they go by rule, after a warning."),
            Afterwards.COPY: _("You get a task to hand it over."),
            Afterwards.DELETE: _("A supervisor asks a second person. It waits while a hold stands."),
        }
        if not open_things:
            del self.fields["seen"]

    def clean(self) -> dict[str, Any]:
        """Ask for a day where there may be proceedings, and for a look at what is unfinished."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("proceedings") == Proceedings.YES:
            if not values.get("held"):
                self.add_error("held", _("Choose until when everything is held."))
            elif values["held"] == TYPED and not values.get("until"):
                self.add_error("until", _("Type the day."))
        if self.open_things and not values.get("seen"):
            self.add_error("seen", _("Look at what is unfinished, then tick this."))
        return values

    def hold(self) -> Held | None:
        """Return the hold that was chosen; None where there will be no proceedings."""
        values = self.cleaned_data
        if values["proceedings"] != Proceedings.YES:
            return None
        if values["held"] == KNOWN and self.known:
            law = self.known[0]
            return Held(law.last_day(self.today), f"{law.law} ({law.place}): {law.starts}. {law.source}")
        if values["held"] == TYPED:
            return Held(values["until"], values["basis"] or _("Typed by the person who closed the case"))
        return Held(None, _("No day is known"))


@requires(Permission.CASE_CLOSE, methods=("GET", "POST"))
@one_use
def close(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show what is unfinished and ask the questions; a POST closes the case."""
    if request.method != "POST":
        return _page(request, reference, None)
    with acting_as(request.actor):
        case = found_case(request, reference)
        form = _form(request, case, request.POST)
    if not form.is_valid():
        return _page(request, reference, form, status=422)
    values = form.cleaned_data
    try:
        with acting_as(request.actor):
            closing_actions.close(
                case_id=case.pk,
                outcome=Outcome(values["outcome"]),
                proceedings=Proceedings(values["proceedings"]),
                wish=Afterwards(values["wish"]),
                held=form.hold(),
                remark=values["remark"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return _page(request, reference, form, status=422)
    messages.success(request, _("The case is closed."))
    return redirect("cases:keeping", reference)


def _form(request: SignedInRequest, case: Case, data: Any = None) -> CloseForm:
    now = timezone.now()
    return CloseForm(
        data,
        known=limitations(case.country),
        open_things=bool(unfinished(case, request.actor, at=now)),
        today=timezone.localdate(now),
    )


def _page(request: SignedInRequest, reference: str, form: CloseForm | None, *, status: int = 200) -> HttpResponse:
    with acting_as(request.actor):
        case = found_case(request, reference)
        if case.state == CaseState.CLOSED:
            messages.info(request, _("This case is closed already."))
            return redirect("cases:keeping", reference)
        now = timezone.now()
        context = case_page(
            request,
            case,
            tab="keeping",
            now=now,
            form=form or _form(request, case),
            unfinished=unfinished(case, request.actor, at=now),
            known=limitations(case.country),
        )
        return render(request, "cases/close.html", context, status=status)


@requires(Permission.CASE_CLOSE, methods=("POST",))
@one_use
def watch(request: SignedInRequest, reference: str) -> HttpResponse:
    """Only watch the links of a case from now on."""
    try:
        with acting_as(request.actor):
            case = found_case(request, reference)
            closing_actions.watch(case_id=case.pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("From now on its links are only watched."))
    return redirect("cases:keeping", reference)


@requires(Permission.CASE_CLOSE, methods=("POST",))
@one_use
def reopen(request: SignedInRequest, reference: str) -> HttpResponse:
    """Open a closed or watched case again."""
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return keeping_page(request, reference, status=422, reopen_form=form)
    try:
        with acting_as(request.actor):
            case = found_case(request, reference)
            why = form.cleaned_data["why"]
            closing_actions.reopen(case_id=case.pk, why=why, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The case is open again."))
    return redirect("cases:keeping", reference)
