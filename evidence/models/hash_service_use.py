"""That a client used a hash-sharing service themselves, on their own device."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class HashService(models.TextChoices):
    """Services in which a person makes a fingerprint on their own device; the picture stays there."""

    STOPNCII = "stopncii", "StopNCII.org"
    OTHER = "other", gettext_lazy("Another service")


class HashServiceUseQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about services that clients used."""

    def told(self) -> Self:
        """Return those that still stand, the newest first."""
        return self.filter(taken_back_at=None).order_by("-done_on", "pk")


class HashServiceUse(SealedRow):
    """That the client used such a service themselves: when, and the number they were given. No file came to us."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="hash_service_uses")
    service = models.CharField(max_length=12, choices=HashService)
    done_on = models.DateField()
    told_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    name = SealedText()
    number = SealedText()

    objects = HashServiceUseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="hash_service_known", condition=Q(service__in=HashService.values)),
        ]

    @property
    def service_said(self) -> str:
        """Return the service's name, in words of whoever told it where it is none of the list."""
        return self.name if self.service == HashService.OTHER and self.name else str(self.get_service_display())

    def __str__(self) -> str:
        return f"{self.service} on {self.done_on}"
