"""A look-up met a case that the asker may not see: a supervisor decides what the two are to each other."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MatchDecision(models.TextChoices):
    """What a supervisor found."""

    SAME_PERSON = "same_person", _("The same person: link the cases")
    SAME_MATERIAL = "same_material", _("The same material: link the cases")
    OPPOSING = "opposing", _("Opposing interests: keep them apart")
    NOTHING = "nothing", _("They have nothing to do with each other")


class MatchQuerySet(models.QuerySet["Match"]):
    """Questions about matches. Row-level security shows them to supervisors only."""

    def open(self) -> Self:
        """Return matches that nobody decided yet, oldest first."""
        return self.filter(decision="").order_by("asked_at", "pk")


class Match(models.Model):
    """Two references and what kinds of value they share: nothing that names anybody.

    Written by the look-up's function in the database, never by the asker. `asked_reference` is empty when a contact
    asked that has become no case yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    asked_case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="+")
    asked_contact = models.ForeignKey("cases.Contact", on_delete=models.SET_NULL, null=True, related_name="+")
    other_case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    asked_reference = models.CharField(max_length=20, blank=True)
    other_reference = models.CharField(max_length=20)
    kinds = ArrayField(models.CharField(max_length=12))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=15, choices=MatchDecision, blank=True, default="")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    kept_apart = models.JSONField(default=list, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="match_decided_by_somebody",
                condition=Q(decision="") | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(decision=""), name="match_open")]

    def __str__(self) -> str:
        return f"{self.asked_reference or 'a contact'} and {self.other_reference}"
