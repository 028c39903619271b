"""Bring links in: paste them or choose a list, see before and after what each line becomes, take the whole back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.receiving import announced, read_past
from takedowns import tasks
from takedowns.actions import link_import as actions
from takedowns.actions.reported_url import Added, Outcome, known_links
from takedowns.book import platform_book
from takedowns.forms import AddLinksForm, ListFileForm
from takedowns.import_lines import LineRow, column_words, counts_of, line_rows
from takedowns.models import FoundBy, ImportedAs, LinkImport
from takedowns.pasted import Pasted, read_pasted, read_table
from takedowns.sheets import MOST_BYTES, NotRead, rows_of
from takedowns.views.reported_url import case_of

LINES_SHOWN = 200
IMPORTS_SHOWN = 5
FORM_BYTES = 64 * 1024


@requires(Permission.LINK_ADD, methods=("GET", "POST"))
@one_use
def add_links(request: SignedInRequest, reference: str) -> HttpResponse:
    """Paste links. What can be read is added at once; what each line became is told, and nothing is lost."""
    with acting_as(request.actor):
        case = case_of(request, reference)
        book = platform_book()
    if not case.takes_material:
        messages.error(request, _("First answer the age question for everyone shown."))
        return redirect("cases:case", reference)
    form = AddLinksForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _add_page(request, case, form, ListFileForm())
    pasted = read_pasted(form.cleaned_data["links"], book)
    if not pasted.items:
        for words in pasted.words():
            form.add_error("links", words)
        return _add_page(request, case, form, ListFileForm())
    return _bring(request, case, pasted, ImportedAs.PASTE, corrects=form.cleaned_data["corrects"])


@csrf_exempt
@requires(Permission.LINK_ADD, methods=("GET", "POST"))
def add_list(request: SignedInRequest, reference: str) -> HttpResponse:
    """Take a list of links as a file, in memory.

    Exempt from the CSRF check here only because that check reads the body: it is made inside, by `_read_list`, once
    the handler that bounds the file stands ready.
    """
    if request.method != "POST":
        return redirect("takedowns:add_links", reference)
    with acting_as(request.actor):
        case = case_of(request, reference)
    if not case.takes_material:
        messages.error(request, _("First answer the age question for everyone shown."))
        return redirect("cases:case", reference)
    if announced(request) > MOST_BYTES + FORM_BYTES:
        read_past(request)
        said = _("This file is too large for a list of links. Save the first 10,000 rows by themselves.")
        return _add_page(request, case, AddLinksForm(), _with_problem(said), status=413)
    request.upload_handlers = [_InMemory(request)]
    return _read_list(request, case)


@csrf_protect
@one_use
def _read_list(request: SignedInRequest, case: Case) -> HttpResponse:
    sent: Any = request.FILES.get("list")
    try:
        if not isinstance(sent, _ListFile) or not sent.data:
            raise NotRead(_("Choose a CSV list or a spreadsheet (.xlsx) first."))
        channel, rows = rows_of(sent.data)
        with acting_as(request.actor):
            pasted = read_table(rows, platform_book())
        if not pasted.items:
            raise NotRead(_("This list holds no link that can be read. ") + " ".join(pasted.words(2)))
    except NotRead as refusal:
        return _add_page(request, case, AddLinksForm(), _with_problem(str(refusal)), status=422)
    return _bring(request, case, pasted, channel, file_name=sent.shown)


class _ListFile:
    """A chosen list: its bytes in memory, and its name as text."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = self.shown = "".join(sign if sign.isprintable() else "�" for sign in name)[:200]
        self.data = data

    def close(self) -> None:
        """Nothing was opened."""


class _InMemory(FileUploadHandler):
    """Keeps one small file in memory, so that no list of addresses rests on a disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.pieces: list[bytes] = []
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece; more than a list can have ends the request."""
        self.size += len(raw_data)
        if self.size > MOST_BYTES + FORM_BYTES:
            raise StopUpload(connection_reset=True)
        self.pieces.append(raw_data)

    def file_complete(self, file_size: int) -> Any:
        """Hand over the file."""
        return _ListFile(self.file_name or "", b"".join(self.pieces))


def _with_problem(said: str) -> ListFileForm:
    form = ListFileForm({})
    form.errors.clear()
    form.add_error("list", said)
    return form


