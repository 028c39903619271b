"""Single things of a sealed bundle on their way out: the packet alone, one volume. Guards and records stand above."""

from collections.abc import Iterator

from django.http import HttpResponse

from cases.rvlt import Opener
from evidence.manifest import PACKET_PATH
from evidence.models import Bundle, VolumeSet
from evidence.outgoing import pieces_response
from evidence.proofs import inside, volumes
from evidence.proofs.inside import Entry


class NotThere(Exception):
    """The bundle has no such thing."""


def packet_response(opener: Opener, *, reference: str) -> HttpResponse:
    """Return the packet alone as a download. Raises NotThere."""
    try:
        found = inside.entry(opener, PACKET_PATH)
    except inside.NotOurs as error:
        raise NotThere from error
    body = opener.iter_chunks(found.start, found.start + found.size)
    return pieces_response(opener, body, size=found.size, name=f"{reference}.pdf", content_type="application/pdf")


def volume_response(opener: Opener, *, bundle: Bundle, cut: VolumeSet, number: int) -> HttpResponse:
    """Return one volume as a download; it is made while it is sent. Raises NotThere.

    Values of the rows were opened before: this runs outside of `acting_as`.
    """
    try:
        found = inside.entries(opener)
    except inside.NotOurs as error:
        raise NotThere from error
    planned = volumes.plan(found, max_bytes=cut.max_bytes, max_files=cut.max_files, root=bundle.reference)
    wanted = next((one for one in planned if one.number == number), None)
    if wanted is None or bundle.built_at is None:
        raise NotThere

    def read(entry: Entry) -> Iterator[bytes]:
        return opener.iter_chunks(entry.start, entry.start + entry.size)

    body = volumes.pieces(
        wanted,
        root=bundle.reference,
        password=cut.password,
        at=bundle.built_at,
        read=read,
        mark=bytes.fromhex(bundle.fingerprint),
    )
    name = f"{bundle.reference}-volume-{number}-of-{len(planned)}.zip"
    return pieces_response(opener, body, size=wanted.size, name=name, content_type="application/zip")
