"""A fingerprint: numbers that say how a picture or film looks, kept only while its client agrees, to find copies."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.visible import VisibleByCase


class FingerprintState(models.TextChoices):
    """Made; made of a picture too plain to compare; or tried in vain."""

    MADE = "made", gettext_lazy("Kept")
    POOR = "poor", gettext_lazy("Too plain to compare")
    FAILED = "failed", gettext_lazy("Could not be made")


class FingerprintQuerySet(VisibleByCase, models.QuerySet["Fingerprint"]):
    """Questions about fingerprints."""

    def to_compare(self) -> Self:
        """Return those that were compared with nothing yet, oldest first."""
        return self.filter(place=None).order_by("made_at", "pk")


class Fingerprint(models.Model):
    """What is kept of one exhibit: the hashes of its bytes, and in `hashes` how it looks.

    These are clear numbers (sealed, they could not be searched), so they exist only while the client lets us keep them
    and go in the same transaction as that yes. `place` counts those that were compared, in the order of their commits.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="fingerprints")
    exhibit = models.OneToOneField("evidence.Exhibit", on_delete=models.PROTECT, related_name="fingerprint")
    state = models.CharField(max_length=10, choices=FingerprintState)
    is_film = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    tool = models.CharField(max_length=80)
    error = models.CharField(max_length=20, blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    md5 = models.CharField(max_length=32, db_index=True)
    place = models.BigIntegerField(null=True, blank=True, unique=True)
    compared_at = models.DateTimeField(null=True, blank=True)

    objects = FingerprintQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="fingerprint_state_known", condition=Q(state__in=FingerprintState.values)),
            models.CheckConstraint(
                name="fingerprint_place_when_compared",
                condition=Q(place=None, compared_at=None) | Q(place__isnull=False, compared_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["made_at"], condition=Q(place=None), name="fingerprint_to_compare")]

    def __str__(self) -> str:
        return f"fingerprint of {self.exhibit_id}"


class FingerprintHashQuerySet(VisibleByCase, models.QuerySet["FingerprintHash"]):
    """Questions about single hashes."""


class FingerprintHash(models.Model):
    """The PDQ hash of a picture, or of one frame of a film.

    `pdq` has 32 bytes; `turns` holds eight of them: as it is, then each turn and mirror in the order of
    evidence.matching.turns. `quality` runs from 0 to 100; below 50 a hash is kept and never compared.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="fingerprint_hashes")
    fingerprint = models.ForeignKey(Fingerprint, on_delete=models.CASCADE, related_name="hashes")
    frame = models.PositiveSmallIntegerField(default=0)
    at_ms = models.PositiveIntegerField(default=0)
    pdq = models.BinaryField(max_length=32)
    turns = models.BinaryField(max_length=256)
    quality = models.PositiveSmallIntegerField()

    objects = FingerprintHashQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fingerprint", "frame"], name="fingerprint_hash_once"),
            models.CheckConstraint(name="fingerprint_hash_quality", condition=Q(quality__lte=100)),
        ]

    def __str__(self) -> str:
        return f"frame {self.frame} of {self.fingerprint_id}"
