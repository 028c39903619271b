"""A receipt: somebody who was given a bundle says that they have it."""

from typing import Self

from django.db import models

from cases.actor import Actor, ActorKind
from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class ReceiptQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about receipts."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the receipts of cases that the actor may see; a recipient sees their own."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(share__door_id=actor.id)
        return super().visible_to(actor)


class Receipt(SealedRow):
    """Who confirmed to have a bundle, under which reference of theirs, and when. Given once per share.

    `document` is the receipt as a PDF (base64), made and signed by the worker a moment later; empty until then.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    share = models.OneToOneField("evidence.Share", on_delete=models.PROTECT, related_name="receipt")
    given_at = models.DateTimeField()
    is_made = models.BooleanField(default=False)

    officer = SealedText()
    office = SealedText()
    reference = SealedText()
    document = SealedText()

    objects = ReceiptQuerySet.as_manager()

    def __str__(self) -> str:
        return f"receipt of {self.share_id}"