def _bring(
    request: SignedInRequest,
    case: Case,
    pasted: Pasted,
    channel: ImportedAs,
    *,
    file_name: str = "",
    corrects: UUID | None = None,
) -> HttpResponse:
    try:
        with acting_as(request.actor):
            made, added = actions.bring(
                case_id=case.pk,
                pasted=pasted,
                channel=channel,
                found_by=FoundBy.STAFF,
                by=request.actor,
                at=timezone.now(),
                file_name=file_name,
                corrects=corrects,
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:case", case.reference)
    if added.new or added.relisted:
        tasks.ring()
        messages.success(request, said_of(added))
    is_plain = added.new == len(pasted.items) and not pasted.problems and channel == ImportedAs.PASTE
    if is_plain:
        return redirect("takedowns:links", case.reference)
    return redirect("takedowns:link_import", case.reference, made.pk)


def said_of(added: Added) -> str:
    """Say what became of pasted links: how many are new, and which lines were here already."""
    parts = [ngettext("%(n)d link was added.", "%(n)d links were added.", added.new) % {"n": added.new}]
    fresh_again = len(added.again) - added.relisted
    if added.relisted:
        said = ngettext("%(n)d is back on the list.", "%(n)d are back on the list.", added.relisted)
        parts.append(said % {"n": added.relisted})
    if fresh_again > 0:
        lines = ", ".join(str(number) for number in added.again[:10])
        said = ngettext(
            "%(n)d was here already (line %(lines)s).", "%(n)d were here already (lines %(lines)s).", fresh_again
        )
        parts.append(said % {"n": fresh_again, "lines": lines + ("…" if len(added.again) > 10 else "")})
    return " ".join(parts)


def _add_page(
    request: SignedInRequest, case: Case, form: AddLinksForm, list_form: ListFileForm, *, status: int = 0
) -> HttpResponse:
    with acting_as(request.actor):
        mine = LinkImport.objects.visible_to(request.actor).filter(case=case).for_rows()
        context = case_page(
            request,
            case,
            tab="links",
            form=list_form if list_form.is_bound else form,
            paste=form,
            list_form=list_form,
            imports=list(mine[:IMPORTS_SHOWN]),
        )
        return render(request, "takedowns/add_links.html", context, status=status or (422 if form.is_bound else 200))


@requires(Permission.LINK_ADD, methods=("POST",))
def preview_links(request: SignedInRequest, reference: str) -> HttpResponse:
    """Tell, while links are being pasted, what each would become. Nothing is kept."""
    form = AddLinksForm(request.POST)
    with acting_as(request.actor):
        case = case_of(request, reference)
        if not case.takes_material or not form.is_valid():
            return render(request, "takedowns/_paste_preview.html", {})
        pasted = read_pasted(form.cleaned_data["links"], platform_book())
        known = known_links(case, {item.key for item in pasted.items})
        return render(
            request, "takedowns/_paste_preview.html", {"told": _told(pasted, known), "wrong": pasted.words(3)}
        )


@dataclass(frozen=True)
class Told:
    """What pasted lines would become."""

    new: int
    known: Sequence[int]
    twice: Sequence[int]
    wrong: int


def _told(pasted: Pasted, known: Any) -> Told:
    seen: set[str] = set()
    here, twice = [], []
    for item in pasted.items:
        if item.key in seen:
            twice.append(item.number)
        elif item.key in known:
            here.append(item.number)
        seen.add(item.key)
    return Told(len(seen) - len(here), here, twice, len(pasted.problems))


def import_of(request: SignedInRequest, reference: str, import_id: UUID) -> LinkImport:
    """Return one import of a case, or 404; inside `acting_as`."""
    visible = LinkImport.objects.visible_to(request.actor).filter(case=case_of(request, reference))
    made: LinkImport = get_object_or_404(visible.select_related("case", "made_by"), pk=import_id)
    return made


@requires(Permission.CASE_VIEW)
def link_import(request: SignedInRequest, reference: str, import_id: UUID) -> HttpResponse:
    """Show what each line of an import became; wrong lines stand in a box to be corrected."""
    made = import_of(request, reference, import_id)
    show = request.GET.get("show", "")
    lines = made.lines if made.sealed else []
    wrong = [line for line in lines if line[1] == Outcome.WRONG]
    form = AddLinksForm(initial={"links": "\n".join(line[5] for line in wrong), "corrects": made.pk})
    chosen = [line for line in lines if not show or line[1] == show]
    start = _place(request.GET.get("from", ""))
    rows: list[LineRow] = line_rows(made.case, chosen[start : start + LINES_SHOWN])
    base = reverse("takedowns:link_import", args=[reference, import_id])
    step = f"{base}?show={show}&from="
    context = case_page(
        request,
        made.case,
        tab="links",
        made=made,
        rows=rows,
        columns=column_words(made),
        views=counts_of(lines, base, show),
        form=form,
        wrong=len(wrong),
        older=f"{step}{start + LINES_SHOWN}" if len(chosen) > start + LINES_SHOWN else "",
        newer=f"{step}{max(0, start - LINES_SHOWN)}" if start else "",
    )
    return render(request, "takedowns/link_import.html", context)


def _place(text: str) -> int:
    return min(int(text), 1_000_000) if text.isascii() and text.isdigit() and len(text) < 8 else 0


@requires(Permission.LINK_ADD, methods=("POST",))
@one_use
def undo_import(request: SignedInRequest, reference: str, import_id: UUID) -> HttpResponse:
    """Take an import back as a whole, while no notice names one of its links."""
    with acting_as(request.actor):
        made = import_of(request, reference, import_id)
    moment: datetime = timezone.now()
    try:
        with acting_as(request.actor):
            count = actions.undo(import_id=made.pk, by=request.actor, at=moment)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(n)d link is off the list again.", "%(n)d links are off the list again.", count)
        messages.success(request, said % {"n": count} + " " + _("Pasting them again brings them back."))
    return HttpResponseRedirect(reverse("takedowns:link_import", args=[reference, import_id]))
