"""More minutes of looking for one person on one day, given by somebody else with a reason."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.keys import SYSTEM_CHAIN
from cases.sealed import SealedQuerySet, SealedRow, SealedText


class ExtraTimeQuerySet(SealedQuerySet):
    """Questions about minutes that were given."""

    def lasting(self, *, at: datetime) -> Self:
        """Return what counts at a moment: given before it, on a day that is not over."""
        return self.filter(given_at__lte=at, ends_at__gt=at)

    def of(self, person_id: UUID) -> Self:
        """Return what one person was given, the newest first."""
        return self.filter(person=person_id).order_by("-given_at", "pk")


class ExtraTime(SealedRow):
    """Minutes beyond the limits of the house until `ends_at`, the midnight of the person who may use them.

    It belongs to no case. The person and whoever supervises them read it; nobody gives it to themselves.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    why = SealedText()

    objects = ExtraTimeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="extra_time_not_to_oneself", condition=~Q(person=models.F("given_by"))),
            models.CheckConstraint(name="extra_time_is_little", condition=Q(minutes__gte=1, minutes__lte=20)),
            models.CheckConstraint(name="extra_time_ends", condition=Q(ends_at__gt=models.F("given_at"))),
        ]
        indexes = [models.Index(fields=["person", "ends_at"], name="extra_time_person")]

    def __str__(self) -> str:
        return f"{self.minutes} minutes until {self.ends_at}"

    def sealing_case(self) -> UUID:
        """Return the system's chain: it is about a person of the house, not about a case."""
        return SYSTEM_CHAIN
