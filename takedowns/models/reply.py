"""A reply: a mail that belongs to a notice. It is kept raw as an exhibit; here stands what a caseworker reads."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase
from takedowns.mail_kinds import WANTS_A_PERSON, MailKind


class MatchedBy(models.TextChoices):
    """By what a mail found its notice."""

    TOKEN = "token", "Reply address"
    REFERENCES = "references", "The mail it answers"
    INNER = "inner", "The mail it carries"
    TICKET = "ticket", "Ticket number"
    PERSON = "person", "A person chose"


class ReplyQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about replies."""

    def unread(self) -> Self:
        """Return those that somebody must still read."""
        return self.filter(read_at=None, kind__in=WANTS_A_PERSON)


class Reply(SealedRow):
    """One mail to one notice, of any kind: answers, receipts, bounces."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="replies")
    notice = models.ForeignKey("takedowns.Notice", on_delete=models.PROTECT, related_name="replies")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, null=True, related_name="+")
    mail_id = models.UUIDField(unique=True)
    """The incoming mail that it was: filing twice makes one reply."""
    kind = models.CharField(max_length=10, choices=MailKind)
    matched_by = models.CharField(max_length=10, choices=MatchedBy)
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    sender = SealedText()
    subject = SealedText()
    words = SealedText()
    why = SealedText()
    matched_why = SealedText()
    detail = SealedText()
    tickets: SealedValue[list[dict[str, str]]] = SealedValue([])
    files: SealedValue[list[dict[str, Any]]] = SealedValue([])

    objects = ReplyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="reply_kind_known", condition=Q(kind__in=MailKind.values)),
            models.CheckConstraint(name="reply_matched_by_known", condition=Q(matched_by__in=MatchedBy.values)),
        ]
        indexes = [models.Index(fields=["notice", "-received_at"])]

    def __str__(self) -> str:
        return f"{self.kind} to {self.notice_id}"

    @property
    def is_unread(self) -> bool:
        """Whether somebody must still read it."""
        return self.read_at is None and self.kind in WANTS_A_PERSON
