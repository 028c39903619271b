"""That somebody asks to hand a case over: to the supervisors of the case, and to nobody else why."""

from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.states import CaseState
from cases.visible import VisibleByCase


class HandoverRequestQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about requests to hand a case over."""

    def waiting(self) -> Self:
        """Return requests about cases that are still worked on, which nobody answered or took back."""
        return self.filter(ended_at=None).exclude(case__state__in=[CaseState.CLOSED, CaseState.ERASED])

    def of(self, person_id: UUID) -> Self:
        """Return the requests of one person, the oldest first."""
        return self.filter(person=person_id).order_by("asked_at", "pk")


class HandoverRequest(SealedRow):
    """One request of a case's owner. It ends when the case gets another owner, or when they take it back."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="handover_requests")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    why = SealedText()

    objects = HandoverRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(ended_at=None), name="handover_request_once_while_open"
            ),
        ]

    def __str__(self) -> str:
        return f"asked to hand over at {self.asked_at}"
