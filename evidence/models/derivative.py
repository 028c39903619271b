"""A derivative: what was made from an exhibit (its metadata, its text, a still), with the hash of what it came from."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.sealed import SealedQuerySet, SealedRow, SealedValue
from cases.visible import VisibleByCase


class DerivativeKind(models.TextChoices):
    """What was made."""

    FILE_DATA = "file_data", gettext_lazy("Data in the file")
    MEDIA_DATA = "media_data", gettext_lazy("Data of the picture or film")
    CREDENTIALS = "credentials", gettext_lazy("Content credentials")
    PAGES = "pages", gettext_lazy("Number of pages")
    TRANSCRIPT = "transcript", gettext_lazy("Transcript")
    MAIL_HEADERS = "mail_headers", gettext_lazy("Head of the mail")
    PAGE_TEXT = "page_text", gettext_lazy("Text of the page")
    PAGE_SOURCE = "page_source", gettext_lazy("Source of the page")
    SCREENSHOT = "screenshot", gettext_lazy("Picture of the page")
    WEB_ARCHIVE = "web_archive", gettext_lazy("Web archive")
    CHAIN = "chain", gettext_lazy("Chain of answers")
    CERTIFICATES = "certificates", gettext_lazy("Certificates of the site")
    CAPTURE = "capture", gettext_lazy("Record of the capture")
    STILL = "still", gettext_lazy("Still")


class DerivativeState(models.TextChoices):
    """Made, or tried without success: the reason is in its facts."""

    MADE = "made", gettext_lazy("Made")
    FAILED = "failed", gettext_lazy("Could not be made")
    REMOVED = "removed", gettext_lazy("Removed by rule")


class DerivativeQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about derivatives."""

    def made(self) -> Self:
        """Return those that are kept."""
        return self.filter(state=DerivativeState.MADE)

    def of_kind(self, kind: str) -> Self:
        """Return those of one kind, newest first."""
        return self.filter(kind=kind).order_by("-made_at", "pk")


class Derivative(SealedRow):
    """One thing made from one exhibit. Its bytes are a sealed object; small facts stand in the sealed row.

    `parent_sha256` is the exhibit's hash; `sha256` that of what was made. Times are when it was made, not what it says.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="derivatives")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, related_name="derivatives")
    kind = models.CharField(max_length=16, choices=DerivativeKind)
    state = models.CharField(max_length=10, choices=DerivativeState)
    made_at = models.DateTimeField()
    tool = models.CharField(max_length=80)
    media_type = models.CharField(max_length=60, blank=True)
    parent_sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=120, blank=True)
    cipher_sha256 = models.CharField(max_length=64, blank=True)
    cipher_size = models.PositiveBigIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)

    facts: SealedValue[dict[str, Any]] = SealedValue({})

    objects = DerivativeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="derivative_kind_known", condition=Q(kind__in=DerivativeKind.values)),
            models.CheckConstraint(name="derivative_state_known", condition=Q(state__in=DerivativeState.values)),
            models.CheckConstraint(
                name="derivative_made_has_hash", condition=~Q(state=DerivativeState.MADE) | ~Q(sha256="")
            ),
        ]
        indexes = [models.Index(fields=["exhibit", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.exhibit_id}"
