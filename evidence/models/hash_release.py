"""A hash release: the client lets one recipient have the fingerprints of their case."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models import ConsentBasis
from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class HashReleaseQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about agreements to give fingerprints to somebody."""

    def standing(self) -> Self:
        """Return those that were not taken back, the newest first."""
        return self.filter(ended_at=None).order_by("-given_at", "pk")


class HashRelease(SealedRow):
    """The client's yes to one recipient: one programme, one company. Nobody else may have the fingerprints for it."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="hash_releases")
    basis = models.CharField(max_length=10, choices=ConsentBasis)
    given_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    recipient = SealedText()
    purpose = SealedText()

    objects = HashReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hash_release_never_by_voice", condition=Q(basis__in=[ConsentBasis.PORTAL, ConsentBasis.WRITTEN])
            )
        ]

    def __str__(self) -> str:
        return f"release of {self.given_at}"
