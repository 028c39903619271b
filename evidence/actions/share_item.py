"""What a recipient does besides taking the whole archive: take single things, ask something."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.states import IllegalMove
from evidence.actions.share import NoneLeft
from evidence.actions.share_task import note, tell
from evidence.events import EvidenceEvent
from evidence.models import Share, ShareItem

MOST_QUESTIONS = 10
LONGEST_QUESTION = 2000


@transaction.atomic
def take(*, door_id: UUID, name: str, by: Actor, at: datetime) -> Share:
    """Count one taking of one thing of a share and record it; raise NoneLeft when it was taken often enough.

    Each thing may be taken as often as the archive. Runs as the recipient; the count is one conditional update.
    """
    share = _standing(door_id, by=by, at=at)
    if share is None:
        raise NoneLeft
    ShareItem.objects.bulk_create([ShareItem(case_id=share.case_id, share=share, item=name)], ignore_conflicts=True)
    mine = ShareItem.objects.filter(share=share, item=name, taken__lt=share.max_downloads)
    if not mine.update(taken=F("taken") + 1):
        raise NoneLeft
    left = share.max_downloads - ShareItem.objects.get(share=share, item=name).taken
    note(event=EvidenceEvent.SHARE_DOWNLOADED, share=share, by=by, at=at, item=name, left=left)
    return share


@transaction.atomic
def ask(*, door_id: UUID, text: str, by: Actor, at: datetime) -> None:
    """Pass a question on to who made the share: it stands in the timeline and lies on their queue.

    Raises IllegalMove after ten questions by one share. Runs as the recipient, who never reads it again.
    """
    share = _standing(door_id, by=by, at=at)
    if share is None:
        raise IllegalMove(_("This page has closed."))
    item, _is_new = ShareItem.objects.get_or_create(share=share, item="questions", defaults={"case_id": share.case_id})
    if not ShareItem.objects.filter(pk=item.pk, taken__lt=MOST_QUESTIONS).update(taken=F("taken") + 1):
        raise IllegalMove(_("You asked many things already. Call us by the telephone number you have from us."))
    note(event=EvidenceEvent.SHARE_ASKED, share=share, by=by, at=at, text=text[:LONGEST_QUESTION])
    tell(share=share, kind="share_question", at=at)


def _standing(door_id: UUID, *, by: Actor, at: datetime) -> Share | None:
    rows = Share.objects.visible_to(by).standing(at=at).select_related("bundle")
    found: Share | None = rows.filter(door_id=door_id).first()
    return found
