"""A legal hold: while it stands nothing of the case is destroyed, whoever asks and whatever a rule says."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class HoldQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about holds."""

    def standing(self, *, on: date) -> Self:
        """Return holds that were not lifted and whose last day is not over."""
        return self.filter(Q(until=None) | Q(until__gte=on), lifted_at=None)

    def to_review(self, *, on: date) -> Self:
        """Return standing holds that somebody must look at."""
        return self.standing(on=on).filter(review_on__lte=on)


class Hold(SealedRow):
    """One hold: who, why, until when, and when it is looked at again (at most 90 days ahead)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="holds")
    is_for_proceedings = models.BooleanField(default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    until = models.DateField(null=True, blank=True)
    reviewed_on = models.DateField()
    review_on = models.DateField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    reason = SealedText()
    basis = SealedText()

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="hold_review_after_look", condition=Q(review_on__gt=F("reviewed_on"))),
            models.CheckConstraint(
                name="hold_lifted_by_somebody",
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["case"], condition=Q(lifted_at=None), name="hold_standing")]

    def __str__(self) -> str:
        return f"hold on {self.case_id} until {self.until or 'it is lifted'}"
