"""One look at one link. Partitioned by month; nothing points at it."""

from uuid import uuid4

from django.db import models

from cases.sealed import SealedQuerySet
from cases.visible import VisibleByCase


class Answer(models.TextChoices):
    """The three honest answers of a look."""

    GONE = "gone", "Gone"
    STILL_UP = "still_up", "Still up"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


class UrlCheckQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about looks."""


class UrlCheck(models.Model):
    """What one look found. Written in batches by the recorder."""

    pk = models.CompositePrimaryKey("at", "id")
    id = models.UUIDField(default=uuid4, editable=False)
    at = models.DateTimeField()
    case = models.ForeignKey("cases.Case", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    url = models.ForeignKey(
        "takedowns.ReportedUrl", on_delete=models.DO_NOTHING, db_constraint=False, related_name="checks"
    )
    answer = models.CharField(max_length=12, choices=Answer)
    reason = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField(null=True)
    vantage = models.CharField(max_length=20)
    milliseconds = models.PositiveIntegerField()
    body_sha256 = models.CharField(max_length=64, blank=True)

    objects = UrlCheckQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.answer} at {self.at}"
