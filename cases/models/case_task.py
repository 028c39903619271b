"""Something that somebody must do by some time: the one queue behind Today."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.states import ClockOwner, TaskState
from cases.visible import VisibleByCase

TELL_AFTER = (timedelta(), timedelta(hours=4), timedelta(hours=24))
"""How late a task is when its caseworker, the backup and a supervisor are told: our own rule."""
FOLLOWED, FOLLOWED_FOR = "clock:", timedelta(hours=1)
"""Tasks with such a key are ended by their clock, which puts what comes next on Today."""


class CaseTaskQuerySet(VisibleByCase, models.QuerySet["CaseTask"]):
    """Questions about tasks."""

    def open(self) -> Self:
        """Return tasks that are still to do."""
        return self.filter(state=TaskState.OPEN)

    def late(self, *, at: datetime) -> Self:
        """Return open tasks whose time has passed."""
        return self.open().filter(due_at__lte=at)

    def to_remind(self, *, at: datetime) -> Self:
        """Return late tasks of which somebody is to be told: those that were told wait for the next one's turn.

        What a clock of its own follows is left to that clock for a while, so that nobody is told twice of one thing.
        """
        turns = Q()
        for told, wait in enumerate(TELL_AFTER):
            turns |= Q(reminded=told, due_at__lte=at - wait)
        followed = Q(dedupe_key__startswith=FOLLOWED, due_at__gt=at - FOLLOWED_FOR)
        return self.late(at=at).filter(turns).exclude(followed)

    def for_rows(self) -> Self:
        """Everything a row on Today touches, in one query; late first, then by clock."""
        return self.select_related("case", "assigned_to").order_by("due_at", "pk")


class CaseTask(models.Model):
    """One row of the queue: due time, whose clock, and an address to open."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    path = models.CharField(max_length=200)
    clock = models.CharField(max_length=12, choices=ClockOwner, default=ClockOwner.OURS)
    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="tasks")
    dedupe_key = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminded = models.PositiveSmallIntegerField(default=0)

    objects = CaseTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_task_state_known", condition=Q(state__in=TaskState.values)),
            models.UniqueConstraint(
                fields=["case", "dedupe_key"], condition=Q(state=TaskState.OPEN), name="case_task_once_while_open"
            ),
            models.CheckConstraint(
                name="case_task_ended_with_time", condition=Q(state=TaskState.OPEN) | Q(ended_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=TaskState.OPEN), name="case_task_due"),
            models.Index(fields=["assigned_to", "due_at"], condition=Q(state=TaskState.OPEN), name="case_task_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.due_at}"
