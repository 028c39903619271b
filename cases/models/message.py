"""What we and the client wrote to each other on their page or by another safe way."""

from django.db import models

from cases.models.safe_contact import Channel
from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class MessageQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about messages."""


class Message(SealedRow):
    """One message between the client and the organisation."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="messages")
    is_from_client = models.BooleanField()
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.PAGE)
    written_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    text = SealedText()

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-written_at"])]

    def __str__(self) -> str:
        return f"message of {self.written_at}"
