"""Archives and what is inside them, on their way out."""

from collections.abc import Iterator
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse

from cases.outgoing import file_response
from cases.rvlt import Opener


def archive_response(opener: Opener, name: str) -> HttpResponse:
    """Return an archive as a download. `name` is one of our own references: letters, digits and hyphens."""
    return file_response(opener, f"{name}.zip", "application/zip")


class _Pieces:
    """Bytes made of an opened file while they are sent; closing them, sent or not, closes the file underneath."""

    def __init__(self, opener: Opener, pieces: Iterator[bytes]) -> None:
        self._opener, self._pieces = opener, pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        self._opener.close()


def pieces_response(
    opener: Opener, pieces: Iterator[bytes], *, size: int, name: str, content_type: str
) -> HttpResponse:
    """Return bytes made of an opened file as a download. `name` is one of our own making."""
    response = StreamingHttpResponse(_Pieces(opener, pieces), content_type=content_type)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return cast(HttpResponse, response)


def bytes_response(data: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a small file that is held in memory as a download. `name` is one of our own making."""
    response = HttpResponse(data, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
