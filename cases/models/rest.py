"""A break that somebody takes from looking: while it lasts, nothing covered is shown to them. Theirs alone."""

from datetime import datetime
from typing import Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q


class RestQuerySet(models.QuerySet["Rest"]):
    """Questions about breaks."""

    def standing(self, *, at: datetime) -> Self:
        """Return breaks that go on at a moment."""
        return self.filter(Q(until=None) | Q(until__gt=at), ended_at=None)

    def of(self, person_id: UUID) -> Self:
        """Return the breaks of one person, newest first."""
        return self.filter(person=person_id).order_by("-began_at", "pk")


class Rest(models.Model):
    """One break, until a moment or until the person ends it. Holds ids and times, and stands in no record."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = RestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="rest_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"break since {self.began_at}"
