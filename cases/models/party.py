"""A person in a role in a case: the client, somebody shown, a poster, a supporter, a lawyer, an officer."""

from typing import Self

from django.db import models
from django.db.models import Q

from cases.actor import Actor
from cases.sealed import SealedQuerySet, SealedRow, SealedText


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


class PartyQuerySet(SealedQuerySet):
    """Questions about parties."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the parties of cases that the actor may see."""
        from cases.models.case import Case

        return self.filter(case__in=Case.objects.visible_to(actor))


class Party(SealedRow):
    """One person in one case; everything that names them is sealed."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(max_length=12, choices=PartyRole)
    language = models.CharField(max_length=10, default="en")
    version = models.PositiveIntegerField(default=1)
    added_at = models.DateTimeField()

    name = SealedText()
    pronouns = SealedText()
    account = SealedText()
    email = SealedText()
    phone = SealedText()
    remark = SealedText()

    objects = PartyQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="party_role_known", condition=Q(role__in=PartyRole.values))]

    def __str__(self) -> str:
        return f"{self.role} in {self.case_id}"
