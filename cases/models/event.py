"""The record: what happened, written once, never changed. Everything that shows history reads it."""

from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from django.db import models

from cases.actor import ActorKind
from cases.sealed import SealedQuerySet, SealedRow, SealedValue
from cases.visible import VisibleByCase

ACCESS = "_(downloaded|revealed|exported|taken_out)$|[.](page|share|emergency)_opened$|[.]look_|[.]client_came_in$"
"""Kinds of event that tell of access, by their names: a new kind that is named like its sisters is among them."""


class EventQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about the record."""

    def from_outside(self, *, since: datetime) -> Self:
        """Return what clients, recipients of shares and the mailbox did after a time."""
        outside = [ActorKind.CLIENT, ActorKind.RECIPIENT, ActorKind.MAILBOX]
        return self.filter(actor_kind__in=outside, at__gt=since)

    def last_of_each(self) -> Self:
        """Return the last event of each person in each case, so that one long visit is one line."""
        person = ("case", "actor_kind", "actor_id")
        return self.filter(pk__in=self.order_by(*person, "-at", "-seq").distinct(*person).values("pk"))

    def without_looks(self) -> Self:
        """Leave out that somebody read a page: the access log tells it, and a timeline would be full of it."""
        return self.exclude(kind="cases.page_opened")

    def of_access(self) -> Self:
        """Return who read, opened or took away something."""
        return self.filter(kind__regex=ACCESS)

    def newest_first(self) -> Self:
        """Return events with the last written first."""
        return self.order_by("-seq")


class Event(SealedRow):
    """One event. `actor_id` is a person's pseudonym or the name of a part of Recourse.

    `seq`, `prev`, `hash` and `recorded_at` are given by a trigger, whatever the caller says.
    """

    chain = models.UUIDField()
    seq = models.BigIntegerField()
    prev = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_id = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=60)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="events")
    subject = models.CharField(max_length=100, blank=True)
    commitments = models.TextField(default="{}")
    format_version = models.PositiveSmallIntegerField(default=1)

    body: SealedValue[dict[str, Any]] = SealedValue({})
    salts: SealedValue[dict[str, str]] = SealedValue({})

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="event_seq_once_a_chain")]
        indexes = [
            models.Index(fields=["case", "-seq"]),
            models.Index(fields=["case", "kind"]),
            models.Index(fields=["case", "-at", "-seq"], name="event_timeline"),
            models.Index(fields=["-recorded_at", "-id"], name="event_audit"),
            models.Index(fields=["kind", "-recorded_at"], name="event_kind"),
            models.Index(fields=["actor_id", "-recorded_at"], name="event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Anchor(models.Model):
    """The day's hash over every chain's head and yesterday's anchor."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    day = models.DateField(unique=True)
    chains = models.PositiveIntegerField()
    events = models.PositiveBigIntegerField()
    heads_hash = models.BinaryField()
    prev = models.BinaryField(default=b"")
    hash = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"anchor of {self.day}"
