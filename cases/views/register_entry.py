"""The register: its list, a new entry, and one entry with its steps. Every look at it is recorded."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import register
from cases.access import acting_as
from cases.actions import register_entry as actions
from cases.actions.register_entry import Told
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, RegisterEntry, RegisterKind, RegisterState, User
from cases.permissions import Permission
from cases.states import IllegalMove

MOMENT = "%Y-%m-%dT%H:%M"
ROWS_SHOWN = 200


def _moment_widget() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)


class EntryForm(CleanedForm):
    """A new entry: facts, their words and our opinion apart."""

    kind = forms.ChoiceField(label=gettext_lazy("What came in?"), choices=RegisterKind.choices)
    received_at = forms.DateTimeField(
        label=gettext_lazy("When did it come in?"), widget=_moment_widget(), input_formats=[MOMENT]
    )
    due_at = forms.DateTimeField(
        label=gettext_lazy("When is it due, if they named a day?"),
        widget=_moment_widget(),
        input_formats=[MOMENT],
        required=False,
        help_text=gettext_lazy("Leave it empty to use the usual time for its kind."),
    )
    who = PlainText(label=gettext_lazy("Who asks or complains?"), max_length=300)
    reference = PlainText(
        label=gettext_lazy("Case, if it is about one"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Like C-2047. The case itself does not show this entry."),
    )
    facts = PlainText(label=gettext_lazy("What happened: facts only"), several_lines=True)
    their_words = PlainText(label=gettext_lazy("In their words"), several_lines=True, required=False)
    opinion = PlainText(label=gettext_lazy("What we think of it"), several_lines=True, required=False)
    missing = {"who": gettext_lazy("Write who it is."), "facts": gettext_lazy("Write what happened.")}


class StepForm(CleanedForm):
    """One step with a remark."""

    step = forms.ChoiceField(choices=[(name, name) for name in register.STEPS])
    remark = PlainText(label=gettext_lazy("Remark"), max_length=500)
    missing = {"remark": gettext_lazy("Say how it was done, or why it does not apply.")}


class EndForm(CleanedForm):
    """How it ended."""

    state = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        choices=[one for one in RegisterState.choices if one[0] != RegisterState.OPEN],
        widget=forms.RadioSelect,
    )
    answer = PlainText(label=gettext_lazy("What was answered, and how it was delivered"), several_lines=True)
    missing = {
        "state": gettext_lazy("Choose how it ended."),
        "answer": gettext_lazy("Write what was answered, or why nothing was."),
    }


class DeleteForm(CleanedForm):
    """Why an entry goes."""

    reason = PlainText(label=gettext_lazy("Why is it deleted?"), several_lines=True, max_length=1000)
    missing = {"reason": gettext_lazy("Say why: a second person decides by it.")}


@requires(Permission.REGISTER_KEEP)
def entries(request: SignedInRequest) -> HttpResponse:
    """List the register, what is due first on top; the look is recorded."""
    now = timezone.now()
    actions.note_read(entry_id=None, by=request.actor, at=now)
    rows = RegisterEntry.objects.visible_to(request.actor).select_related("kept_by")
    context = {
        "now": now,
        "open": list(rows.open().order_by("due_at", "pk")[:ROWS_SHOWN]),
        "ended": list(rows.exclude(state=RegisterState.OPEN).order_by("-ended_at", "pk")[:ROWS_SHOWN]),
    }
    return render(request, "cases/register.html", context)


@requires(Permission.REGISTER_KEEP, methods=("GET", "POST"))
@one_use
def new(request: SignedInRequest) -> HttpResponse:
    """Write a new entry."""
    if request.method != "POST":
        started = timezone.localtime(timezone.now()).replace(second=0, microsecond=0)
        return _new_page(request, EntryForm(initial={"received_at": started}))
    form = EntryForm(request.POST)
    if not form.is_valid():
        return _new_page(request, form, status=422)
    values = form.cleaned_data
    try:
        with acting_as(request.actor):
            row = actions.write(
                kind=RegisterKind(values["kind"]),
                case=_case(request, values["reference"]),
                received_at=values["received_at"],
                due_at=values["due_at"],
                told=Told(values["who"], values["facts"], values["their_words"], values["opinion"]),
                by=request.actor,
                at=timezone.now(),
            )
    except Case.DoesNotExist:
        form.add_error("reference", _("There is no such case among those you may see."))
        return _new_page(request, form, status=422)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return _new_page(request, form, status=422)
    return redirect("cases:register_entry", row.pk)


def _case(request: SignedInRequest, reference: str) -> Case | None:
    if not reference:
        return None
    case: Case = Case.objects.visible_to(request.actor).get(reference=reference.upper())
    return case


def _new_page(request: SignedInRequest, form: EntryForm, *, status: int = 200) -> HttpResponse:
    return render(request, "cases/new_register_entry.html", {"form": form}, status=status)


def _page(request: SignedInRequest, entry_id: UUID, *, status: int = 200, **bound: CleanedForm) -> HttpResponse:
    with acting_as(request.actor):
        rows = RegisterEntry.objects.visible_to(request.actor).select_related("kept_by", "case")
        row = get_object_or_404(rows, pk=entry_id)
        now = timezone.now()
        actions.note_read(entry_id=row.pk, by=request.actor, at=now)
        context = {
            "now": now,
            "entry": row,
            "steps": _steps(row),
            "is_open": row.state == RegisterState.OPEN,
            "step_form": bound.get("step_form") or StepForm(),
            "end_form": bound.get("end_form") or EndForm(),
            "delete_form": bound.get("delete_form") or DeleteForm(),
            "form": next(iter(bound.values()), None),
        }
        return render(request, "cases/register_entry.html", context, status=status)


def _steps(row: RegisterEntry) -> list[dict[str, Any]]:
    people = {str(person.pk): person.name for person in User.objects.filter(pk__in=_people(row))}
    return [
        {
            "name": name,
            "label": register.STEPS[name],
            "done": name in row.steps,
            "at": datetime.fromisoformat(row.steps[name]["at"]) if name in row.steps else None,
            "who": people.get(row.steps[name]["by"], "") if name in row.steps else "",
            "remark": row.step_remarks.get(name, ""),
        }
        for name in register.STEPS_OF[row.kind]
    ]


def _people(row: RegisterEntry) -> list[UUID]:
    return [UUID(step["by"]) for step in row.steps.values() if step["by"] != "None"]


@requires(Permission.REGISTER_KEEP)
def entry(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Show one entry; the look is recorded."""
    return _page(request, entry_id)


