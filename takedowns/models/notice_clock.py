"""A clock of a notice: one deadline that one lever set."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.states import ClockOwner
from cases.visible import VisibleByCase


class ClockState(models.TextChoices):
    """A clock runs until it is met or missed, or was never started."""

    RUNNING = "running", _("Running")
    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    STOPPED = "stopped", _("Stopped")


class NoticeClockQuerySet(VisibleByCase, models.QuerySet["NoticeClock"]):
    """Questions about clocks."""

    def running(self) -> Self:
        """Return clocks that still run."""
        return self.filter(state=ClockState.RUNNING)

    def passed(self, *, at: datetime) -> Self:
        """Return running clocks whose time is over."""
        return self.running().filter(due_at__lte=at)


class NoticeClock(models.Model):
    """One deadline that a lever set: who owns it, what started it, when it ends."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey("takedowns.Notice", on_delete=models.PROTECT, related_name="clocks")
    lever = models.CharField(max_length=60)
    owner = models.CharField(max_length=12, choices=ClockOwner, default=ClockOwner.PLATFORM)
    hours = models.PositiveIntegerField()
    is_statutory = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ClockState, default=ClockState.RUNNING)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeClockQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(state="running"), name="notice_clock_due")]

    def __str__(self) -> str:
        return f"{self.lever}: {self.due_at}"
