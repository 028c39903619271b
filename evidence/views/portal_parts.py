"""A client's files in parts, on the portal: the same protocol as for staff (docs/uploads.md), while somebody asks.

Answers are JSON. None of these addresses acts twice for being asked twice, so none needs a token that is used once.
Nothing is remembered on the device, and no answer tells a name.
"""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, requires
from cases.keys import case_key
from cases.permissions import Door, Permission
from cases.portal import Stage, Visit, visit_of
from cases.states import IllegalMove
from evidence import handed_in, tasks
from evidence import parts as part_files
from evidence.actions import exhibit as exhibit_actions
from evidence.actions import upload as upload_actions
from evidence.forms_portal import PortalFilesForm
from evidence.intake import claimed_type
from evidence.models import Upload, UploadState
from evidence.part_answers import Begun, not_finished, out_of_date, refused, take_part, told_by, too_much
from evidence.receiving import read_past
from evidence.resumable import Refusal


class _Elsewhere(Exception):
    """This client has no business at these addresses now."""


def _visit(request: SignedInRequest) -> Visit:
    """Return the visit inside `acting_as`; raises _Elsewhere where the page of files is not theirs to see."""
    visit = visit_of(request)
    if visit.leads_away(Stage.SENT, adults_only=True, permission=Permission.PORTAL_UPLOAD):
        raise _Elsewhere
    return visit


def _closed() -> JsonResponse:
    return refused(_("Files cannot be sent here any more."), status=409)


@requires(Permission.PORTAL_UPLOAD, door=Door.PORTAL, methods=("POST",))
def start(request: SignedInRequest) -> HttpResponse:
    """Begin a file, or find where it stands: needs what the form says, `name`, `size`, `type` and `first` (SHA-256)."""
    now = timezone.now()
    try:
        with acting_as(request.actor):
            case = _visit(request).case
            upload_actions.check_receiving(case, at=now)
    except (_Elsewhere, IllegalMove):
        return _closed()
    begun = Begun.of(request)
    if begun is None:
        return out_of_date()
    if refusal := too_much(begun.size):
        with acting_as(request.actor):
            exhibit_actions.refuse(case_id=case.pk, name=begun.name.shown, reason=refusal[0], by=request.actor, at=now)
        return refused(refusal[1], status=413 if refusal[0] == "too_large" else 507)
    form = PortalFilesForm(request.POST)
    if not form.is_valid():
        errors = {field: [str(error) for error in found] for field, found in form.errors.items()}
        return JsonResponse({"state": "form", "errors": errors}, status=422)
    try:
        with acting_as(request.actor):
            upload = upload_actions.start(
                case_id=case.pk,
                name=begun.name,
                size=begun.size,
                part_bytes=settings.CLIENT_PART_BYTES,
                claimed_type=claimed_type(request.POST.get("type")),
                first_sha256=begun.first,
                statement=form.statement(),
                by=request.actor,
                at=now,
            )
    except IllegalMove as refusal_now:
        return refused(str(refusal_now), status=409)
    if upload.state != UploadState.OPEN:
        return _done(is_new=False)
    return _told(upload, status=201 if upload.offset == 0 else 200)


@requires(Permission.PORTAL_UPLOAD, door=Door.PORTAL, methods=("POST",))
def part(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """Take one part. What may not come is refused before it is read."""
    now = timezone.now()
    try:
        with acting_as(request.actor):
            upload = _upload(request, upload_id)
            key = case_key(upload.case_id)
            upload.opened()
            upload_actions.check_receiving(upload.case, at=now)
    except (_Elsewhere, IllegalMove):
        read_past(request)
        return _closed()
    return take_part(request, upload, key=key, check=lambda: None, told=_told, at=now)


@requires(Permission.PORTAL_UPLOAD, door=Door.PORTAL)
def state(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """Say how far a file is."""
    try:
        upload = _upload(request, upload_id)
    except _Elsewhere:
        return _closed()
    return _told(upload) if upload.state == UploadState.OPEN else JsonResponse({"state": upload.state})


@requires(Permission.PORTAL_UPLOAD, door=Door.PORTAL, methods=("POST",))
def finish(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """Hand a whole file in, with what is said of it by now. Asked again, it says that the file came."""
    now = timezone.now()
    try:
        with acting_as(request.actor):
            upload = _upload(request, upload_id)
        kept = handed_in.hand_in(upload_id=upload.pk, statement=_said_by_now(request), by=request.actor, at=now)
    except _Elsewhere:
        return _closed()
    except IllegalMove as refusal:
        return refused(str(refusal), status=409)
    if isinstance(kept, Refusal):
        return not_finished(kept.message, is_final=kept.is_final, is_at_work=kept.is_at_work)
    if kept:
        tasks.ring_uploads()
    return _done(is_new=kept)


@requires(Permission.PORTAL_UPLOAD, door=Door.PORTAL, methods=("POST",))
def cancel(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """Give a file up and remove what came of it."""
    try:
        with acting_as(request.actor):
            upload = _upload(request, upload_id)
            upload_actions.cancel(upload_id=upload.pk, by=request.actor, at=timezone.now())
            upload.refresh_from_db()
    except _Elsewhere:
        return _closed()
    if upload.state == UploadState.CANCELLED:
        part_files.remove(upload.pk)
    return JsonResponse({"state": upload.state})


def _upload(request: SignedInRequest, upload_id: UUID) -> Upload:
    case = _visit(request).case
    rows = Upload.objects.visible_to(request.actor).filter(is_from_client=True, person_id=request.actor.id)
    found: Upload = get_object_or_404(rows.select_related("case"), pk=upload_id, case=case)
    return found


def _said_by_now(request: SignedInRequest) -> dict[str, str] | None:
    form = PortalFilesForm(request.POST)
    return form.statement() if "edited" in request.POST and form.is_valid() else None


def _done(*, is_new: bool) -> JsonResponse:
    return JsonResponse({"state": "done", "new": is_new, "label": ""})


_told = told_by(lambda name, upload_id: reverse(f"portal:files_{name}", args=[upload_id]))
