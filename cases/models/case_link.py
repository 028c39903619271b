"""Two cases that belong together, or must be kept apart: linked, never merged."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.visible import VisibleByCase


class LinkKind(models.TextChoices):
    """What two cases are to each other."""

    SAME_PERSON = "same_person", _("The same person")
    SAME_MATERIAL = "same_material", _("The same material")
    OPPOSING = "opposing", _("Opposing interests")


class CaseLinkQuerySet(VisibleByCase, models.QuerySet["CaseLink"]):
    """Questions about linked cases."""

    def shown(self) -> "CaseLinkQuerySet":
        """Return links that the staff of a case may know of: neither side is told of opposing interests."""
        return self.exclude(kind=LinkKind.OPPOSING)


class CaseLink(models.Model):
    """One direction of a link; the other case has a row of its own. Row-level security hides opposing interests."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="case_links")
    other = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=15, choices=LinkKind)
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = CaseLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_link_kind_known", condition=Q(kind__in=LinkKind.values)),
            models.CheckConstraint(name="case_link_is_to_another", condition=~Q(case=models.F("other"))),
            models.UniqueConstraint(fields=["case", "other", "kind"], name="case_link_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} and {self.other_id}: {self.kind}"
