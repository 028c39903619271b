"""The fingerprints of one case as a list for a hash-sharing programme: for one recipient, with the client's yes to it.

Columns follow what programmes take: PDQ and MD5 by their names, as lower-case hex, with PDQ's quality. `indicator_type`
is the name in ThreatExchange. Nothing in it names the case, the exhibit or the person: what two lists have in common
would join them.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from cases.actor import Actor
from cases.export_lists import ROWS_AT_ONCE
from cases.exports import Source
from evidence.actions.fingerprint import agreed
from evidence.matching.turns import LEAST_QUALITY
from evidence.models import Fingerprint, FingerprintHash, HashRelease

KIND = "fingerprints"
HEADINGS = ("signal_type", "signal", "quality", "content_type", "indicator_type", "at_ms")


def release_of(actor: Actor, filters: Mapping[str, Any]) -> HashRelease | None:
    """Return the standing yes that a list names, in a case that the asker sees and whose client agrees to all of it."""
    try:
        wanted = UUID(str(filters.get("release", "")))
    except ValueError:
        return None
    rows = HashRelease.objects.visible_to(actor).standing().filter(pk=wanted, case__in=agreed())
    try:
        found: HashRelease | None = rows.filter(case__reference=filters.get("case", "")).first()
    except ValidationError:
        return None
    return found


def fingerprints(actor: Actor, filters: Mapping[str, Any]) -> Iterator[list[str]]:
    """List the hashes of one case for one recipient; nothing but the headings without the client's yes to both."""
    yield [*HEADINGS]
    release = release_of(actor, filters)
    if release is None:
        return
    kept = Fingerprint.objects.visible_to(actor).filter(case_id=release.case_id)
    for row in kept.order_by("made_at", "pk"):
        thing = "video" if row.is_film else "photo"
        yield ["md5", row.md5, "", thing, "HASH_VIDEO_MD5" if row.is_film else "HASH_MD5", ""]
        yield from _hashes(row)


def _hashes(row: Fingerprint) -> Iterator[list[str]]:
    usable = FingerprintHash.objects.filter(fingerprint=row, quality__gte=LEAST_QUALITY).order_by("frame")
    for one in usable.iterator(chunk_size=ROWS_AT_ONCE):
        thing, moment = ("video_frame", str(one.at_ms)) if row.is_film else ("photo", "")
        yield ["pdq", bytes(one.pdq).hex(), str(one.quality), thing, "HASH_PDQ", moment]


EXPORTS: Mapping[str, Source] = {KIND: fingerprints}
