"""A chat export or a mail as text: page by page, with a search, and as a file. Reading it is recorded, and no look."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import transcript as actions
from evidence.derivatives import open_bytes
from evidence.models import Exhibit
from evidence.outgoing import bytes_response
from evidence.transcripts import reading, words
from evidence.transcripts.reading import Page


class SearchForm(CleanedForm):
    """Words to find in a transcript, and which page of what was found."""

    q = PlainText(label=gettext_lazy("Find in this chat"), required=False, max_length=200)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)


def _exhibit(request: SignedInRequest, reference: str, exhibit_id: UUID) -> tuple[Case, Exhibit]:
    case: Case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    rows = Exhibit.objects.visible_to(request.actor).filter(case=case)
    return case, get_object_or_404(rows, pk=exhibit_id)


@requires(Permission.EVIDENCE_VIEW)
def transcript(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Show one page of lines. That it was opened is written down first."""
    case, exhibit = _exhibit(request, reference, exhibit_id)
    row = reading.transcript_of(exhibit)
    if case.is_age_locked or row is None:
        return redirect("cases:case", reference) if case.is_age_locked else redirect(_page(case, exhibit))
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    number, wanted = asked.get("page") or 1, asked.get("q", "")
    try:
        actions.note_opened(exhibit_id=exhibit.pk, by=request.actor, at=timezone.now())
        mail = reading.head_of_mail(exhibit)
        page = reading.page_of(row, mail=mail, number=number, words=wanted, by=request.actor)
    except (IllegalMove, VaultError) as refusal:
        messages.error(request, str(refusal))
        return redirect(_page(case, exhibit))
    return render(request, "evidence/transcript.html", _context(request, case, exhibit, page, wanted))


def _page(case: Case, exhibit: Exhibit) -> str:
    return reverse("evidence:exhibit", args=[case.reference, exhibit.pk])


def _context(request: SignedInRequest, case: Case, exhibit: Exhibit, page: Page, wanted: str) -> dict[str, Any]:
    head = page.head
    lines = [
        {
            **line,
            "kind_said": words.KINDS.get(line["kind"], ""),
            "notes_said": [str(words.NOTES.get(note, note)) for note in line["notes"]],
        }
        for line in page.lines
    ]
    return case_page(
        request,
        case,
        tab="exhibits",
        exhibit=exhibit,
        page=page,
        lines=lines,
        wanted=wanted,
        head=head,
        format=words.format_said(head["format"]),
        zone=words.zone_said(head["zone"]),
        counts=words.counts_said(head),
        cautions=words.cautions_said(head["cautions"]),
        action=reverse("evidence:transcript", args=[case.reference, exhibit.pk]),
    )


@requires(Permission.EVIDENCE_VIEW, methods=("POST",))
@one_use
def transcript_text(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Hand the transcript out as plain text; that it went out is written down first."""
    with acting_as(request.actor):
        case, exhibit = _exhibit(request, reference, exhibit_id)
        row = reading.text_of(exhibit)
    if row is None:
        return redirect(_page(case, exhibit))
    try:
        with acting_as(request.actor):
            actions.note_copied(exhibit_id=exhibit.pk, sha256=row.sha256, by=request.actor, at=timezone.now())
        data = open_bytes(row, reading.LARGEST, by=request.actor)
    except (IllegalMove, VaultError) as refusal:
        messages.error(request, str(refusal))
        return redirect(_page(case, exhibit))
    name = f"{case.reference}-{exhibit.label.replace('/', '-')}-transcript.txt"
    return bytes_response(data, name=name, content_type="text/plain; charset=utf-8")
