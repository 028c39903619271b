"""One class of one closed case that goes by rule: announced, then removed, with a tombstone that says so."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.retention import DataClass
from cases.visible import VisibleByCase


class RemovalState(models.TextChoices):
    """Announced, under way, done, or dropped because a hold or a reopening came in between."""

    ANNOUNCED = "announced", _("Announced")
    GOING = "going", _("Being removed")
    DONE = "done", _("Removed")
    DROPPED = "dropped", _("Did not happen")


class RemovalQuerySet(VisibleByCase, models.QuerySet["Removal"]):
    """Questions about removals."""

    def open(self) -> Self:
        """Return removals that are announced or under way."""
        return self.filter(state__in=[RemovalState.ANNOUNCED, RemovalState.GOING])

    def half_done(self, *, since: datetime) -> Self:
        """Return removals that a worker began and did not finish for a while."""
        return self.filter(state=RemovalState.GOING, begun_at__lt=since)


class Removal(models.Model):
    """What goes, when it was announced, by which rule, and what went."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="removals")
    kind = models.CharField(max_length=12, choices=DataClass)
    rule = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RemovalState, default=RemovalState.ANNOUNCED)
    announced_at = models.DateTimeField()
    goes_on = models.DateField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    objects_removed = models.PositiveIntegerField(default=0)

    objects = RemovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="removal_state_known", condition=Q(state__in=RemovalState.values)),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(state__in=["announced", "going"]), name="removal_once_while_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id} on {self.goes_on}"
