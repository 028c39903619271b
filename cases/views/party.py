"""The people of a case for staff: who they are to it, who asks, linked cases, and a conflict of one's own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import countries
from cases.access import acting_as
from cases.actions import authority as authority_actions
from cases.actions import case as case_actions
from cases.actions import membership
from cases.actions import party as party_actions
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import AskedBy, Authority, AuthorityLevel, Case, CaseLink, Party, PartyRole
from cases.permissions import Permission
from cases.states import CaseState, IllegalMove


class PartyForm(CleanedForm):
    """One person. Only the part they have is required: a case may know no name."""

    role = forms.ChoiceField(label=gettext_lazy("What are they in this case?"), choices=PartyRole.choices)
    name = PlainText(label=gettext_lazy("Name to use"), required=False, max_length=100)
    pronouns = PlainText(label=gettext_lazy("Pronouns"), required=False, max_length=40)
    phone = PlainText(label=gettext_lazy("Phone number"), required=False, max_length=40)
    email = PlainText(label=gettext_lazy("E-mail address"), required=False)
    account = PlainText(label=gettext_lazy("Account or handle"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    agency = PlainText(
        label=gettext_lazy("Agency or office"),
        help_text=gettext_lazy("For an interpreter, a lawyer or an officer."),
        required=False,
        max_length=100,
    )
    confidential_on = forms.DateField(
        label=gettext_lazy("Signed confidentiality on"),
        help_text=gettext_lazy("An interpreter signs before the first call."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    remark = PlainText(label=gettext_lazy("Remark"), required=False, several_lines=True, max_length=2000)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def saved(self) -> dict[str, Any]:
        """Return what the action takes."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("role", "version")}


class AuthorityForm(CleanedForm):
    """Who asks, and what was checked."""

    asked_by = forms.ChoiceField(label=gettext_lazy("Who asks?"), choices=AskedBy.choices)
    level = forms.ChoiceField(
        label=gettext_lazy("How sure are we?"), choices=AuthorityLevel.choices, widget=forms.RadioSelect
    )
    remark = PlainText(label=gettext_lazy("What was checked"), required=False, max_length=300)
    missing = {"level": gettext_lazy("Choose what was checked.")}


