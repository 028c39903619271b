"""The erasure of a case: asked, granted by a second person, carried out by the worker, certified."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.actor import Actor
from cases.models.user import User
from cases.permissions import Role


class ErasureReason(models.TextChoices):
    """Why a case is erased."""

    CLIENT = "client", _("The client asked for it")
    RETENTION = "retention", _("It need not be kept any longer")
    COURT = "court", _("A court or an authority ordered it")


class ErasureState(models.TextChoices):
    """From the second person's yes to the destruction of the key that wrapped the case's key."""

    GRANTED = "granted", _("Waiting for the worker")
    ERASING = "erasing", _("Being erased")
    ERASED = "erased", _("Erased; one old key still to be destroyed")
    COMPLETE = "complete", _("Complete")
    STOPPED = "stopped", _("Stopped by a hold")


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Questions about erasures. Row-level security shows them to supervisors only."""

    def visible_to(self, actor: Actor) -> Self:
        """Return every erasure for an active supervisor, nothing for anybody else: what is left names nobody."""
        if actor.id is None or not actor.supervises:
            return self.none()
        supervisors = User.objects.filter(pk=actor.id, is_active=True, roles__contains=[Role.SUPERVISOR.value])
        return self.filter(models.Exists(supervisors))

    def unfinished(self) -> Self:
        """Return erasures that the worker has still to carry out or to go on with."""
        return self.filter(state__in=[ErasureState.GRANTED, ErasureState.ERASING])

    def half_done(self, *, since: datetime) -> Self:
        """Return erasures that began and did not end for a while."""
        return self.filter(state=ErasureState.ERASING, begun_at__lt=since)

    def for_rows(self) -> Self:
        """Return erasures with the newest first."""
        return self.select_related("case").order_by("-granted_at", "pk")


class Erasure(models.Model):
    """Ids, counts and times: nothing here names a person, since it outlives the case."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="erasures")
    approval_id = models.UUIDField(unique=True)
    reason = models.CharField(max_length=10, choices=ErasureReason)
    state = models.CharField(max_length=10, choices=ErasureState, default=ErasureState.GRANTED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)
    stored_objects = models.PositiveIntegerField(default=0)
    key_version = models.PositiveSmallIntegerField(default=0)
    keys_destroyed_by = models.CharField(max_length=60, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="erasure_state_known", condition=Q(state__in=ErasureState.values)),
            models.UniqueConstraint(fields=["case"], condition=~Q(state="stopped"), name="erasure_once_a_case"),
            models.CheckConstraint(
                name="erasure_erased_with_time",
                condition=~Q(state__in=["erased", "complete"]) | Q(erased_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.case_id} ({self.state})"
