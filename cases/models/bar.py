"""A bar: a named colleague who must not reach a case, because of a conflict. It beats every other rule."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class BarQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about bars."""

    def standing(self) -> Self:
        """Return bars that were not lifted."""
        return self.filter(ended_at=None)


class Bar(SealedRow):
    """One person kept out of one case. The reason is sealed; the person is not told and meets only "not found"."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="bars")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bars")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    why = SealedText()

    objects = BarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "case"], condition=Q(ended_at=None), name="bar_once_while_standing")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} barred from {self.case_id}"
