"""An acquisition record: how one exhibit came into our hands, in the words of whoever handed it over or took it in."""

from typing import Self

from django.db import models
from django.db.models import Q

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase


class AcquisitionQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about acquisition records."""

    def standing(self) -> Self:
        """Return records that no later one replaced."""
        return self.filter(replaced_at=None)


class Acquisition(SealedRow):
    """One version of what is known about how an exhibit came. A correction is a new row; the old one stays.

    `answers` are what people said, by the names in evidence.acquisition; `system` is what this system noted by itself
    when the file came: tool, host, clock. `why` says why a record was corrected.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="acquisitions")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, related_name="acquisitions")
    number = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    answers: SealedValue[dict[str, str]] = SealedValue({})
    system: SealedValue[dict[str, str]] = SealedValue({})
    why = SealedText()
    made_by = SealedText()

    objects = AcquisitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exhibit", "number"], name="acquisition_number_once"),
            models.UniqueConstraint(
                fields=["exhibit"], name="acquisition_one_stands", condition=Q(replaced_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exhibit_id} record {self.number}"
