"""What every view that takes files in does alike: settle whether they may come, read past them, count refusals."""

import time
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.html import format_html

from cases.access import acting_as
from cases.actor import Actor
from evidence.actions import exhibit as exhibit_actions
from evidence.intake import ClientName
from evidence.uploads import SealingUploadHandler

READ_PAST_SECONDS = 20.0
"""How long a request that is too large is read and dropped, so that its sender can hear the answer."""
READ_PAST_BYTES = 1 << 20


def announced(request: HttpRequest) -> int:
    """Return how many bytes a request says that it has; 0 where it says nothing that can be read."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def read_past(request: HttpRequest) -> None:
    """Read the rest of the body and drop it, for a while: a browser that is still sending does not hear an answer."""
    stop = time.monotonic() + READ_PAST_SECONDS
    try:
        while time.monotonic() < stop and request.read(READ_PAST_BYTES):
            continue
    except OSError:
        return


def about(name: ClientName, text: str) -> str:
    """Return a sentence about one file, with its name in front."""
    return format_html("<bdi>{}</bdi>: {}", name.shown, text)


def record_refusals(handler: SealingUploadHandler, *, case_id: UUID, by: Actor, at: datetime) -> None:
    """Write every refusal of a request into the record."""
    with acting_as(by):
        for refused in handler.refused:
            exhibit_actions.refuse(
                case_id=case_id,
                name=refused.name.shown,
                reason=refused.reason.value,
                by=by,
                at=at,
            )
