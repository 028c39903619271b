"""A release: one sealed original that may leave the house for one reader, asked by one person, allowed by another."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase
from evidence.models.bundle import Reader


class ReleaseState(models.TextChoices):
    """Asked for, allowed for some days, and over: each is told apart on the exhibit's page."""

    ASKED = "asked", _("Waits for a second person")
    ALLOWED = "allowed", _("Allowed")
    REFUSED = "refused", _("Not allowed")
    ENDED = "ended", _("Over")


class ReleaseQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about releases."""

    def allowed(self, *, at: datetime) -> Self:
        """Return releases by which an original may leave now."""
        return self.filter(state=ReleaseState.ALLOWED, expires_at__gt=at)

    def over(self, *, at: datetime) -> Self:
        """Return allowed releases whose days are over."""
        return self.filter(state=ReleaseState.ALLOWED, expires_at__lte=at)

    def of_exhibit(self, exhibit_id: UUID) -> Self:
        """Return the releases of one exhibit, newest first."""
        return self.filter(exhibit_id=exhibit_id).order_by("-asked_at", "pk")


class Release(SealedRow):
    """One original for one reader. The passphrase lies sealed only between the yes and the end of the release."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="releases")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, related_name="releases")
    reader = models.CharField(max_length=10, choices=Reader)
    state = models.CharField(max_length=10, choices=ReleaseState, default=ReleaseState.ASKED)
    approval_id = models.UUIDField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    allowed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    packed = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    recipient = SealedText()
    request_text = SealedText()
    reason = SealedText()
    passphrase = SealedText()

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="release_state_known", condition=Q(state__in=ReleaseState.values)),
            models.CheckConstraint(name="release_reader_known", condition=Q(reader__in=Reader.values)),
            models.CheckConstraint(
                name="release_allowed_has_days",
                condition=~Q(state=ReleaseState.ALLOWED)
                | (Q(allowed_at__isnull=False) & Q(expires_at__isnull=False) & Q(approval_id__isnull=False)),
            ),
            models.CheckConstraint(
                name="release_ended_with_time", condition=~Q(state=ReleaseState.ENDED) | Q(ended_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["exhibit", "reader"],
                condition=Q(state__in=[ReleaseState.ASKED, ReleaseState.ALLOWED]),
                name="release_once_for_a_reader",
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.state} of {self.asked_at}"
