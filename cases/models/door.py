"""Tokens that open something before anybody is known: kept as hashes, outside row-level security."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Q


class DoorKind(models.TextChoices):
    """What a token opens."""

    STAFF_INVITATION = "staff_invitation", "Invitation for staff"
    CLIENT_INVITATION = "client_invitation", "Invitation for a client"
    ACCESS_CODE = "access_code", "A client's code"
    SHARE = "share", "A share for a lawyer or the police"
    REPLY = "reply", "A reply address of a notice"


class DoorQuerySet(models.QuerySet["Door"]):
    """Questions about tokens."""

    def usable(self, *, at: datetime) -> "DoorQuerySet":
        """Return tokens that are neither spent, revoked nor out of date."""
        fresh = Q(expires_at=None) | Q(expires_at__gt=at)
        left = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
        return self.filter(fresh, left, revoked_at=None)


class Door(models.Model):
    """One token: its hash, what it opens, and how often. Ids only, so that it may stand outside the net."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=DoorKind)
    token_hash = models.BinaryField(unique=True)
    secret_hash = models.CharField(max_length=200, blank=True)
    case_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)
    max_uses = models.PositiveIntegerField(null=True)
    wrong_tries = models.PositiveIntegerField(default=0)
    slowed_until = models.DateTimeField(null=True)

    objects = DoorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="door_kind_known", condition=Q(kind__in=DoorKind.values)),
            models.CheckConstraint(
                name="door_uses_within_limit", condition=Q(max_uses=None) | Q(uses__lte=F("max_uses"))
            ),
        ]
        indexes = [models.Index(fields=["kind", "subject_id"]), models.Index(fields=["case_id"])]

    def __str__(self) -> str:
        return f"{self.kind} made {self.created_at}"