class TextForm(CleanedForm):
    """What was written of a case."""

    what_happened = PlainText(
        label=gettext_lazy("What happened"),
        help_text=gettext_lazy("In their words where you can. This can be read in court."),
        required=False,
        several_lines=True,
        max_length=20_000,
    )
    who_is_it_about = PlainText(label=gettext_lazy("Who is it about"), required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Not known")), *countries.choices()]  # type: ignore[attr-defined]


class ConflictForm(CleanedForm):
    """Why somebody keeps themselves out."""

    reason = PlainText(
        label=gettext_lazy("What is the conflict?"),
        help_text=gettext_lazy("For example: a relative of mine is in it. Name nobody."),
        max_length=300,
    )
    missing = {"reason": gettext_lazy("Say in a few words what the conflict is.")}


def case_of(request: SignedInRequest, reference: str) -> Case:
    """Return a case that this person may see, inside `acting_as`; 404 otherwise."""
    found = Case.objects.visible_to(request.actor).select_related("owner")
    case: Case = get_object_or_404(found, reference=reference)
    return case


def _links(request: SignedInRequest, case: Case) -> list[dict[str, Any]]:
    """Return linked cases; one that this person may not see is named by what it is, not by its number."""
    rows = list(CaseLink.objects.visible_to(request.actor).shown().filter(case=case).order_by("linked_at"))
    seen = {
        found.pk: found for found in Case.objects.visible_to(request.actor).filter(pk__in=[r.other_id for r in rows])
    }
    return [{"kind": row.get_kind_display(), "case": seen.get(row.other_id), "at": row.linked_at} for row in rows]


@requires(Permission.CASE_VIEW)
def parties(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the people of a case."""
    return _page(request, reference)


def _page(request: SignedInRequest, reference: str, *, status: int = 200, **bound: CleanedForm) -> HttpResponse:
    with acting_as(request.actor):
        case = case_of(request, reference)
        rows = list(Party.objects.visible_to(request.actor).filter(case=case).order_by("ended_at", "added_at", "pk"))
        standing = Authority.objects.visible_to(request.actor).standing().filter(case=case)
        context = case_page(
            request,
            case,
            tab="parties",
            rows=[row for row in rows if row.ended_at is None],
            ended=[row for row in rows if row.ended_at is not None],
            authority=standing.select_related("checked_by").first(),
            may_see_list=authority_actions.may_see_list(case),
            links=_links(request, case),
            may_edit=request.user.may(Permission.PARTY_EDIT) and not case.is_age_locked,
            authority_form=bound.get("authority_form") or AuthorityForm(),
            conflict_form=bound.get("conflict_form") or ConflictForm(),
            form=next(iter(bound.values()), None),
        )
        return render(request, "cases/parties.html", context, status=status)


def _edit_page(
    request: SignedInRequest,
    reference: str,
    template: str,
    form: CleanedForm,
    *,
    saved: Mapping[str, Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """Show a form of a case, with what somebody else saved meanwhile beside it: neither text is lost."""
    both = [
        {"label": field.label, "here": form[name].value() or "", "there": saved[name] or ""}
        for name, field in form.fields.items()
        if saved is not None and name in saved and str(form[name].value() or "") != str(saved[name] or "")
    ]
    with acting_as(request.actor):
        context = case_page(request, case_of(request, reference), tab="parties", form=form, differing=both, **more)
        status = 409 if saved is not None else 422 if form.is_bound else 200
        return render(request, template, context, status=status)


def _bound_again(request: SignedInRequest, form_type: type[CleanedForm], version: int) -> CleanedForm:
    """Return the typed form under the newest version: the next press keeps what is typed here."""
    typed = request.POST.copy()
    typed["version"] = str(version)
    form = form_type(typed)
    form.is_valid()
    return form


@requires(Permission.PARTY_EDIT, methods=("GET", "POST"))
@one_use
def party_new(request: SignedInRequest, reference: str) -> HttpResponse:
    """Write a person down."""
    with acting_as(request.actor):
        case = case_of(request, reference)
    form = PartyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _edit_page(request, reference, "cases/party.html", form)
    with acting_as(request.actor):
        role = PartyRole(form.cleaned_data["role"])
        party_actions.save(case_id=case.pk, role=role, by=request.actor, at=timezone.now(), **form.saved())
    messages.success(request, _("Saved."))
    return redirect("cases:parties", reference)


@requires(Permission.PARTY_EDIT, methods=("GET", "POST"))
@one_use
def party(request: SignedInRequest, reference: str, party_id: UUID) -> HttpResponse:
    """Change what is written of a person. A save over somebody else's shows both."""
    with acting_as(request.actor):
        case = case_of(request, reference)
        found = get_object_or_404(Party.objects.visible_to(request.actor), pk=party_id, case=case)
        known = {name: getattr(found, name) for name in PartyForm.base_fields}
    if request.method != "POST":
        return _edit_page(request, reference, "cases/party.html", PartyForm(initial=known), party=found)
    form = PartyForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, reference, "cases/party.html", form, party=found)
    try:
        with acting_as(request.actor):
            party_actions.save(
                case_id=case.pk,
                party_id=found.pk,
                role=PartyRole(form.cleaned_data["role"]),
                version=form.cleaned_data["version"] or 0,
                by=request.actor,
                at=timezone.now(),
                **form.saved(),
            )
    except party_actions.Stale as newer:
        again = _bound_again(request, PartyForm, newer.version)
        return _edit_page(request, reference, "cases/party.html", again, saved=newer.saved, party=found)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("cases:parties", reference)


@requires(Permission.PARTY_EDIT, methods=("POST",))
@one_use
def party_end(request: SignedInRequest, reference: str, party_id: UUID) -> HttpResponse:
    """End a person's part in a case."""
    try:
        with acting_as(request.actor):
            case = case_of(request, reference)
            get_object_or_404(Party.objects.visible_to(request.actor), pk=party_id, case=case)
            party_actions.end(case_id=case.pk, party_id=party_id, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:parties", reference)


@requires(Permission.PARTY_EDIT, methods=("GET", "POST"))
@one_use
def text(request: SignedInRequest, reference: str) -> HttpResponse:
    """Change what was written of a case. A save over somebody else's shows both."""
    with acting_as(request.actor):
        case = case_of(request, reference)
        known = {name: getattr(case, name) for name in TextForm.base_fields}
        takes_changes = not case.is_age_locked and case.state != CaseState.CLOSED
    if request.method != "POST" and takes_changes:
        return _edit_page(request, reference, "cases/case_text.html", TextForm(initial=known))
    form = TextForm(request.POST)
    if takes_changes and not form.is_valid():
        return _edit_page(request, reference, "cases/case_text.html", form)
    try:
        if not takes_changes:
            raise IllegalMove(_("This case takes no changes now."))
        given = {name: form.cleaned_data[name] for name in case_actions.EDITED}
        version = form.cleaned_data["version"] or 0
        with acting_as(request.actor):
            case_actions.edit(case_id=case.pk, version=version, by=request.actor, at=timezone.now(), **given)
    except case_actions.Stale as newer:
        again = _bound_again(request, TextForm, newer.version)
        return _edit_page(request, reference, "cases/case_text.html", again, saved=newer.saved)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("cases:parties", reference)


@requires(Permission.PARTY_EDIT, methods=("POST",), step_up=True)
@one_use
def authority(request: SignedInRequest, reference: str) -> HttpResponse:
    """Record what was checked about who asks."""
    form = AuthorityForm(request.POST)
    if not form.is_valid():
        return _page(request, reference, status=422, authority_form=form)
    given = form.cleaned_data
    with acting_as(request.actor):
        authority_actions.check(
            case_id=case_of(request, reference).pk,
            asked_by=AskedBy(given["asked_by"]),
            level=AuthorityLevel(given["level"]),
            remark=given["remark"],
            by=request.actor,
            at=timezone.now(),
        )
    messages.success(request, _("Recorded."))
    return redirect("cases:parties", reference)


@requires(Permission.CASE_VIEW, methods=("POST",))
@one_use
def conflict(request: SignedInRequest, reference: str) -> HttpResponse:
    """Keep oneself out of a case: from this moment it does not exist for this person."""
    form = ConflictForm(request.POST)
    if not form.is_valid():
        return _page(request, reference, status=422, conflict_form=form)
    try:
        with acting_as(request.actor):
            membership.bar(
                case_id=case_of(request, reference).pk,
                user=request.user,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:parties", reference)
    messages.success(request, _("Thank you. You no longer reach this case."))
    return redirect("cases:today")
