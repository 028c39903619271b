"""Files on their way out: opened piece by piece while they are sent, with no plain byte on a disk."""

from collections.abc import Iterator
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse

from cases.rvlt import Opener


class Outgoing:
    """The pieces of an opened file; closing it, sent or not, closes the file underneath.

    It needs no database context: the key was read before the first byte.
    """

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    def __iter__(self) -> Iterator[bytes]:
        return self._opener.iter_chunks()

    def close(self) -> None:
        """Close the file."""
        self._opener.close()


def file_response(opener: Opener, name: str, content_type: str) -> HttpResponse:
    """Return an opened file as a download. `name` is one of our own making: letters, digits, dots and hyphens."""
    response = StreamingHttpResponse(Outgoing(opener), content_type=content_type)
    response.headers["Content-Length"] = str(opener.size)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    # Guards and middleware speak of HttpResponse; a streaming one has the same headers and no body to look at.
    return cast(HttpResponse, response)
