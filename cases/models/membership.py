"""Who may see a case, in which role, since when, until when, and why."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class MembershipRole(models.TextChoices):
    """What a member is to the case."""

    OWNER = "owner", "Owner"
    BACKUP = "backup", "Backup"
    HELPER = "helper", "Helper"
    CLIENT = "client", "Client"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Questions about memberships."""

    def current(self) -> Self:
        """Return memberships that have not ended (by the database's clock, as the policy asks)."""
        return self.filter(Q(until=None) | Q(until__gt=Now()))


class Membership(models.Model):
    """One person in one case. Written before its case: the foreign key is checked at the end of the transaction."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=MembershipRole)
    reason = models.CharField(max_length=40, default="opened")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], condition=Q(until=None), name="membership_once_at_a_time"),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=MembershipRole.values)),
        ]
        indexes = [models.Index(fields=["user", "case"])]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.case_id} as {self.role}"
