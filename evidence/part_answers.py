"""What both doors answer while a file comes in parts: begin, one part, where it stands. docs/uploads.md."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest
from cases.states import IllegalMove
from evidence import parts as part_files
from evidence.actions import upload as upload_actions
from evidence.intake import ClientName
from evidence.models import Upload, UploadState
from evidence.receiving import announced, read_past

SHA256 = re.compile(r"[0-9a-f]{64}")
URLS = ("part", "state", "finish", "cancel")


class Told(Protocol):
    """Says where a file stands, with the addresses of its own door."""

    def __call__(self, upload: Upload, *, status: int = 200, offset: int | None = None) -> JsonResponse:
        """Return the answer; `offset` is another place than the row's."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a sender says of a file before its first part: `first` is the SHA-256 of that part, `size` is in bytes."""

    name: ClientName
    size: int
    first: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Begun | None":
        """Read it from the fields of a form; None where they make no sense."""
        size, first = request.POST.get("size", ""), request.POST.get("first", "")
        if not size.isdecimal() or len(size) > 18 or not SHA256.fullmatch(first):
            return None
        return cls(ClientName.of(request.POST.get("name", "")), int(size), first)


def too_much(size: int) -> tuple[str, str] | None:
    """Return the reason and the sentence why a file of this size (bytes) is not begun, or None where it may be."""
    if size > settings.MAX_RESUMABLE:
        said = _("The file is larger than %(limit)s MB, the most we can take at once.")
        return "too_large", said % {"limit": settings.MAX_RESUMABLE // (1024 * 1024)}
    if not part_files.has_room(size):
        return "no_room", _("There is no room to take this file just now. Nothing was kept. Try again later.")
    return None


def refused(message: str, *, status: int) -> JsonResponse:
    """Return a refusal with its sentence."""
    return JsonResponse({"state": "refused", "message": message}, status=status)


def out_of_date() -> JsonResponse:
    """Return the answer to what no page of ours sends."""
    return refused(_("This page is out of date. Load it again."), status=400)


def told_by(url_of: Callable[[str, UUID], str]) -> Told:
    """Return what says where a file stands; `url_of` gives the address of one of URLS for an upload's id."""

    def told(upload: Upload, *, status: int = 200, offset: int | None = None) -> JsonResponse:
        return JsonResponse(
            {
                "state": upload.state,
                "offset": upload.offset if offset is None else offset,
                "size": upload.size,
                "part": upload.part_bytes,
                "urls": {name: url_of(name, upload.pk) for name in URLS},
            },
            status=status,
        )

    return told


def take_part(
    request: SignedInRequest, upload: Upload, *, key: bytes, check: Callable[[], None], told: Told, at: datetime
) -> HttpResponse:
    """Seal one part and count it: bytes with Upload-Offset and Upload-Sha256. Call outside of `acting_as`.

    `check` raises IllegalMove where nothing may come (any more): that is settled before a byte of the body is read.
    The upload's sealed values must be open.
    """
    try:
        check()
    except IllegalMove as refusal:
        read_past(request)
        return refused(str(refusal), status=409)
    if upload.state != UploadState.OPEN:
        read_past(request)
        return told(upload, status=409)
    claimed = _claimed(request)
    if claimed is None or request.content_type != "application/octet-stream":
        return out_of_date()
    offset, sha256 = claimed
    length = announced(request)
    if length == 0:
        return refused(_("A part must say how long it is."), status=411)
    if length > upload.part_bytes:
        return refused(_("A part of this file is too large."), status=413)
    try:
        sealed = part_files.seal_part(
            request.read, upload_id=upload.pk, case_id=upload.case_id, key=key, length=length, sha256=sha256
        )
    except part_files.PartRefused:
        return told(upload, status=422)
    except OSError as failure:
        # An error without a number is a sender that went away; one with a number is our own disk.
        return told(upload, status=400 if failure.errno is None else 507)
    try:
        with acting_as(request.actor):
            upload, is_new = upload_actions.add_part(
                upload_id=upload.pk, part=sealed, offset=offset, by=request.actor, at=at
            )
            upload.opened()
    except upload_actions.Elsewhere as elsewhere:
        part_files.discard(upload.pk, sealed)
        return told(upload, status=409, offset=elsewhere.offset)
    except IllegalMove as refusal:
        part_files.discard(upload.pk, sealed)
        return refused(str(refusal), status=409)
    except BaseException:
        part_files.discard(upload.pk, sealed)
        raise
    if not is_new:
        part_files.discard(upload.pk, sealed)
    return told(upload)


def _claimed(request: HttpRequest) -> tuple[int, str] | None:
    offset, sha256 = request.headers.get("Upload-Offset", ""), request.headers.get("Upload-Sha256", "")
    if not offset.isdecimal() or len(offset) > 18 or not SHA256.fullmatch(sha256):
        return None
    return int(offset), sha256


def not_finished(message: str, *, is_final: bool, is_at_work: bool) -> JsonResponse:
    """Return why a whole file is not kept: for good, not yet, or because another process is putting it together."""
    if is_final:
        return refused(message, status=422)
    return JsonResponse({"state": "wait", "message": message}, status=202 if is_at_work else 503)
