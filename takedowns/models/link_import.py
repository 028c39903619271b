"""An import: links that came in together, by paste or as a list, and what became of each line."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase


class ImportedAs(models.TextChoices):
    """How an import came in."""

    PASTE = "paste", _("Pasted")
    CSV = "csv", _("CSV list")
    XLSX = "xlsx", _("Spreadsheet")


class LinkImportQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about imports."""

    def for_rows(self) -> Self:
        """Return imports, the newest first."""
        return self.select_related("made_by").order_by("-made_at", "pk")


class LinkImport(SealedRow):
    """One press of "Add links". `lines` keeps what each line became, and the words of those that became nothing.

    A line is [number, outcome, link, first line of the same item, advice, text as it came]; the last two are empty
    for a line that became a link: its address lives in the link alone.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="link_imports")
    channel = models.CharField(max_length=6, choices=ImportedAs)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    new = models.PositiveIntegerField(default=0)
    again = models.PositiveIntegerField(default=0)
    relisted = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)

    file_name = SealedText()
    columns: SealedValue[dict[str, str]] = SealedValue({})
    lines: SealedValue[list[list[Any]]] = SealedValue([])

    objects = LinkImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-made_at"])]

    def __str__(self) -> str:
        return f"import of {self.made_at}"
