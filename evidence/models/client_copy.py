"""A client's own copy: one bundle that a caseworker laid on the client's page, until a day."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.visible import VisibleByCase
from evidence.models.bundle import BundleState


class ClientCopyQuerySet(VisibleByCase, models.QuerySet["ClientCopy"]):
    """Questions about copies on clients' pages."""

    def standing(self, *, at: datetime) -> Self:
        """Return copies that can be taken: not ended, in time, and their bundle still stands."""
        return self.filter(ended_at=None, until__gt=at, bundle__state=BundleState.SEALED)


class ClientCopy(models.Model):
    """One bundle on one client's page. A client sees a bundle through such a row alone: row security says so too.

    `opened_at` is when the client first saw it; `taken` how often something of it was sent to them, at most `most`;
    `kept_here` that they asked us to keep it instead.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    bundle = models.ForeignKey("evidence.Bundle", on_delete=models.PROTECT, related_name="client_copies")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    kept_here = models.BooleanField(default=False)
    taken = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveSmallIntegerField(default=5)

    objects = ClientCopyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], name="client_copy_one_stands", condition=Q(ended_at__isnull=True)),
            models.CheckConstraint(name="client_copy_ends_later", condition=Q(until__gt=F("made_at"))),
            models.CheckConstraint(name="client_copy_within_limit", condition=Q(taken__lte=F("most"))),
        ]

    def __str__(self) -> str:
        return f"copy of {self.bundle_id}"
