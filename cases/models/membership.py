"""Who may see a case, in which role, since when, until when, and why."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText


class MembershipRole(models.TextChoices):
    """What a member is to the case."""

    OWNER = "owner", _("Owner")
    BACKUP = "backup", _("Backup")
    HELPER = "helper", _("Helper")
    DESK = "desk", _("Took the call")
    ON_CALL = "on_call", _("On call")
    EMERGENCY = "emergency", _("Emergency")
    CLIENT = "client", _("Client")


class MembershipQuerySet(SealedQuerySet):
    """Questions about memberships."""

    def current(self) -> Self:
        """Return memberships that have not ended (by the database's clock, as the policy asks)."""
        return self.filter(Q(until=None) | Q(until__gt=Now()))

    def of_staff(self) -> Self:
        """Return memberships of people who work here."""
        return self.exclude(role=MembershipRole.CLIENT)


class Membership(SealedRow):
    """One person in one case. Written before its case: the foreign key is checked at the end of the transaction.

    `reason` is a word of ours (opened, added, handed_over, shift, call, emergency, left); `why` is what somebody typed.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=MembershipRole)
    reason = models.CharField(max_length=40, default="opened")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    shift = models.ForeignKey("cases.Shift", on_delete=models.PROTECT, null=True, related_name="memberships")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    why = SealedText()

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], condition=Q(until=None), name="membership_once_at_a_time"),
            models.UniqueConstraint(
                fields=["shift", "case", "user"], condition=Q(shift__isnull=False), name="membership_once_a_shift"
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=MembershipRole.values)),
            models.CheckConstraint(
                name="membership_of_the_hour_ends",
                condition=~Q(role__in=["desk", "on_call", "emergency"]) | Q(until__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["user", "case"])]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.case_id} as {self.role}"

    def close_seal(self) -> None:
        """Seal only what was typed: the first memberships are written before their case has a key."""
        if self.reseal_needed:
            super().close_seal()
