"""The people of a case: who reaches it, letting somebody in, handing it over, keeping somebody out."""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import case_people
from cases.access import acting_as
from cases.actions import emergency as emergency_actions
from cases.actions import membership as membership_actions
from cases.actions.membership import GIVEN, NotYours
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Bar, Case, CaseTask, Membership, MembershipRole, User, UserKind
from cases.permissions import Permission
from cases.states import IllegalMove

CHOOSE = gettext_lazy("Choose a colleague.")
WRITE_WHY = gettext_lazy("Write why.")


class _PersonForm(CleanedForm):
    """A form about one colleague out of those who may be chosen."""

    person = forms.ChoiceField(label=gettext_lazy("Colleague"))
    missing = {"person": CHOOSE, "why": WRITE_WHY}

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(user.pk), user.name) for user in people]
        self.fields["person"].choices = [("", _("Choose a colleague")), *choices]  # type: ignore[attr-defined]

    def chosen(self) -> User:
        """Return who was chosen."""
        return User.objects.get(pk=self.cleaned_data["person"])


class AddForm(_PersonForm):
    """Let somebody in."""

    role = forms.ChoiceField(
        label=gettext_lazy("As what?"),
        choices=[(role.value, role.label) for role in GIVEN],
        initial=MembershipRole.HELPER,
        widget=forms.RadioSelect,
    )
    last_day = forms.DateField(
        label=gettext_lazy("Until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
        help_text=gettext_lazy("Leave it empty until somebody ends it."),
    )
    why = PlainText(label=gettext_lazy("Why?"), several_lines=True, max_length=500)

    def until(self) -> datetime | None:
        """Return the end of the chosen day where the reader is, or None."""
        day = self.cleaned_data["last_day"]
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time(0), timezone.get_current_timezone())


class OwnerForm(_PersonForm):
    """Hand the case over."""

    why = PlainText(label=gettext_lazy("Why?"), several_lines=True, max_length=500)
    stays = forms.BooleanField(label=gettext_lazy("The owner until now stays as backup"), required=False)


class BarForm(_PersonForm):
    """Keep somebody out."""

    why = PlainText(label=gettext_lazy("Why?"), several_lines=True, max_length=500)


class NoteForm(CleanedForm):
    """What a supervisor found."""

    note = PlainText(label=gettext_lazy("What did you find?"), several_lines=True, max_length=1000)
    missing = {"note": gettext_lazy("Write what you found.")}


def _found(request: SignedInRequest, reference: str) -> Case:
    cases = Case.objects.visible_to(request.actor).select_related("owner", "team")
    found: Case = get_object_or_404(cases, reference=reference)
    return found


