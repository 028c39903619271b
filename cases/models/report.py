"""The client's first report while it is being written, saved after each step."""

from typing import Any

from django.db import models

from cases.sealed import SealedQuerySet, SealedRow, SealedValue
from cases.visible import VisibleByCase


class ReportQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about reports."""


class Report(SealedRow):
    """Answers by step. Sent once; afterwards the case holds them."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="report")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    answers: SealedValue[dict[str, Any]] = SealedValue({})

    objects = ReportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"report of {self.case_id}"
