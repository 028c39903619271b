"""A probe: one question put to one exhibit's bytes inside the sandbox, and how far it is."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.visible import VisibleByCase


class ProbeState(models.TextChoices):
    """Waiting until it was answered, or given up with the reason."""

    WAITING = "waiting", gettext_lazy("Waiting")
    DONE = "done", gettext_lazy("Answered")
    FAILED = "failed", gettext_lazy("Could not be answered")


class ProbeQuerySet(VisibleByCase, models.QuerySet["Probe"]):
    """Questions about probes."""

    def due(self, *, at: datetime) -> Self:
        """Return those that a worker may take: their time has come, and nobody holds them."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
        return self.filter(free, state=ProbeState.WAITING, next_at__lte=at)


class Probe(models.Model):
    """One line of work for the worker. It holds ids, times and codes; what was read is a derivative."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="probes")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, related_name="probes")
    maker = models.CharField(max_length=80)
    """Its function's dotted path, as settings.PROBES lists it."""
    state = models.CharField(max_length=10, choices=ProbeState, default=ProbeState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    """A code of ours for why it waits or was given up: no_sandbox, damaged, timed_out, … Never a word of the file."""
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProbeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exhibit", "maker"], name="probe_once_per_exhibit"),
            models.CheckConstraint(name="probe_state_known", condition=Q(state__in=ProbeState.values)),
            models.CheckConstraint(
                name="probe_ended_says_when", condition=Q(state=ProbeState.WAITING) | Q(ended_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state=ProbeState.WAITING), name="probe_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.maker} of {self.exhibit_id}"
