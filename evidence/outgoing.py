"""Archives on their way out."""

from django.http import HttpResponse

from cases.outgoing import file_response
from cases.rvlt import Opener


def archive_response(opener: Opener, name: str) -> HttpResponse:
    """Return an archive as a download. `name` is one of our own references: letters, digits and hyphens."""
    return file_response(opener, f"{name}.zip", "application/zip")
