"""A client takes their case back from us: what they ask us to stop or delete, with a clock for staff."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class WithdrawalWish(models.TextChoices):
    """What a client can ask when they withdraw."""

    STOP_NOTICES = "stop_notices", _("Stop asking sites")
    STOP_CONTACT = "stop_contact", _("Stop contacting me")
    DELETE = "delete", _("Delete what you have")


class WithdrawalQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about withdrawals."""

    def standing(self) -> Self:
        """Return withdrawals that the client did not take back and staff did not answer."""
        return self.filter(taken_back_at=None, answered_at=None)


class Withdrawal(SealedRow):
    """One withdrawal. Stopping works at once; nothing is deleted by it."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="withdrawals")
    wishes = ArrayField(models.CharField(max_length=15, choices=WithdrawalWish))
    said_at = models.DateTimeField()
    decide_by = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    words = SealedText()

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-said_at"])]

    @property
    def named(self) -> list[str]:
        """Return what was asked, in words."""
        return [str(WithdrawalWish(wish).label) for wish in self.wishes]

    def __str__(self) -> str:
        return f"withdrawal of {self.said_at}"
