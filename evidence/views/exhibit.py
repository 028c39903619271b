"""The evidence of a case: covers and facts, taking files in, and one exhibit's page. No picture leaves by these."""

import time
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases.access import acting_as
from cases.actions import limit as limit_actions
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.keys import case_key
from cases.limits import Counted
from cases.models import Case, Event
from cases.permissions import Permission
from cases.reading import read_events
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.exhibit import Incoming, Statement
from evidence.bundle_sections import notes_of
from evidence.forms import UploadForm
from evidence.intake import ClientName
from evidence.models import AcquisitionMethod, Exhibit
from evidence.uploads import SealedUpload, SealingUploadHandler

READ_PAST_SECONDS = 20.0
"""How long a request that is too large is read and dropped, so that its sender can hear the answer."""
READ_PAST_BYTES = 1 << 20


class Receiving(SignedInRequest):
    """A request whose files are sealed while it is read."""

    case: Case
    sealing: SealingUploadHandler


@requires(Permission.EVIDENCE_VIEW)
def exhibits(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show what the case holds, as covers, and the form that adds to it."""
    case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    if case.is_age_locked:
        return redirect("cases:case", reference)
    return render(request, "evidence/exhibit_list.html", _list_context(request, case, UploadForm()))


@requires(Permission.EVIDENCE_VIEW)
def exhibit(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Show one exhibit's facts, hashes and custody."""
    case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    if case.is_age_locked:
        return redirect("cases:case", reference)
    found = get_object_or_404(Exhibit.objects.visible_to(request.actor).filter(case=case), pk=exhibit_id)
    limit_actions.count(kind=Counted.LOOK, by=request.actor, at=timezone.now())
    events = Event.objects.visible_to(request.actor).filter(case=case, subject=f"{Exhibit._meta.db_table}:{found.pk}")
    custody = read_events(list(events.select_related("case").order_by("seq")))
    context = case_page(request, case, tab="exhibits", exhibit=found, custody=custody, notes=notes_of(found))
    return render(request, "evidence/exhibit_detail.html", context)


@csrf_exempt
@requires(Permission.EVIDENCE_ADD, methods=("GET", "POST"))
def add_exhibits(request: SignedInRequest, reference: str) -> HttpResponse:
    """Take files in. Whether they may come at all is settled before one byte of the body is read.

    Exempt from the CSRF check here only because that check reads the body: it is made inside, by `_receive`, once the
    handler that seals files stands ready.
    """
    if request.method != "POST":
        return redirect("evidence:exhibits", reference)
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
        key = case_key(case.pk)
    now = timezone.now()
    try:
        exhibit_actions.check_open(case)
    except IllegalMove as refusal:
        _read_past(request)
        return render(request, "evidence/not_taken.html", {"reason": str(refusal), "case": case}, status=409)
    if _announced(request) > settings.MAX_UPLOAD:
        _read_past(request)
        _record_refusal(request, case, name="", reason="too_large", at=now)
        return render(request, "413.html", {"limit": settings.MAX_UPLOAD}, status=413)
    receiving = cast(Receiving, request)
    receiving.case = case
    receiving.sealing = SealingUploadHandler(
        request, directory=settings.STAGING_DIR, key=key, case_id=case.pk, limit=settings.MAX_UPLOAD
    )
    request.upload_handlers = [receiving.sealing]
    try:
        return _receive(receiving)
    except TooManyFilesSent:
        _record_refusal(request, case, name="", reason="too_many", at=now)
        reason = _("That are too many files at once. Choose fewer and send them again. Nothing was kept.")
        return render(request, "evidence/not_taken.html", {"reason": reason, "case": case}, status=413)


@csrf_protect
@one_use
def _receive(request: Receiving) -> HttpResponse:
    now = timezone.now()
    case, sealing = request.case, request.sealing
    form = UploadForm(request.POST)
    for refused in sealing.refused:
        _record_refusal(request, case, name=refused.name.shown, reason=refused.reason.value, at=now)
    if not form.is_valid() or not sealing.taken:
        if form.is_valid() and not sealing.refused:
            form.add_error("chosen", _("Choose at least one file."))
        for refused in sealing.refused:
            form.add_error("chosen", _about(refused.name, refused.message))
        if sealing.taken:
            form.add_error("chosen", _("Choose the files again: your browser does not keep them."))
        with acting_as(request.actor):
            return render(request, "evidence/exhibit_list.html", _list_context(request, case, form), status=422)
    _keep(request, form, at=now)
    for refused in sealing.refused:
        messages.warning(request, _about(refused.name, refused.message))
    return redirect("evidence:exhibits", case.reference)


def _keep(request: Receiving, form: UploadForm, *, at: datetime) -> None:
    """Take in each file by itself: one that fails says so and leaves the others alone."""
    statement = Statement(
        description=form.cleaned_data["description"],
        method=AcquisitionMethod(form.cleaned_data["method"]),
        source=form.cleaned_data["source"],
        discovered_at=form.cleaned_data["discovered_at"],
    )
    producer = exhibit_actions.initials(request.user.name)
    kept: list[Exhibit] = []
    asides: list[tuple[int, str]] = []
    for upload in request.sealing.taken:
        try:
            outcome = exhibit_actions.take_in(
                case_id=request.case.pk,
                incoming=_incoming(upload),
                statement=statement,
                producer=producer,
                by=request.actor,
                at=at,
            )
        except VaultError as failure:
            _record_refusal(request, request.case, name=upload.client_name.shown, reason="store", at=at)
            asides.append((messages.ERROR, _about(upload.client_name, str(failure))))
            continue
        except IllegalMove as refusal:
            asides.append((messages.ERROR, _about(upload.client_name, str(refusal))))
            continue
        if outcome.is_new:
            kept.append(outcome.exhibit)
        else:
            said = _("this file is here already, as %(exhibit)s. Nothing was added twice.")
            asides.append((messages.INFO, _about(upload.client_name, said % {"exhibit": outcome.exhibit.label})))
    if kept:
        labels = ", ".join(exhibit.label for exhibit in kept)
        said = ngettext("Kept and sealed as %(labels)s.", "%(n)d files kept and sealed: %(labels)s.", len(kept))
        messages.success(request, said % {"n": len(kept), "labels": labels})
    for level, text in asides:
        messages.add_message(request, level, text)


def _incoming(upload: SealedUpload) -> Incoming:
    return Incoming(
        staged=upload.staged, name=upload.client_name, finding=upload.finding, claimed_type=upload.claimed_type
    )


def _list_context(request: SignedInRequest, case: Case, form: UploadForm) -> dict[str, Any]:
    rows = list(Exhibit.objects.visible_to(request.actor).filter(case=case).sealed().for_rows())
    return case_page(request, case, tab="exhibits", exhibits=rows, form=form, limit=settings.MAX_UPLOAD)


def _about(name: ClientName, text: str) -> str:
    return format_html("<bdi>{}</bdi>: {}", name.shown, text)


def _record_refusal(request: SignedInRequest, case: Case, *, name: str, reason: str, at: datetime) -> None:
    with acting_as(request.actor):
        exhibit_actions.refuse(case_id=case.pk, name=name, reason=reason, by=request.actor, at=at)


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _read_past(request: HttpRequest) -> None:
    """Read the rest of the body and drop it, for a while: a browser that is still sending does not hear an answer."""
    stop = time.monotonic() + READ_PAST_SECONDS
    try:
        while time.monotonic() < stop and request.read(READ_PAST_BYTES):
            continue
    except OSError:
        return
