"""Cut a bundle into volumes with a password of their own, and note each one that a colleague takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cases.actions import limit
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.limits import Counted
from cases.states import IllegalMove
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleState, VolumeSet
from evidence.proofs import volumes
from evidence.proofs.inside import Entry

SMALLEST, MOST_FILES = 1 << 20, 60_000


@dataclass(frozen=True, slots=True)
class MadeVolumes:
    """A new set with its password, which is shown once."""

    volumes: VolumeSet
    password: str


@transaction.atomic
def make(
    *, bundle_id: UUID, inside: Sequence[Entry], max_bytes: int, max_files: int, by: Actor, at: datetime
) -> MadeVolumes:
    """Cut a sealed bundle, whose files are `inside`, into volumes under a fresh password.

    A new set takes the place of the one before on the page of a share; the old password opens old copies only.
    """
    if by.id is None:
        raise IllegalMove(_("Volumes are made by a person."))
    if max_bytes < SMALLEST or not 1 <= max_files <= MOST_FILES:
        raise IllegalMove(_("A volume has at least 1 MB and one file."))
    bundle = _open_bundle(bundle_id)
    last = VolumeSet.objects.filter(bundle=bundle).aggregate(last=Max("number"))["last"]
    password = volumes.make_password()
    made = VolumeSet(
        case_id=bundle.case_id,
        bundle=bundle,
        number=(last or 0) + 1,
        max_bytes=max_bytes,
        max_files=max_files,
        made_by_id=by.id,
        made_at=at,
    )
    cut = volumes.plan(inside, max_bytes=max_bytes, max_files=max_files, root=bundle.reference)
    made.password = password
    made.volumes = [{"number": one.number, "size": one.size, "files": len(one.entries)} for one in cut]
    made.save(force_insert=True)
    record(
        EvidenceEvent.VOLUMES_MADE,
        case=bundle.case_id,
        by=by,
        at=at,
        subject=bundle,
        bundle=bundle.reference,
        volumes=len(cut),
        size=max_bytes,
    )
    return MadeVolumes(made, password)


@transaction.atomic
def note_download(*, bundle_id: UUID, what: str, by: Actor, at: datetime) -> None:
    """Record that a colleague takes one volume or the packet alone, before its first byte. Raises OverLimit."""
    limit.count(kind=Counted.DOWNLOAD, by=by, at=at)
    bundle = _open_bundle(bundle_id)
    record(
        EvidenceEvent.VOLUME_DOWNLOADED,
        case=bundle.case_id,
        by=by,
        at=at,
        subject=bundle,
        bundle=bundle.reference,
        what=what,
    )


def _open_bundle(bundle_id: UUID) -> Bundle:
    case_id = Bundle.objects.values_list("case_id", flat=True).get(pk=bundle_id)
    case = lock(case_id)
    bundle: Bundle = Bundle.objects.get(pk=bundle_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nothing can be handed over."))
    if bundle.state != BundleState.SEALED:
        raise IllegalMove(_("This bundle is not built yet."))
    return bundle
