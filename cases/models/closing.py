"""How a case ended: the outcome, whether there may be proceedings, and what the client wants done with what we hold."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.retention import Afterwards
from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class Outcome(models.TextChoices):
    """What came of the case."""

    DOWN = "down", _("What was found is down")
    PARTLY = "partly", _("Some of it is down")
    NOT_DOWN = "not_down", _("It could not be taken down")
    PREVENTED = "prevented", _("Nothing was posted")
    HANDED_ON = "handed_on", _("Others help now: lawyer, police, another service")
    CLIENT_ENDED = "client_ended", _("The client wanted to stop")
    NO_CONTACT = "no_contact", _("The client could not be reached any more")
    NOT_OURS = "not_ours", _("It was nothing for us")


class Proceedings(models.TextChoices):
    """Whether a court may still deal with it; not known counts as yes."""

    YES = "yes", _("Yes, or it is not known")
    NO = "no", _("No")


class ClosingQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about closings."""

    def standing(self) -> "ClosingQuerySet":
        """Return closings of cases that were not opened again."""
        return self.filter(reopened_at=None)


class Closing(SealedRow):
    """One end of a case; a case that is opened again and closed again has two."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="closings")
    outcome = models.CharField(max_length=14, choices=Outcome)
    proceedings = models.CharField(max_length=4, choices=Proceedings)
    wish = models.CharField(max_length=10, choices=Afterwards)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()
    reopened_at = models.DateTimeField(null=True, blank=True)

    remark = SealedText()

    objects = ClosingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="closing_wish_known", condition=Q(wish__in=Afterwards.values)),
            models.UniqueConstraint(fields=["case"], condition=Q(reopened_at=None), name="closing_one_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} closed: {self.outcome}"
