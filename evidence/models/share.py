"""A share: one bundle for one recipient, by a link and a second secret, for some days and downloads."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.actor import Actor, ActorKind
from cases.models import Case
from cases.sealed import SealedQuerySet, SealedRow, SealedText


class ShareQuerySet(SealedQuerySet):
    """Questions about shares."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the shares of cases that the actor may see; a recipient sees their own."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(door_id=actor.id)
        return self.filter(case__in=Case.objects.visible_to(actor))

    def standing(self, *, at: datetime) -> Self:
        """Return shares that are neither revoked nor out of date."""
        return self.filter(revoked_at=None, expires_at__gt=at)


class Share(SealedRow):
    """One recipient's way in. The link's hash and the second secret's hash are in its door."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="shares")
    bundle = models.ForeignKey("evidence.Bundle", on_delete=models.PROTECT, related_name="shares")
    door_id = models.UUIDField(unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    downloads = models.PositiveIntegerField(default=0)
    max_downloads = models.PositiveIntegerField(default=3)

    recipient = SealedText()
    purpose = SealedText()

    objects = ShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="share_downloads_within_limit", condition=Q(downloads__lte=F("max_downloads")))
        ]

    def __str__(self) -> str:
        return f"share of {self.bundle_id}"
