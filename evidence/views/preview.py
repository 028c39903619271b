"""What the media host gives: renditions of our own making, to whoever holds a look open, and nothing else."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from cases.hosts import shown_inline
from cases.http import open_to_all
from cases.permissions import Door
from evidence.looking import preview as previews

RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
USES = frozenset({"", "image", "video"})


@open_to_all("the secret in the address is one look's; each serve asks whether that look is held now")
def preview(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """Give one rendition while its look is held. Everything else, also a file that does not decode, is not found."""
    if getattr(request, "door", None) != Door.MEDIA or request.headers.get("Sec-Fetch-Dest", "") not in USES:
        raise Http404
    try:
        found = previews.served(token, name, at=timezone.now())
    except previews.CannotShow:
        found = None
    if found is None:
        raise Http404
    return shown_inline(_ranged(request, found))


def _ranged(request: HttpRequest, found: previews.Rendition) -> HttpResponse:
    """Answer the whole, or the one range that a player asks for (RFC 9110, section 14)."""
    size = len(found.data)
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    start, stop, status = 0, size, 200
    if asked and (asked[1] or asked[2]):
        status = 206
        if asked[1]:
            start, stop = int(asked[1]), min(size, int(asked[2]) + 1 if asked[2] else size)
        else:
            start = max(0, size - int(asked[2]))
        if start >= stop:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = HttpResponse(found.data[start:stop], content_type=found.media_type, status=status)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Access-Control-Allow-Origin"] = f"{settings.SCHEME}://{settings.STAFF_HOST}"
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response
