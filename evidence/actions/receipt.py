"""Confirm that a bundle was received: once per share, by whoever opened it, with the reference they keep it under."""

import base64
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.states import IllegalMove
from evidence.actions.share_task import note, tell
from evidence.events import EvidenceEvent
from evidence.models import Receipt, Share

LARGEST = 2 << 20


@transaction.atomic
def give(*, door_id: UUID, officer: str, office: str, reference: str, by: Actor, at: datetime) -> Receipt:
    """Write a receipt down, tell who made the share, and leave its paper to the worker. Runs as the recipient.

    Raises IllegalMove when this share has one already or stands no longer.
    """
    share: Share | None = (
        Share.objects.visible_to(by).standing(at=at).select_related("bundle").filter(door_id=door_id).first()
    )
    if share is None:
        raise IllegalMove(_("This page has closed."))
    if Receipt.objects.filter(share=share).exists():
        raise IllegalMove(_("A receipt was given already."))
    receipt = Receipt(case_id=share.case_id, share=share, given_at=at)
    receipt.officer, receipt.office, receipt.reference = officer, office, reference
    receipt.save(force_insert=True)
    note(
        event=EvidenceEvent.RECEIPT_GIVEN,
        share=share,
        by=by,
        at=at,
        officer=officer,
        office=office,
        reference=reference,
    )
    tell(share=share, kind="share_received", at=at)
    return receipt


@transaction.atomic
def keep_document(*, receipt_id: UUID, document: bytes) -> None:
    """Keep a receipt's paper; one that is there already stays. Writes no event: that it was given stands there."""
    if len(document) > LARGEST:
        raise ValueError("A receipt is one page.")
    receipt = Receipt.objects.select_for_update(of=("self",)).get(pk=receipt_id)
    if receipt.is_made:
        return
    receipt.document, receipt.is_made = base64.b64encode(document).decode("ascii"), True
    receipt.save(update_fields=["is_made"])
