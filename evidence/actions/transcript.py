"""Note that somebody read a transcript, or fetched it as text, before its first line is shown."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Event
from cases.states import IllegalMove
from evidence.events import EvidenceEvent
from evidence.models import Exhibit, ExhibitState

ONE_READING = timedelta(minutes=15)
"""Pages of one transcript that one person opens within this time are one event."""


@transaction.atomic
def note_opened(*, exhibit_id: UUID, by: Actor, at: datetime) -> bool:
    """Write that somebody opened a transcript; False within ONE_READING of the last. No look: text is shown.

    Raises IllegalMove under the age lock, and where the exhibit is not kept any more.
    """
    exhibit = _readable(exhibit_id)
    subject = f"{Exhibit._meta.db_table}:{exhibit.pk}"
    earlier = Event.objects.filter(
        case_id=exhibit.case_id,
        kind=EvidenceEvent.TRANSCRIPT_OPENED,
        subject=subject,
        actor_id=str(by.id),
        at__gt=at - ONE_READING,
        at__lte=at,
    )
    if earlier.exists():
        return False
    record(EvidenceEvent.TRANSCRIPT_OPENED, case=exhibit.case_id, by=by, at=at, subject=exhibit, exhibit=exhibit.label)
    return True


@transaction.atomic
def note_copied(*, exhibit_id: UUID, sha256: str, by: Actor, at: datetime) -> None:
    """Write that somebody fetched a transcript as text. Raises IllegalMove like `note_opened`."""
    exhibit = _readable(exhibit_id)
    record(
        EvidenceEvent.TRANSCRIPT_COPIED,
        case=exhibit.case_id,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        sha256=sha256,
    )


def _readable(exhibit_id: UUID) -> Exhibit:
    case = lock(Exhibit.objects.values_list("case_id", flat=True).get(pk=exhibit_id))
    exhibit: Exhibit = Exhibit.objects.get(pk=exhibit_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18."))
    if exhibit.state != ExhibitState.SEALED:
        raise IllegalMove(_("This exhibit is not kept any more."))
    return exhibit
