"""A person in a role in a case: the client, somebody shown, a poster, a supporter, a lawyer, an officer."""

from typing import Self

from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class PartyRole(models.TextChoices):
    """What a person is in the case."""

    CLIENT = "client", "Client"
    SHOWN = "shown", "Person shown"
    POSTER = "poster", "Person who shared it"
    GUARDIAN = "guardian", "Guardian"
    SUPPORTER = "supporter", "Supporter"
    INTERPRETER = "interpreter", "Interpreter"
    LAWYER = "lawyer", "Lawyer"
    OFFICER = "officer", "Officer"


class PartyQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about parties."""

    def standing(self) -> Self:
        """Return people who still have their part in the case."""
        return self.filter(ended_at=None)


class Party(SealedRow):
    """One person in one case; everything that names them is sealed."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(max_length=12, choices=PartyRole)
    language = models.CharField(max_length=10, default="en")
    version = models.PositiveIntegerField(default=1)
    added_at = models.DateTimeField()
    confidential_on = models.DateField(null=True, blank=True)
    """The day on which they signed to keep what they hear; asked of interpreters."""
    ended_at = models.DateTimeField(null=True, blank=True)

    name = SealedText()
    pronouns = SealedText()
    account = SealedText()
    email = SealedText()
    phone = SealedText()
    agency = SealedText()
    remark = SealedText()

    objects = PartyQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="party_role_known", condition=Q(role__in=PartyRole.values))]

    def __str__(self) -> str:
        return f"{self.role} in {self.case_id}"
