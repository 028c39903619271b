"""A request for files: a caseworker lets the client send some, until a day, with words of what is asked."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class FileRequestQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about requests for files."""

    def standing(self, *, at: datetime) -> Self:
        """Return requests that were not ended and whose last day is not over."""
        return self.filter(ended_at=None, until__gt=at)


class FileRequest(SealedRow):
    """What a client was asked to send. Without one that stands, a client's page takes no file."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="file_requests")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    words = SealedText()

    objects = FileRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="file_request_one_stands", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(name="file_request_ends_later", condition=Q(until__gt=models.F("made_at"))),
        ]

    def __str__(self) -> str:
        return f"files until {self.until:%Y-%m-%d}"
