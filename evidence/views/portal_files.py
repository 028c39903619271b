"""What a client was asked to send: a plain form, sealed while it is read, nothing of it ever shown again."""

from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.http import HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases import portal
from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.keys import case_key
from cases.models import Case
from cases.permissions import Door, Permission
from cases.portal import Stage, visit_of
from cases.states import IllegalMove
from cases.vault import Vault, VaultError
from evidence import resumable, tasks
from evidence.actions import upload as upload_actions
from evidence.forms_portal import PortalFilesForm
from evidence.models import FileRequest, Upload
from evidence.receiving import about, announced, read_past, record_refusals
from evidence.uploads import SealedUpload, SealingUploadHandler


class Sending(SignedInRequest):
    """A client's request whose files are sealed while it is read."""

    case: Case
    asked: FileRequest
    sealing: SealingUploadHandler


@csrf_exempt
@requires(Permission.PORTAL_UPLOAD, door=Door.PORTAL, methods=("GET", "POST"))
def files(request: SignedInRequest) -> HttpResponse:
    """Show what is asked, and take it. Whether anything may come is settled before one byte of the body is read.

    Exempt from the CSRF check here only because that check reads the body: it is made inside, by `_receive`.
    """
    now = timezone.now()
    sending = cast(Sending, request)
    with acting_as(request.actor):
        visit = visit_of(request)
        elsewhere = visit.leads_away(Stage.SENT, adults_only=True, permission=Permission.PORTAL_UPLOAD)
        asked = FileRequest.objects.visible_to(request.actor).standing(at=now).filter(case=visit.case).first()
        if elsewhere or asked is None or not visit.case.takes_more:
            if request.method == "POST":
                read_past(request)
            return HttpResponseRedirect(elsewhere or visit.resume_url())
        sending.case, sending.asked = visit.case, asked
        asked.opened()
        if request.method != "POST":
            return _page(sending, PortalFilesForm())
        key = case_key(visit.case.pk)
    sending.sealing = SealingUploadHandler(
        request, directory=settings.STAGING_DIR, key=key, case_id=sending.case.pk, limit=settings.MAX_UPLOAD
    )
    if announced(request) > settings.MAX_UPLOAD:
        read_past(request)
        form = PortalFilesForm({})
        form.add_error("chosen", _("That is too much at once. Send fewer files, or a shorter video."))
        with acting_as(request.actor):
            return _page(sending, form, status=413)
    request.upload_handlers = [sending.sealing]
    try:
        return _receive(sending)
    except TooManyFilesSent:
        form = PortalFilesForm({})
        form.add_error("chosen", _("That are too many files at once. Send fewer."))
        with acting_as(request.actor):
            return _page(sending, form, status=413)
    except UnreadablePostError:
        return HttpResponse(status=400)


@csrf_protect
@one_use
def _receive(request: Sending) -> HttpResponse:
    now = timezone.now()
    form = PortalFilesForm(request.POST)
    record_refusals(request.sealing, case_id=request.case.pk, by=request.actor, at=now)
    count = 0
    if form.is_valid() and request.sealing.taken:
        # A microsecond apart, so that they get their numbers in the order in which they were chosen.
        for number, upload in enumerate(request.sealing.taken):
            count += _keep(request, form, upload, at=now + timedelta(microseconds=number))
    elif form.is_valid() and not request.sealing.refused:
        form.add_error("chosen", _("Choose a file first."))
    if count:
        with acting_as(request.actor):
            upload_actions.note_received(case_id=request.case.pk, count=count, by=request.actor, at=now)
        tasks.ring_uploads()
    for refused in request.sealing.refused:
        form.add_error("chosen", about(refused.name, refused.message))
    if form.errors:
        with acting_as(request.actor):
            return _page(request, form, received=count, status=422)
    said = ngettext("Received: %(n)d file. Thank you.", "Received: %(n)d files. Thank you.", count)
    messages.success(request, said % {"n": count})
    return HttpResponseRedirect(reverse("portal:status"))


def _keep(request: Sending, form: PortalFilesForm, upload: SealedUpload, *, at: datetime) -> bool:
    vault = Vault()
    try:
        stored = vault.put(upload.staged)
    except VaultError:
        form.add_error("chosen", about(upload.client_name, _("this could not be kept just now. Send it again later.")))
        return False
    try:
        with acting_as(request.actor):
            upload_actions.receive(
                case_id=request.case.pk,
                stored=stored,
                size=upload.staged.plain_bytes,
                name=upload.client_name,
                claimed_type=upload.claimed_type,
                found=resumable.described(upload.staged, upload.finding),
                statement=form.statement(),
                by=request.actor,
                at=at,
            )
    except IllegalMove:
        vault.delete(stored.name)
        form.add_error("chosen", _("Files cannot be sent here any more."))
        return False
    except BaseException:
        vault.delete(stored.name)
        raise
    return True


def _page(request: Sending, form: PortalFilesForm, *, received: int = 0, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "asked": request.asked,
        "received": received,
        "limit": settings.MAX_UPLOAD,
        "largest": max(settings.MAX_UPLOAD, settings.MAX_RESUMABLE),
        "part": settings.CLIENT_PART_BYTES,
        "waiting": Upload.objects.visible_to(request.actor).coming().filter(case=request.case).count(),
        "back_url": reverse("portal:status"),
    }
    return portal.show(request, "evidence/portal_files.html", context, status=status)
