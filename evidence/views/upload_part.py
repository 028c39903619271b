"""Large files in parts: begin, send a part, ask how far it is, finish, give up. The protocol is in docs/uploads.md.

Every answer is JSON with a sentence in `message` where something is refused. None of these addresses acts twice for
being asked twice, so none needs a token that is used once.
"""

import re
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, requires
from cases.keys import case_key
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence import parts as part_files
from evidence import resumable
from evidence.actions import exhibit as exhibit_actions
from evidence.actions import upload as upload_actions
from evidence.forms_upload import UploadForm
from evidence.intake import ClientName, claimed_type
from evidence.models import Upload, UploadState
from evidence.receiving import announced, read_past
from evidence.resumable import Refusal

SHA256 = re.compile(r"[0-9a-f]{64}")


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
def start(request: SignedInRequest, reference: str) -> HttpResponse:
    """Begin a file, or find where it stands: needs what the form says, `name`, `size`, `type` and `first` (SHA-256)."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    name, now = ClientName.of(request.POST.get("name", "")), timezone.now()
    size, first = request.POST.get("size", ""), request.POST.get("first", "")
    if not size.isdecimal() or len(size) > 18 or not SHA256.fullmatch(first):
        return _refused(_("This page is out of date. Load it again."), status=400)
    refusal = _too_much(int(size))
    if refusal:
        with acting_as(request.actor):
            exhibit_actions.refuse(case_id=case.pk, name=name.shown, reason=refusal[0], by=request.actor, at=now)
        return _refused(refusal[1], status=413 if refusal[0] == "too_large" else 507)
    form = UploadForm(request.POST)
    if not form.is_valid():
        errors = {field: [str(error) for error in found] for field, found in form.errors.items()}
        return JsonResponse({"state": "form", "errors": errors}, status=422)
    try:
        with acting_as(request.actor):
            upload = upload_actions.start(
                case_id=case.pk,
                name=name,
                size=int(size),
                part_bytes=settings.PART_BYTES,
                claimed_type=claimed_type(request.POST.get("type")),
                first_sha256=first,
                statement=form.statement(),
                by=request.actor,
                at=now,
            )
    except IllegalMove as refusal_now:
        return _refused(str(refusal_now), status=409)
    return _told(upload, case, status=201 if upload.offset == 0 else 200)


def _too_much(size: int) -> tuple[str, str] | None:
    if size > settings.MAX_RESUMABLE:
        said = _("The file is larger than %(limit)s MB, the most we can take at once.")
        return "too_large", said % {"limit": settings.MAX_RESUMABLE // (1024 * 1024)}
    if not part_files.has_room(size):
        return "no_room", _("There is no room to take this file just now. Nothing was kept. Try again later.")
    return None


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
def part(request: SignedInRequest, reference: str, upload_id: UUID) -> HttpResponse:
    """Take one part: bytes with Upload-Offset and Upload-Sha256. What may not come is refused before it is read."""
    with acting_as(request.actor):
        upload = _upload(request, reference, upload_id)
        case, key = upload.case, case_key(upload.case_id)
        upload.opened()
    try:
        exhibit_actions.check_open(case)
    except IllegalMove as refusal:
        read_past(request)
        return _refused(str(refusal), status=409)
    if upload.state != UploadState.OPEN:
        read_past(request)
        return _told(upload, case, status=409)
    claimed = _claimed(request)
    if claimed is None or request.content_type != "application/octet-stream":
        return _refused(_("This page is out of date. Load it again."), status=400)
    offset, sha256 = claimed
    length = announced(request)
    if length == 0:
        return _refused(_("A part must say how long it is."), status=411)
    if length > upload.part_bytes:
        return _refused(_("A part of this file is too large."), status=413)
    try:
        sealed = part_files.seal_part(
            request.read, upload_id=upload.pk, case_id=case.pk, key=key, length=length, sha256=sha256
        )
    except part_files.PartRefused:
        return _told(upload, case, status=422)
    except OSError as failure:
        # An error without a number is a sender that went away; one with a number is our own disk.
        return _told(upload, case, status=400 if failure.errno is None else 507)
    try:
        with acting_as(request.actor):
            upload, is_new = upload_actions.add_part(
                upload_id=upload.pk, part=sealed, offset=offset, by=request.actor, at=timezone.now()
            )
            upload.opened()
    except upload_actions.Elsewhere as elsewhere:
        part_files.discard(upload.pk, sealed)
        return _told(upload, case, status=409, offset=elsewhere.offset)
    except IllegalMove as refusal:
        part_files.discard(upload.pk, sealed)
        return _refused(str(refusal), status=409)
    except BaseException:
        part_files.discard(upload.pk, sealed)
        raise
    if not is_new:
        part_files.discard(upload.pk, sealed)
    return _told(upload, case)


@requires(Permission.EVIDENCE_ADD)
def state(request: SignedInRequest, reference: str, upload_id: UUID) -> HttpResponse:
    """Say how far a file is."""
    upload = _upload(request, reference, upload_id)
    return _told(upload, upload.case)


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
def finish(request: SignedInRequest, reference: str, upload_id: UUID) -> HttpResponse:
    """Make an exhibit of a whole file. Asked again, it gives the same exhibit."""
    with acting_as(request.actor):
        upload = _upload(request, reference, upload_id)
        case = upload.case
    try:
        outcome = resumable.finish(
            upload_id=upload.pk,
            producer=exhibit_actions.initials(request.user.name),
            by=request.actor,
            at=timezone.now(),
        )
    except IllegalMove as refusal:
        return _refused(str(refusal), status=409)
    if isinstance(outcome, Refusal):
        if outcome.is_final:
            return _refused(outcome.message, status=422)
        status = 202 if outcome.is_at_work else 503
        return JsonResponse({"state": "wait", "message": outcome.message}, status=status)
    exhibit = outcome.exhibit
    return JsonResponse(
        {
            "state": "done",
            "label": exhibit.label,
            "new": outcome.is_new,
            "url": reverse("evidence:exhibit", args=[case.reference, exhibit.pk]),
        }
    )


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
def cancel(request: SignedInRequest, reference: str, upload_id: UUID) -> HttpResponse:
    """Give a file up and remove what came of it."""
    with acting_as(request.actor):
        upload = _upload(request, reference, upload_id)
        upload_actions.cancel(upload_id=upload.pk, by=request.actor, at=timezone.now())
        upload.refresh_from_db()
    if upload.state != UploadState.OPEN:
        part_files.remove(upload.pk)
    if "application/json" not in request.headers.get("Accept", ""):
        return redirect("evidence:exhibits", reference)
    return JsonResponse({"state": upload.state})


def _upload(request: SignedInRequest, reference: str, upload_id: UUID) -> Upload:
    rows = Upload.objects.visible_to(request.actor).filter(is_from_client=False).select_related("case")
    found: Upload = get_object_or_404(rows, pk=upload_id, case__reference=reference)
    return found


def _claimed(request: HttpRequest) -> tuple[int, str] | None:
    offset, sha256 = request.headers.get("Upload-Offset", ""), request.headers.get("Upload-Sha256", "")
    if not offset.isdecimal() or len(offset) > 18 or not SHA256.fullmatch(sha256):
        return None
    return int(offset), sha256


def _refused(message: str, *, status: int) -> JsonResponse:
    return JsonResponse({"state": "refused", "message": message}, status=status)


def _told(upload: Upload, case: Case, *, status: int = 200, offset: int | None = None) -> JsonResponse:
    names = {"reference": case.reference, "upload_id": upload.pk}
    return JsonResponse(
        {
            "state": upload.state,
            "offset": upload.offset if offset is None else offset,
            "size": upload.size,
            "part": upload.part_bytes,
            "urls": {
                name: reverse(f"evidence:upload_{name}", kwargs=names) for name in ("part", "state", "finish", "cancel")
            },
        },
        status=status,
    )
