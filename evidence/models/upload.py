"""An upload: one file on its way in, in parts that may come over days, or whole and waiting to be taken in."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase


class UploadState(models.TextChoices):
    """Coming, or whole and stored; then taken in, refused, given up or too old. There is no way back."""

    OPEN = "open", gettext_lazy("Coming in")
    RECEIVED = "received", gettext_lazy("Received")
    DONE = "done", gettext_lazy("Taken in")
    REFUSED = "refused", gettext_lazy("Not taken in")
    CANCELLED = "cancelled", gettext_lazy("Given up")
    EXPIRED = "expired", gettext_lazy("Never finished")


class UploadQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about uploads."""

    def coming(self) -> Self:
        """Return uploads whose parts may still come."""
        return self.filter(state=UploadState.OPEN)

    def recent(self, *, since: datetime) -> Self:
        """Return uploads that are coming, or came whole, with their last part after a moment."""
        taken = [UploadState.OPEN, UploadState.RECEIVED, UploadState.DONE]
        return self.filter(state__in=taken, last_at__gt=since)

    def overdue(self, *, at: datetime) -> Self:
        """Return uploads that nobody went on with in time."""
        return self.coming().filter(expires_at__lt=at)

    def to_take_in(self, *, at: datetime) -> Self:
        """Return what a client sent and nobody works on now."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=at)
        return self.filter(free, state=UploadState.RECEIVED)


class Upload(SealedRow):
    """One file on its way in. `size` is what the sender says it has; `offset` how many bytes came in whole parts.

    The parts lie sealed in the staging folder, in order of `parts`: each with its file's id, hash and length. What a
    client sent is one sealed file in the vault (`object_name`) until the worker takes it in.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="uploads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_from_client = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.OPEN)
    size = models.PositiveBigIntegerField()
    part_bytes = models.PositiveIntegerField(default=0)
    offset = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    object_name = models.CharField(max_length=120, blank=True)
    cipher_sha256 = models.CharField(max_length=64, blank=True)
    cipher_size = models.PositiveBigIntegerField(default=0)
    exhibit = models.ForeignKey(
        "evidence.Exhibit", on_delete=models.PROTECT, related_name="uploads", null=True, blank=True
    )

    file_name = SealedText()
    raw_name_hex = SealedText()
    claimed_type = SealedText()
    first_sha256 = SealedText()
    reason = SealedText()
    parts: SealedValue[list[dict[str, Any]]] = SealedValue([])
    statement: SealedValue[dict[str, str]] = SealedValue({})
    found: SealedValue[dict[str, Any]] = SealedValue({})

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="upload_state_known", condition=Q(state__in=UploadState.values)),
            models.CheckConstraint(name="upload_offset_in_size", condition=Q(offset__lte=models.F("size"))),
            models.CheckConstraint(
                name="upload_received_is_stored", condition=~Q(state=UploadState.RECEIVED) | ~Q(object_name="")
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"]), models.Index(fields=["case", "state"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def is_whole(self) -> bool:
        """Whether every byte that was promised came."""
        return self.offset == self.size

    @property
    def percent(self) -> int:
        """How much of it came, 0 to 100."""
        return 100 if self.size == 0 else int(self.offset * 100 // self.size)
