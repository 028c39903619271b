"""Large files in parts: begin, send a part, ask how far it is, finish, give up. The protocol is in docs/uploads.md.

Every answer is JSON with a sentence in `message` where something is refused. None of these addresses acts twice for
being asked twice, so none needs a token that is used once.
"""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

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
from evidence.intake import claimed_type
from evidence.models import Upload, UploadState
from evidence.part_answers import Begun, Told, not_finished, out_of_date, refused, take_part, told_by, too_much
from evidence.resumable import Refusal


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
def start(request: SignedInRequest, reference: str) -> HttpResponse:
    """Begin a file, or find where it stands: needs what the form says, `name`, `size`, `type` and `first` (SHA-256)."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    now, begun = timezone.now(), Begun.of(request)
    if begun is None:
        return out_of_date()
    refusal = too_much(begun.size)
    if refusal:
        with acting_as(request.actor):
            exhibit_actions.refuse(case_id=case.pk, name=begun.name.shown, reason=refusal[0], by=request.actor, at=now)
        return refused(refusal[1], status=413 if refusal[0] == "too_large" else 507)
    form = UploadForm(request.POST)
    if not form.is_valid():
        errors = {field: [str(error) for error in found] for field, found in form.errors.items()}
        return JsonResponse({"state": "form", "errors": errors}, status=422)
    try:
        with acting_as(request.actor):
            upload = upload_actions.start(
                case_id=case.pk,
                name=begun.name,
                size=begun.size,
                part_bytes=settings.PART_BYTES,
                claimed_type=claimed_type(request.POST.get("type")),
                first_sha256=begun.first,
                statement=form.statement(),
                by=request.actor,
                at=now,
            )
    except IllegalMove as refusal_now:
        return refused(str(refusal_now), status=409)
    return _told(case)(upload, status=201 if upload.offset == 0 else 200)


@requires(Permission.EVIDENCE_ADD, methods=("POST",))
def part(request: SignedInRequest, reference: str, upload_id: UUID) -> HttpResponse:
    """Take one part. What may not come is refused before it is read."""
    with acting_as(request.actor):
        upload = _upload(request, reference, upload_id)
        case, key = upload.case, case_key(upload.case_id)
        upload.opened()
    return take_part(
        request,
        upload,
        key=key,
        check=lambda: exhibit_actions.check_open(case),
        told=_told(case),
        at=timezone.now(),
    )


@requires(Permission.EVIDENCE_ADD)
def state(request: SignedInRequest, reference: str, upload_id: UUID) -> HttpResponse:
    """Say how far a file is."""
    upload = _upload(request, reference, upload_id)
    return _told(upload.case)(upload)


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
        return refused(str(refusal), status=409)
    if isinstance(outcome, Refusal):
        return not_finished(outcome.message, is_final=outcome.is_final, is_at_work=outcome.is_at_work)
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


def _told(case: Case) -> Told:
    return told_by(lambda name, upload_id: reverse(f"evidence:upload_{name}", args=[case.reference, upload_id]))
