"""A finding: something written about a case's material that is corrected by new versions and never changed."""

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class Noun(models.TextChoices):
    """What kind of finding a row is; each is a model of its own over the same table."""

    CLAIM = "claim", gettext_lazy("Claim about a fake")
    SOURCE_CHECK = "source_check", gettext_lazy("Search for the source")
    ASSESSMENT = "assessment", gettext_lazy("Assessment")
    COMPARISON = "comparison", gettext_lazy("Comparison")
    CHRONOLOGY_ENTRY = "chronology_entry", gettext_lazy("Entry of the chronology")
    HARM_ENTRY = "harm_entry", gettext_lazy("Entry of harm and cost")
    STATEMENT_DRAFT = "statement_draft", gettext_lazy("Paper in draft")


class FindingQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about findings."""

    def standing(self) -> Self:
        """Return the newest version of each finding that was not taken back."""
        later = Finding._base_manager.filter(thread=OuterRef("thread"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later), is_withdrawn=False)

    def newest(self) -> Self:
        """Return the newest version of each finding, taken back or not."""
        later = Finding._base_manager.filter(thread=OuterRef("thread"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))

    def for_rows(self) -> Self:
        """Return findings in the order in which they were written, with the exhibits that they name."""
        return self.select_related("exhibit", "other", "written_by").order_by("written_at", "version", "pk")


class FindingManager(models.Manager["Any"]):
    """The rows of one noun; the model's own queryset."""

    def __init__(self, noun: str = "") -> None:
        super().__init__()
        self.noun = noun

    def get_queryset(self) -> FindingQuerySet:
        """Return the rows of the noun, or of all nouns."""
        rows = FindingQuerySet(self.model, using=self._db)
        return rows.filter(noun=self.noun) if self.noun else rows

    def visible_to(self, actor: Any) -> FindingQuerySet:
        """Return the rows of cases that the actor may see."""
        return self.get_queryset().visible_to(actor)

    def standing(self) -> FindingQuerySet:
        """Return the newest version of each finding that was not taken back."""
        return self.get_queryset().standing()


class Finding(SealedRow):
    """One version of one finding. `thread` joins its versions; a version is never changed, and a correction says why.

    Every word is in the sealed blob. A row that was taken back is the last version of its thread.
    """

    NOUN: ClassVar[str] = ""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="findings")
    noun = models.CharField(max_length=20, choices=Noun, default=Noun.CLAIM)
    thread = models.UUIDField(default=uuid4, editable=False)
    version = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    is_withdrawn = models.BooleanField(default=False)
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, null=True, related_name="+")
    other = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, null=True, related_name="+")
    link_id = models.UUIDField(null=True)

    why = SealedText()

    objects: ClassVar[FindingManager] = FindingManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "version"], name="finding_version_once"),
            models.CheckConstraint(name="finding_noun_known", condition=Q(noun__in=Noun.values)),
            models.CheckConstraint(name="finding_version_from_one", condition=Q(version__gte=1)),
        ]
        indexes = [models.Index(fields=["case", "noun"])]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.NOUN and not args:
            kwargs.setdefault("noun", self.NOUN)
        super().__init__(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.noun} {self.pk}"

    @property
    def label(self) -> str:
        """Return in a few words what this is, for lists and the record."""
        return str(Noun(self.noun).label)


def said(choices: type[models.TextChoices], value: str) -> str:
    """Return the words of a stored choice, or nothing for one that is not in the list."""
    return str(choices(value).label) if value in choices.values else ""
