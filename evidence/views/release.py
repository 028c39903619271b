"""Releases of sealed originals: asking, the passphrase that is shown once, the end. No byte leaves by these."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import release as actions
from evidence.actions.release import MAX_DAYS
from evidence.models import Exhibit, ExhibitState, Reader, Release


class ReleaseForm(CleanedForm):
    """For whom an original leaves, on which paper, and why."""

    reader = forms.ChoiceField(label=gettext_lazy("For whom"), choices=Reader.choices, widget=forms.RadioSelect)
    recipient = PlainText(
        label=gettext_lazy("Who exactly"), help_text=gettext_lazy("Name and office or station."), max_length=200
    )
    request_text = PlainText(
        label=gettext_lazy("The written request"),
        help_text=gettext_lazy("Who asked in writing, when, and their reference. Not “by phone”."),
        max_length=300,
    )
    reason = PlainText(
        label=gettext_lazy("Why the original, and not hashes and facts"), several_lines=True, max_length=1000
    )
    days = forms.IntegerField(label=gettext_lazy("Days it may be packed"), min_value=1, max_value=MAX_DAYS, initial=3)


@requires(Permission.ORIGINAL_RELEASE, methods=("GET", "POST"), step_up=True)
@one_use
def ask(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Ask a second person to let one original leave."""
    with acting_as(request.actor):
        exhibit = _exhibit(request, reference, exhibit_id)
        form = ReleaseForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            words: dict[str, Any] = dict(form.cleaned_data)
            words["reader"] = Reader(words["reader"])
            try:
                with acting_as(request.actor):
                    actions.ask(exhibit_id=exhibit.pk, by=request.actor, at=timezone.now(), **words)
            except IllegalMove as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Asked. A second person decides; you find it under Approvals."))
                return redirect("evidence:exhibit", reference, exhibit_id)
        context = case_page(request, exhibit.case, tab="exhibits", exhibit=exhibit, form=form)
        status = 422 if request.method == "POST" else 200
        return render(request, "evidence/release_new.html", context, status=status)


@requires(Permission.ORIGINAL_RELEASE, methods=("GET", "POST"), step_up=True)
@one_use
def told(request: SignedInRequest, reference: str, release_id: UUID) -> HttpResponse:
    """Show the passphrase of a release, once, to the person who asked for it."""
    if request.method != "POST":
        with acting_as(request.actor):
            release = _release(request, reference, release_id)
        return redirect("evidence:exhibit", reference, release.exhibit_id)
    with acting_as(request.actor):
        release = _release(request, reference, release_id)
        try:
            with acting_as(request.actor):
                passphrase = actions.tell(release_id=release.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("evidence:exhibit", reference, release.exhibit_id)
        words = {"release": release, "exhibit": release.exhibit, "passphrase": passphrase}
        context = case_page(request, release.case, tab="exhibits", **words)
        return render(request, "evidence/release_told.html", context)


@requires(Permission.ORIGINAL_RELEASE, methods=("GET", "POST"))
@one_use
def end(request: SignedInRequest, reference: str, release_id: UUID) -> HttpResponse:
    """End a release, or take the request back."""
    with acting_as(request.actor):
        release = _release(request, reference, release_id)
        if request.method == "POST":
            try:
                with acting_as(request.actor):
                    actions.end(release_id=release.pk, by=request.actor, at=timezone.now())
            except IllegalMove as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Ended. No later bundle holds the original."))
    return redirect("evidence:exhibit", reference, release.exhibit_id)


def _exhibit(request: SignedInRequest, reference: str, exhibit_id: UUID) -> Exhibit:
    rows = Exhibit.objects.visible_to(request.actor).filter(case__reference=reference, state=ExhibitState.SEALED)
    found: Exhibit = get_object_or_404(rows.select_related("case"), pk=exhibit_id)
    if found.case.is_age_locked:
        raise Http404
    return found


def _release(request: SignedInRequest, reference: str, release_id: UUID) -> Release:
    rows = Release.objects.visible_to(request.actor).filter(case__reference=reference)
    found: Release = get_object_or_404(rows.select_related("case", "exhibit", "asked_by"), pk=release_id)
    return found
