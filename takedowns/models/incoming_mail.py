"""A mail that came to the organisation: kept raw and sealed before anything is read, until it lies in its case."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cases.actor import Actor
from cases.models import Case
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from takedowns.mail_kinds import MailKind


class IncomingState(models.TextChoices):
    """How far a mail got."""

    NEW = "new", "Kept, not read yet"
    WAITING = "waiting", "Waits for a person"
    MATCHED = "matched", "Belongs to a notice, not filed yet"
    FILED = "filed", "Lies in its case"
    SET_ASIDE = "set_aside", "Set aside"


class IncomingMailQuerySet(SealedQuerySet):
    """Questions about mails that came in."""

    def visible_to(self, actor: Actor) -> Self:
        """Return all to a supervisor, to others those that seem to belong to a case they see, else none."""
        if actor.id is None:
            return self.none()
        if actor.supervises:
            return self.filter(settled_case=None)
        cases = list(Case.objects.visible_to(actor).values_list("pk", flat=True))
        return self.filter(settled_case=None, suggested_cases__overlap=cases)

    def waiting(self) -> Self:
        """Return mails that a person must sort, oldest first."""
        return self.filter(state=IncomingState.WAITING).order_by("received_at", "pk")

    def set_aside(self) -> Self:
        """Return mails that nobody needs to sort, newest first."""
        return self.filter(state=IncomingState.SET_ASIDE).order_by("-received_at", "pk")

    def to_do(self, state: IncomingState) -> Self:
        """Return mails that the worker takes next, oldest first."""
        return self.filter(state=state).order_by("received_at", "pk")


class IncomingMail(SealedRow):
    """One mail. Sealed under the system's key: whose it is, is not known while it lies here.

    `mark` is a blind index of its bytes: a mail that is fetched twice is kept once. What it says goes when it is filed.
    """

    state = models.CharField(max_length=10, choices=IncomingState, default=IncomingState.NEW)
    kind = models.CharField(max_length=10, choices=MailKind, blank=True)
    received_at = models.DateTimeField()
    mark_version = models.PositiveSmallIntegerField()
    mark = models.BinaryField()
    object_name = models.CharField(max_length=200, blank=True)
    sealed_bytes = models.BigIntegerField(default=0)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    plain_bytes = models.BigIntegerField(default=0)
    suggested_cases = ArrayField(models.UUIDField(), default=list)
    matched_notice = models.UUIDField(null=True, blank=True)
    settled_case = models.UUIDField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)

    sender = SealedText()
    subject = SealedText()
    words = SealedText()
    why = SealedText()
    matched_why = SealedText()
    trouble = SealedText()
    suggestions: SealedValue[list[dict[str, str]]] = SealedValue([])
    attachments: SealedValue[list[dict[str, Any]]] = SealedValue([])

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mark_version", "mark"], name="incoming_mail_once"),
            models.CheckConstraint(name="incoming_mail_state_known", condition=Q(state__in=IncomingState.values)),
            models.CheckConstraint(
                name="incoming_mail_matched_has_notice",
                condition=~Q(state="matched") | Q(matched_notice__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "received_at"])]

    def __str__(self) -> str:
        return f"mail of {self.received_at} ({self.state})"
