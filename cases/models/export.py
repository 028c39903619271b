"""A list that leaves the house as CSV: asked for, approved where it is many rows, built sealed, fetched, removed."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.actor import Actor
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue


class ExportState(models.TextChoices):
    """From the asking to the removal."""

    WAITING = "waiting", _("Waits for a second person")
    QUEUED = "queued", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")
    REFUSED = "refused", _("Not approved")
    REMOVED = "removed", _("Removed")


class ExportQuerySet(SealedQuerySet):
    """Questions about exports."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the actor's own exports: a list holds what its asker may see, so it is nobody else's."""
        return self.filter(asked_by=actor.id)

    def waiting(self) -> Self:
        """Return exports that wait for a second person."""
        return self.filter(state=ExportState.WAITING)

    def ready(self) -> Self:
        """Return finished files."""
        return self.filter(state=ExportState.READY)

    def to_remove(self, *, at: datetime) -> Self:
        """Return finished files whose days are over."""
        return self.ready().filter(expires_at__lte=at)


class Export(SealedRow):
    """One list of one person. It belongs to no case; its words and its file are sealed under the house's key."""

    kind = models.CharField(max_length=20)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.QUEUED)
    rows = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField(null=True)
    object_name = models.CharField(max_length=100, blank=True)
    sealed_bytes = models.PositiveBigIntegerField(null=True)
    built_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)

    filters: SealedValue[dict[str, Any]] = SealedValue({})
    cases: SealedValue[list[str]] = SealedValue([])
    """The references of the cases that the finished list names."""
    reason = SealedText()

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="export_state_known", condition=Q(state__in=ExportState.values)),
            models.CheckConstraint(
                name="export_ready_has_file",
                condition=~Q(state=ExportState.READY) | (~Q(object_name="") & Q(expires_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="export_own"),
            models.Index(fields=["state"], name="export_state"),
        ]

    def __str__(self) -> str:
        return f"export of {self.kind} ({self.state})"
