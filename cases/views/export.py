"""Lists as files: ask, wait, download."""

from contextlib import ExitStack
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import exports as lists
from cases.access import acting_as
from cases.actions import export as actions
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Approval, ApprovalKind, Case, Export, ExportState
from cases.outgoing import file_response
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError

SHOWN = 50
CSV = "text/csv; charset=utf-8"
TONES = {ExportState.READY: "ok", ExportState.WAITING: "soon", ExportState.QUEUED: "info", ExportState.FAILED: "late"}


class ExportForm(CleanedForm):
    """Which list, of what, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("List"), choices=[], widget=forms.RadioSelect)
    case = PlainText(
        label=gettext_lazy("Of one case only"),
        help_text=gettext_lazy("Its number, like C-2047. Without it a second person is needed."),
        max_length=20,
        required=False,
    )
    since = forms.DateField(
        label=gettext_lazy("Opened since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = PlainText(
        label=gettext_lazy("Why does it leave the house?"),
        help_text=gettext_lazy("Who gets it and what for."),
        several_lines=True,
        max_length=1000,
    )
    missing = {"reason": gettext_lazy("Write who gets it and what for.")}

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def filters(self) -> dict[str, str]:
        """Return what the list is narrowed to."""
        given = self.cleaned_data
        return {"case": given["case"].upper(), "since": given["since"].isoformat() if given["since"] else ""}


@requires(Permission.EXPORT_MAKE, methods=("GET", "POST"), step_up=True)
@one_use
def exports(request: SignedInRequest) -> HttpResponse:
    """Show one's own lists; a POST asks for one more."""
    kinds = lists.offered_to(request.user)
    if request.method != "POST":
        return _page(request, ExportForm(kinds=kinds, initial={"kind": kinds[0][0] if len(kinds) == 1 else ""}))
    form = ExportForm(request.POST, kinds=kinds)
    by, at = request.actor, timezone.now()
    with acting_as(by):
        case = form.filters()["case"] if form.is_valid() else ""
        if case and not Case.objects.visible_to(by).filter(reference=case).exists():
            form.add_error("case", _("You have no case with this number."))
        if not form.is_valid():
            return _page(request, form)
    try:
        with acting_as(by):
            given = form.cleaned_data
            made = actions.ask(kind=given["kind"], filters=form.filters(), reason=given["reason"], by=by, at=at)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        with acting_as(by):
            return _page(request, form)
    waits = made.state == ExportState.WAITING
    said = _("A second person decides. You find it here.") if waits else _("It is being made. You find it here.")
    messages.success(request, said)
    return redirect("cases:exports")


def _page(request: SignedInRequest, form: ExportForm) -> HttpResponse:
    own = list(Export.objects.visible_to(request.actor).order_by("-asked_at", "pk")[:SHOWN])
    asked = Approval.objects.visible_to(request.actor).filter(
        kind=ApprovalKind.BULK_EXPORT, subject_id__in=[row.pk for row in own]
    )
    by_subject = {row.subject_id: row for row in asked.select_related("decided_by")}
    rows = [
        {
            "export": row,
            "label": str(lists.LABELS.get(row.kind, row.kind)),
            "tone": TONES.get(ExportState(row.state), ""),
            "filters": row.filters,
            "approval": by_subject.get(row.pk),
        }
        for row in own
    ]
    context = {"rows": rows, "form": form, "now": timezone.now(), "kept_days": lists.KEPT.days}
    return render(request, "cases/exports.html", context, status=422 if form.errors else 200)


@requires(Permission.EXPORT_MAKE, methods=("POST",), step_up=True)
@one_use
def download(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """Send one's own list; the download is in the record before its first byte."""
    by = request.actor
    with ExitStack() as unsent:
        with acting_as(by):
            export = get_object_or_404(Export.objects.visible_to(by), pk=export_id)
            try:
                fresh = actions.note_download(export_id=export.pk, by=by, at=timezone.now())
                opener = unsent.enter_context(lists.opened(fresh))
            except IllegalMove as refusal:
                messages.error(request, str(refusal))
                return redirect("cases:exports")
            except VaultError as trouble:
                # What was noted is an attempt: it stays in the record, though no byte left.
                messages.error(request, str(trouble))
                return redirect("cases:exports")
        response = file_response(opener, f"{export.kind}-{cast(datetime, fresh.built_at):%Y-%m-%d}.csv", CSV)
        unsent.pop_all()
    return response