@requires(Permission.CASE_VIEW)
def people(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show who reaches a case; whoever decides about it finds the forms here."""
    case = _found(request, reference)
    if case.is_age_locked and not case.is_supervised_by(request.actor):
        raise Http404
    return _page(request, case)


def _page(request: SignedInRequest, case: Case, **bound: CleanedForm) -> HttpResponse:
    """Render inside `acting_as`. `bound` holds a form that was sent and has errors: add, owner, bar or note."""
    manages = request.user.may(Permission.CASE_MEMBERS) and case.is_managed_by(request.actor)
    extra: dict[str, Any] = {
        "reaching": case_people.reaching(case, request.actor),
        "reviews": case_people.to_review(case, request.actor),
        "manages": manages,
        "handover_asked": case_people.handover_asked(case, request.actor),
        "form": next(iter(bound.values()), None),
        "opened": next(iter(bound), ""),
    }
    if manages:
        extra |= {
            "add_form": bound.get("add") or _add_form(case),
            "owner_form": bound.get("owner") or _owner_form(case),
            "bar_form": bound.get("bar") or _bar_form(case),
            "note_form": bound.get("note") or NoteForm(),
            "bars": list(Bar.objects.visible_to(request.actor).standing().filter(case=case).select_related("user")),
        }
    context = case_page(request, case, tab="reach", **extra)
    return render(request, "cases/case_people.html", context, status=422 if bound else 200)


def _add_form(case: Case, data: Any = None) -> AddForm:
    return AddForm(data, people=case_people.to_choose(case), prefix="add")


def _owner_form(case: Case, data: Any = None) -> OwnerForm:
    return OwnerForm(data, people=case_people.to_choose(case, owning=True), prefix="owner")


def _bar_form(case: Case, data: Any = None) -> BarForm:
    barred = Bar.objects.standing().filter(case=case)
    staff = User.objects.filter(kind=UserKind.STAFF, is_active=True).exclude(pk__in=barred.values("user_id"))
    return BarForm(data, people=staff.order_by("name", "pk"), prefix="bar")


def _act(
    request: SignedInRequest,
    reference: str,
    *,
    name: str,
    make: Callable[[Case, Any], Any],
    do: Callable[[Case, Any, datetime], str],
) -> HttpResponse:
    """Check one form, call one action, and lead back; 404 for who does not decide about this case."""
    with acting_as(request.actor):
        case = _found(request, reference)
        if not case.is_managed_by(request.actor):
            raise Http404
        form = make(case, request.POST)
        if not form.is_valid():
            return _page(request, case, **{name: form})
    try:
        with acting_as(request.actor):
            said = do(case, form, timezone.now())
    except NotYours:
        raise Http404 from None
    except IllegalMove as refusal:
        with acting_as(request.actor):
            form.add_error(next(iter(form.fields)), str(refusal))
            return _page(request, case, **{name: form})
    messages.success(request, said)
    with acting_as(request.actor):
        still = Case.objects.visible_to(request.actor).filter(pk=case.pk).exists()
    return redirect("cases:case_people", reference) if still else redirect("cases:cases")


@requires(Permission.CASE_MEMBERS, methods=("POST",), step_up=True)
@one_use
def add(request: SignedInRequest, reference: str) -> HttpResponse:
    """Let a colleague in."""

    def do(case: Case, form: AddForm, now: datetime) -> str:
        values, user = form.cleaned_data, form.chosen()
        membership_actions.add(
            case_id=case.pk,
            user=user,
            role=MembershipRole(values["role"]),
            reason=values["why"],
            until=form.until(),
            by=request.actor,
            at=now,
        )
        return _("%(name)s reaches this case now.") % {"name": user.name}

    return _act(request, reference, name="add", make=_add_form, do=do)


@requires(Permission.CASE_MEMBERS, methods=("POST",), step_up=True)
@one_use
def owner(request: SignedInRequest, reference: str) -> HttpResponse:
    """Hand the case to another owner."""

    def do(case: Case, form: OwnerForm, now: datetime) -> str:
        values, user = form.cleaned_data, form.chosen()
        change = {"reason": values["why"], "stays": values["stays"], "by": request.actor, "at": now}
        membership_actions.hand_over(case_id=case.pk, to=user, **change)
        said = {"name": user.name, "case": case.reference}
        return _("%(case)s belongs to %(name)s now, with its open tasks.") % said

    return _act(request, reference, name="owner", make=_owner_form, do=do)


@requires(Permission.CASE_MEMBERS, methods=("POST",), step_up=True)
@one_use
def bar(request: SignedInRequest, reference: str) -> HttpResponse:
    """Keep a colleague out of the case."""

    def do(case: Case, form: BarForm, now: datetime) -> str:
        user = form.chosen()
        why = form.cleaned_data["why"]
        membership_actions.bar(case_id=case.pk, user=user, reason=why, by=request.actor, at=now)
        return _("%(name)s does not reach %(case)s.") % {"name": user.name, "case": case.reference}

    return _act(request, reference, name="bar", make=_bar_form, do=do)


@requires(Permission.CASE_MEMBERS, methods=("POST",), step_up=True)
@one_use
def review(request: SignedInRequest, reference: str, task_id: UUID) -> HttpResponse:
    """Write what was found about an emergency access."""
    with acting_as(request.actor):
        tasks = CaseTask.objects.visible_to(request.actor).filter(kind=emergency_actions.REVIEW)
        get_object_or_404(tasks, pk=task_id, case__reference=reference)

    def do(case: Case, form: NoteForm, now: datetime) -> str:
        emergency_actions.review(task_id=task_id, note=form.cleaned_data["note"], by=request.actor, at=now)
        return _("Reviewed. Your note is in the record.")

    return _act(request, reference, name="note", make=lambda _case, data: NoteForm(data), do=do)


def _lead_back(request: SignedInRequest, reference: str, change: Callable[[], object], said: str) -> HttpResponse:
    """Make a change that has no form of its own."""
    try:
        with acting_as(request.actor):
            change()
    except NotYours:
        raise Http404 from None
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    with acting_as(request.actor):
        still = Case.objects.visible_to(request.actor).filter(reference=reference).exists()
    return redirect("cases:case_people", reference) if still else redirect("cases:cases")


@requires(Permission.CASE_MEMBERS, methods=("POST",), step_up=True)
@one_use
def end(request: SignedInRequest, reference: str, membership_id: UUID) -> HttpResponse:
    """End somebody's access to the case."""
    with acting_as(request.actor):
        case = _found(request, reference)
        get_object_or_404(Membership.objects.of_staff(), pk=membership_id, case=case)

    def change() -> object:
        return membership_actions.end(membership_id=membership_id, by=request.actor, at=timezone.now())

    return _lead_back(request, reference, change, _("Ended."))


@requires(Permission.CASE_MEMBERS, methods=("POST",), step_up=True)
@one_use
def unbar(request: SignedInRequest, reference: str, bar_id: UUID) -> HttpResponse:
    """Lift a bar. It lets nobody in by itself."""
    with acting_as(request.actor):
        case = _found(request, reference)
        get_object_or_404(Bar.objects.visible_to(request.actor), pk=bar_id, case=case)

    def change() -> object:
        return membership_actions.unbar(bar_id=bar_id, reason="", by=request.actor, at=timezone.now())

    return _lead_back(request, reference, change, _("Lifted. They reach the case when somebody lets them in."))