@requires(Permission.REGISTER_KEEP, methods=("POST",))
@one_use
def step(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Tick one step."""
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, entry_id, status=422, step_form=form)
    try:
        with acting_as(request.actor):
            get_object_or_404(RegisterEntry.objects.visible_to(request.actor), pk=entry_id)
            actions.step(entry_id=entry_id, by=request.actor, at=timezone.now(), **form.cleaned_data)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:register_entry", entry_id)


@requires(Permission.REGISTER_KEEP, methods=("POST",))
@one_use
def end(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """End an entry."""
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, entry_id, status=422, end_form=form)
    try:
        with acting_as(request.actor):
            get_object_or_404(RegisterEntry.objects.visible_to(request.actor), pk=entry_id)
            state, answer = RegisterState(form.cleaned_data["state"]), form.cleaned_data["answer"]
            actions.end(entry_id=entry_id, state=state, answer=answer, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return _page(request, entry_id, status=422, end_form=form)
    return redirect("cases:register_entry", entry_id)


@requires(Permission.REGISTER_KEEP, methods=("POST",), step_up=True)
@one_use
def delete(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Ask a second person to let an ended entry be deleted."""
    form = DeleteForm(request.POST)
    if not form.is_valid():
        return _page(request, entry_id, status=422, delete_form=form)
    try:
        with acting_as(request.actor):
            get_object_or_404(RegisterEntry.objects.visible_to(request.actor), pk=entry_id)
            reason = form.cleaned_data["reason"]
            actions.ask_to_delete(entry_id=entry_id, reason=reason, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Asked. A second person decides."))
    return redirect("cases:register_entry", entry_id)
