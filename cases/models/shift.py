"""A shift on the roster: who is at the desk, and who is on call, from when to when."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ShiftKind(models.TextChoices):
    """At the desk somebody takes contacts; on call somebody also reaches the team's cases that cannot wait."""

    DESK = "desk", _("Desk")
    ON_CALL = "on_call", _("On call")


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Questions about shifts."""

    def planned(self) -> Self:
        """Return shifts that were not taken off the roster."""
        return self.filter(cancelled_at=None)

    def running(self, *, at: datetime) -> Self:
        """Return shifts that are on at a time."""
        return self.planned().filter(starts_at__lte=at, ends_at__gt=at)


class Shift(models.Model):
    """One person's hours. Nothing of a case is in it, so everybody who works here may read it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    kind = models.CharField(max_length=10, choices=ShiftKind, default=ShiftKind.DESK)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="shift_kind_known", condition=Q(kind__in=ShiftKind.values)),
            models.CheckConstraint(name="shift_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], condition=Q(cancelled_at=None), name="shift_planned")]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at}"
