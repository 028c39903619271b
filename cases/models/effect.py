"""The outbox: everything that must happen outside the database, as rows with a due time."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedValue
from cases.states import EffectState
from cases.visible import VisibleByCase


class Audience(models.TextChoices):
    """Whom an effect reaches. Client effects need a permitting contact rule; the database checks it."""

    CLIENT = "client", "Client"
    STAFF = "staff", "Staff"
    PLATFORM = "platform", "Platform"
    NOBODY = "nobody", "Nobody outside"


class EffectQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about the outbox."""

    def due(self, *, at: datetime) -> Self:
        """Return effects that a worker may take: new and due, or claimed and lapsed."""
        lapsed = Q(state=EffectState.CLAIMED, lease_until__lt=at)
        return self.filter(Q(state=EffectState.NEW) | lapsed, due_at__lte=at)

    def stuck(self) -> Self:
        """Return effects that a person must look at."""
        return self.filter(state__in=[EffectState.FAILED, EffectState.UNKNOWN])


class Effect(SealedRow):
    """One effect with its lease, tries and a key that makes it happen once."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="effects")
    kind = models.CharField(max_length=40)
    audience = models.CharField(max_length=10, choices=Audience)
    channel = models.CharField(max_length=10, blank=True)
    subject_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=EffectState, default=EffectState.NEW)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    dedupe_key = models.CharField(max_length=160, unique=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    payload: SealedValue[dict[str, Any]] = SealedValue({})

    objects = EffectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="effect_state_known", condition=Q(state__in=EffectState.values)),
            models.CheckConstraint(
                name="effect_client_has_case_and_channel",
                condition=~Q(audience=Audience.CLIENT) | (Q(case__isnull=False) & ~Q(channel="")),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["new", "claimed"]), name="effect_due"),
            models.Index(fields=["case", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at}"
