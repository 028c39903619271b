"""Whether stored files are still what was stored: one row for each file, and one for each day of looking."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.visible import VisibleByCase


class StoredState(models.TextChoices):
    """What the last look at a stored file found. A store that cannot be read says nothing about the file."""

    VERIFIED = "verified", gettext_lazy("Verified")
    DIFFERS = "differs", gettext_lazy("The stored file differs")
    MISSING = "missing", gettext_lazy("The stored file is missing")
    NOT_CHECKED = "not_checked", gettext_lazy("Could not be checked")


ALARMING = (StoredState.DIFFERS, StoredState.MISSING)


class StoredCheckQuerySet(VisibleByCase, models.QuerySet["StoredCheck"]):
    """Questions about looks at stored files."""

    def alarming(self) -> Self:
        """Return files that differ from what was stored, or are gone."""
        return self.filter(state__in=ALARMING)

    def free(self, *, at: datetime) -> Self:
        """Return rows that no worker holds."""
        return self.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=at))


class StoredCheck(models.Model):
    """The last look at one stored file, named by the table and row that it belongs to. Holds ids, times, codes."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="stored_checks")
    subject = models.CharField(max_length=60)
    """The table whose row names the file."""
    subject_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=StoredState, default=StoredState.NOT_CHECKED)
    looked_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    plain_at = models.DateTimeField(null=True, blank=True)
    """When the bytes inside were last opened and hashed as well."""
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = StoredCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "subject_id"], name="stored_check_once_per_file"),
            models.CheckConstraint(name="stored_check_state_known", condition=Q(state__in=StoredState.values)),
            models.CheckConstraint(
                name="stored_check_verified_says_when",
                condition=~Q(state=StoredState.VERIFIED) | Q(verified_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["next_at"])]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}: {self.state}"


class ScrubDay(models.Model):
    """What a day of looking came to, in numbers over all cases."""

    day = models.DateField(primary_key=True)
    verified = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    differ = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    not_checked = models.PositiveIntegerField(default=0)
    read_bytes = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    objects: models.Manager["ScrubDay"] = models.Manager()

    def __str__(self) -> str:
        return f"{self.day}"
