"""A web capture: one visit of the shut-in browser to one address, asked for by a person; kept ones are exhibits."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase


class CaptureState(models.TextChoices):
    """Waiting, running, then kept, failed or stopped; a new try is a new capture."""

    QUEUED = "queued", gettext_lazy("Waiting")
    RUNNING = "running", gettext_lazy("Being captured")
    KEPT = "kept", gettext_lazy("Kept")
    FAILED = "failed", gettext_lazy("Nothing was captured")
    STOPPED = "stopped", gettext_lazy("Stopped")


class CaptureResult(models.TextChoices):
    """What we got, said of kept captures only. Media that nobody asked for do not make a capture partial."""

    WHOLE = "whole", gettext_lazy("Whole page")
    PARTIAL = "partial", gettext_lazy("Part of the page")
    OTHER = "other", gettext_lazy("Not what was asked for")


class CaptureStep(models.TextChoices):
    """How far a running capture is."""

    OPENING = "opening", gettext_lazy("Opening the page")
    PACKING = "packing", gettext_lazy("Packing what was got")
    SEALING = "sealing", gettext_lazy("Sealing it as an exhibit")


CAPTURE_MOVES: dict[str, frozenset[str]] = {
    CaptureState.QUEUED: frozenset({CaptureState.RUNNING, CaptureState.FAILED, CaptureState.STOPPED}),
    CaptureState.RUNNING: frozenset(
        {CaptureState.RUNNING, CaptureState.KEPT, CaptureState.FAILED, CaptureState.STOPPED}
    ),
}
OPEN_STATES = (CaptureState.QUEUED, CaptureState.RUNNING)


class CaptureQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about captures."""

    def under_way(self) -> Self:
        """Return captures that have not ended."""
        return self.filter(state__in=OPEN_STATES)

    def to_make(self, *, at: datetime) -> Self:
        """Return captures that a worker may take: waiting, or claimed by a worker that never came back."""
        lapsed = Q(state=CaptureState.RUNNING, claimed_until__lte=at)
        return self.filter(Q(state=CaptureState.QUEUED) | lapsed)

    def for_rows(self) -> Self:
        """Return captures with the newest first and their exhibits."""
        return self.select_related("exhibit", "case").order_by("-requested_at", "pk")


class Capture(SealedRow):
    """One capture. The address and what the page said are sealed; the site's name and how it went are clear.

    `link_id` names the reported link that it is of, if any: that table belongs to the app above.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="captures")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, null=True, related_name="captures")
    link_id = models.UUIDField(null=True, blank=True)
    site = models.CharField(max_length=253)
    state = models.CharField(max_length=10, choices=CaptureState, default=CaptureState.QUEUED)
    result = models.CharField(max_length=10, choices=CaptureResult, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    step = models.CharField(max_length=10, choices=CaptureStep, blank=True)
    with_media = models.BooleanField(default=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    address = SealedText()
    final_url = SealedText()
    title = SealedText()
    text_sha256 = SealedText()
    picture_sha256 = SealedText()
    facts: SealedValue[dict[str, Any]] = SealedValue({})

    objects = CaptureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="capture_state_known", condition=Q(state__in=CaptureState.values)),
            models.CheckConstraint(name="capture_result_known", condition=Q(result__in=["", *CaptureResult.values])),
            models.CheckConstraint(
                name="capture_kept_has_exhibit",
                condition=~Q(state=CaptureState.KEPT) | (Q(exhibit__isnull=False) & ~Q(result="")),
            ),
            models.UniqueConstraint(
                name="capture_one_at_a_time",
                fields=["case", "link_id"],
                condition=Q(state__in=["queued", "running"], link_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(state__in=["queued", "running"]), name="capture_to_make"),
            models.Index(fields=["case", "link_id"]),
            models.Index(fields=["site", "-started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.site} ({self.state})"

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN_STATES
