"""An exhibit: one file as it was handed over, sealed and numbered, never edited."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase
from evidence.kinds import HOLDS_MEDIA, PIXELS, kind_said


class ExhibitState(models.TextChoices):
    """Offered, then sealed or refused; there is no way back and no edit. What a rule removed leaves its row behind."""

    SEALED = "sealed", gettext_lazy("Sealed")
    REFUSED = "refused", gettext_lazy("Refused")
    REMOVED = "removed", gettext_lazy("Removed by rule")


class AcquisitionMethod(models.TextChoices):
    """How a file came into our hands."""

    HANDED_OVER = "handed_over", gettext_lazy("The client handed it over")
    CAPTURED = "captured", gettext_lazy("We captured it ourselves")
    THIRD_PARTY = "third_party", gettext_lazy("Somebody else gave it to us")
    PLATFORM = "platform", gettext_lazy("A platform sent it")


class EvidenceKind(models.TextChoices):
    """What a file is as evidence: a person says so. What its bytes are stands beside it, in `kind`."""

    SCREENSHOT = "screenshot", gettext_lazy("Screenshot")
    RECORDING = "recording", gettext_lazy("Screen recording")
    ORIGINAL = "original", gettext_lazy("Original photo, video or sound")
    CHAT = "chat", gettext_lazy("Chat export")
    EMAIL = "email", gettext_lazy("E-mail")
    WEB = "web", gettext_lazy("Web capture")
    DOCUMENT = "document", gettext_lazy("Document")
    PLATFORM = "platform", gettext_lazy("Reply of a platform")
    FORENSIC = "forensic", gettext_lazy("Forensic report")
    OTHER = "other", gettext_lazy("Something else")


class ExhibitQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about exhibits."""

    def sealed(self) -> Self:
        """Return exhibits that are kept."""
        return self.filter(state=ExhibitState.SEALED)

    def for_rows(self) -> Self:
        """Return exhibits in the order of their numbers."""
        return self.order_by("producer", "number", "pk")


class Exhibit(SealedRow):
    """One sealed file with its hashes. File name, description and source are in the sealed blob."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="exhibits")
    producer = models.CharField(max_length=6)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ExhibitState)
    kind = models.CharField(max_length=12)
    media_type = models.CharField(max_length=100)
    evidence_kind = models.CharField(max_length=12, choices=EvidenceKind, default=EvidenceKind.OTHER)
    has_other_extension = models.BooleanField(default=False)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sha512 = models.CharField(max_length=128)
    md5 = models.CharField(max_length=32)
    crc32 = models.PositiveBigIntegerField(null=True)
    object_name = models.CharField(max_length=120, blank=True)
    cipher_sha256 = models.CharField(max_length=64, blank=True)
    cipher_size = models.PositiveBigIntegerField(default=0)
    received_at = models.DateTimeField()
    discovered_at = models.DateTimeField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)

    file_name = SealedText()
    raw_name_hex = SealedText()
    description = SealedText()
    source = SealedText()
    method = SealedText()
    findings: SealedValue[dict[str, Any]] = SealedValue({})

    objects = ExhibitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "producer", "number"], name="exhibit_number_never_reused"),
            models.CheckConstraint(name="exhibit_state_known", condition=Q(state__in=ExhibitState.values)),
            models.CheckConstraint(
                name="exhibit_sealed_has_object",
                condition=~Q(state=ExhibitState.SEALED) | (Q(sealed_at__isnull=False) & ~Q(object_name="")),
            ),
        ]
        indexes = [models.Index(fields=["case", "sha256"])]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return the exhibit's name, such as ABC/001."""
        return f"{self.producer}/{self.number:03d}"

    @property
    def is_media(self) -> bool:
        """Whether this is or holds a picture, a film or a sound, which no page and no packet shows."""
        if self.media_type.startswith(("image/", "video/", "audio/")):
            return True
        return HOLDS_MEDIA in self.findings.get("cautions", [])

    @property
    def is_never_decoded(self) -> bool:
        """Whether its picture is so large that no program of ours may open it: it is kept as it is."""
        return PIXELS in self.findings.get("cautions", [])

    @property
    def kind_said(self) -> str:
        """Return what its bytes are in one word, for a cover."""
        return str(kind_said(self.kind, self.media_type))

    @property
    def method_said(self) -> str:
        """Return how the file came to us, in words."""
        known = set(AcquisitionMethod.values)
        return str(AcquisitionMethod(self.method).label) if self.method in known else self.method
