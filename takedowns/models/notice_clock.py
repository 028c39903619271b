"""A clock of a notice: one deadline that one lever set."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.clocks import ClockEvent, Happened
from cases.sealed import SealedQuerySet, SealedRow, SealedValue
from cases.states import ClockOwner
from cases.visible import VisibleByCase


class ClockState(models.TextChoices):
    """A clock runs until it is met or missed; it may stand still for a while, or be stopped."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Stands still")
    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    STOPPED = "stopped", _("Stopped")


class NoticeClockQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about clocks."""

    def running(self) -> Self:
        """Return clocks that still run."""
        return self.filter(state=ClockState.RUNNING)

    def unended(self) -> Self:
        """Return clocks that run or stand still."""
        return self.filter(state__in=[ClockState.RUNNING, ClockState.PAUSED])

    def passed(self, *, at: datetime) -> Self:
        """Return running clocks whose time is over."""
        return self.running().filter(due_at__lte=at)


class NoticeClock(SealedRow):
    """One deadline that a lever set: who owns it, what started it, when it ends.

    `name` is the period's name in the law facts. `history` is what happened to it, as plain values; while it stands
    still, `due_at` is what held before.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey("takedowns.Notice", on_delete=models.PROTECT, related_name="clocks")
    lever = models.CharField(max_length=60)
    name = models.CharField(max_length=60, default="follow_up")
    owner = models.CharField(max_length=12, choices=ClockOwner, default=ClockOwner.PLATFORM)
    hours = models.PositiveIntegerField()
    is_statutory = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ClockState, default=ClockState.RUNNING)
    ended_at = models.DateTimeField(null=True, blank=True)

    history: SealedValue[list[dict[str, Any]]] = SealedValue([])

    objects = NoticeClockQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(state="running"), name="notice_clock_due")]

    def __str__(self) -> str:
        return f"{self.lever}: {self.due_at}"

    @property
    def events(self) -> list[ClockEvent]:
        """What happened to it, with at least its start."""
        kept = [
            ClockEvent(Happened(row["kind"]), datetime.fromisoformat(row["at"]), row["why"]) for row in self.history
        ]
        return kept or [ClockEvent(Happened.STARTED, self.started_at)]

    @property
    def paused_by(self) -> ClockEvent | None:
        """The event by which it stands still now, with its reason."""
        if self.state != ClockState.PAUSED:
            return None
        pauses = [event for event in self.events if event.kind == Happened.PAUSED]
        return max(pauses, key=lambda event: event.at, default=None)
