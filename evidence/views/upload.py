"""The evidence of a case as covers and facts, and the plain form that takes files in. No picture leaves by these."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.http import HttpResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.keys import case_key
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence import evidence_page
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.exhibit import Incoming
from evidence.forms_upload import FileRequestForm, UploadForm
from evidence.looking import filters
from evidence.models import Exhibit, FileRequest, Upload
from evidence.receiving import about, announced, read_past, record_refusals
from evidence.resumable import statement_of
from evidence.uploads import SealedUpload, SealingUploadHandler


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
    return render(request, "evidence/exhibit_list.html", list_context(request, case, UploadForm()))


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
        read_past(request)
        return render(request, "evidence/not_taken.html", {"reason": str(refusal), "case": case}, status=409)
    if announced(request) > settings.MAX_UPLOAD:
        read_past(request)
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
    except UnreadablePostError:
        # Nobody hears the answer; the record does.
        _record_refusal(request, case, name="", reason="broken_off", at=now)
        reason = _("The connection broke off. Nothing was kept. Send the files again.")
        return render(request, "evidence/not_taken.html", {"reason": reason, "case": case}, status=400)


@csrf_protect
@one_use
def _receive(request: Receiving) -> HttpResponse:
    now = timezone.now()
    case, sealing = request.case, request.sealing
    form = UploadForm(request.POST)
    record_refusals(sealing, case_id=case.pk, by=request.actor, at=now)
    if not form.is_valid() or not sealing.taken:
        if form.is_valid() and not sealing.refused:
            form.add_error("chosen", _("Choose at least one file."))
        for refused in sealing.refused:
            form.add_error("chosen", about(refused.name, refused.message))
        if sealing.taken:
            form.add_error("chosen", _("Choose the files again: your browser does not keep them."))
        with acting_as(request.actor):
            return render(request, "evidence/exhibit_list.html", list_context(request, case, form), status=422)
    _keep(request, form, at=now)
    for refused in sealing.refused:
        messages.warning(request, about(refused.name, refused.message))
    return redirect("evidence:exhibits", case.reference)


def _keep(request: Receiving, form: UploadForm, *, at: datetime) -> None:
    """Take in each file by itself: one that fails says so and leaves the others alone."""
    statement, answers = statement_of(form.statement())
    producer = exhibit_actions.initials(request.user.name)
    kept: list[Exhibit] = []
    asides: list[tuple[int, str]] = []
    for upload in request.sealing.taken:
        try:
            outcome = exhibit_actions.take_in(
                case_id=request.case.pk,
                incoming=incoming_of(upload),
                statement=statement,
                producer=producer,
                by=request.actor,
                at=at,
                acquisition=answers,
            )
        except VaultError as failure:
            _record_refusal(request, request.case, name=upload.client_name.shown, reason="store", at=at)
            asides.append((messages.ERROR, about(upload.client_name, str(failure))))
            continue
        except IllegalMove as refusal:
            asides.append((messages.ERROR, about(upload.client_name, str(refusal))))
            continue
        if outcome.is_new:
            kept.append(outcome.exhibit)
        else:
            said = _("this file is here already, as %(exhibit)s. Nothing was added twice.")
            asides.append((messages.INFO, about(upload.client_name, said % {"exhibit": outcome.exhibit.label})))
    if kept:
        labels = ", ".join(exhibit.label for exhibit in kept)
        said = ngettext("Kept and sealed as %(labels)s.", "%(n)d files kept and sealed: %(labels)s.", len(kept))
        messages.success(request, said % {"n": len(kept), "labels": labels})
    for level, text in asides:
        messages.add_message(request, level, text)


def incoming_of(upload: SealedUpload) -> Incoming:
    """Return a sealed file of a request as an action wants it."""
    return Incoming(
        staged=upload.staged, name=upload.client_name, finding=upload.finding, claimed_type=upload.claimed_type
    )


def list_context(
    request: SignedInRequest, case: Case, form: UploadForm, asking: FileRequestForm | None = None
) -> dict[str, Any]:
    """Return what the page of a case's evidence needs; inside `acting_as`."""
    now = timezone.now()
    rows = list(Exhibit.objects.visible_to(request.actor).filter(case=case).sealed().for_rows())
    path = reverse("evidence:exhibits", args=[case.reference])
    narrowed = filters.shown(case, rows, request.GET.get("show", ""), path=path)
    coming = Upload.objects.visible_to(request.actor).coming().filter(case=case).order_by("started_at", "pk")
    asked = FileRequest.objects.visible_to(request.actor).standing(at=now).filter(case=case).first()
    parts = evidence_page.parts(case, request.actor, now)
    return case_page(
        request,
        case,
        tab="exhibits",
        exhibits=narrowed.exhibits,
        choices=narrowed.choices,
        form=form,
        limit=settings.MAX_UPLOAD,
        largest=max(settings.MAX_UPLOAD, settings.MAX_RESUMABLE),
        part=settings.PART_BYTES,
        coming=[upload for upload in coming if not upload.is_from_client],
        may_add=request.user.may(Permission.EVIDENCE_ADD),
        asked=asked,
        asking=asking or FileRequestForm(),
        may_ask=request.user.may(Permission.CLIENT_MESSAGE),
        parts=[part for part in parts if part.permission is None or request.user.may(part.permission)],
        now=now,
    )


def _record_refusal(request: SignedInRequest, case: Case, *, name: str, reason: str, at: datetime) -> None:
    with acting_as(request.actor):
        exhibit_actions.refuse(case_id=case.pk, name=name, reason=reason, by=request.actor, at=at)
