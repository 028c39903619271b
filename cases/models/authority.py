"""Who asks in a case, and how sure we are of it: one standing answer, each earlier one kept."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class AskedBy(models.TextChoices):
    """Who speaks with us in a case."""

    CLIENT = "client", _("The client")
    SUPPORTER = "supporter", _("A supporter")
    LAWYER = "lawyer", _("A lawyer")
    OFFICER = "officer", _("An officer")


class AuthorityLevel(models.TextChoices):
    """How sure we are that they are who they say, and may ask; from the least to the most."""

    SAID = "said", _("They said so")
    CODE_WORD = "code_word", _("They said the code word")
    DOCUMENT = "document", _("We saw a document")
    LAWYER = "lawyer", _("A lawyer confirmed it")

    @property
    def is_checked(self) -> bool:
        """Whether somebody of ours checked it: a word of their own is not enough."""
        return self != AuthorityLevel.SAID


class AuthorityQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about authority."""

    def standing(self) -> Self:
        """Return answers that were not replaced by a later one."""
        return self.filter(ended_at=None)

    def checked(self) -> Self:
        """Return standing answers that rest on a recorded check."""
        levels = [level.value for level in AuthorityLevel if level.is_checked]
        return self.standing().filter(level__in=levels)

    def opening_list(self) -> Self:
        """Return standing answers with which links that we found may be shown to the one who asks.

        An impostor must not be told where the material is: it takes a recorded check. A supporter is shown it only
        when a lawyer confirmed that they may act.
        """
        helpers = Q(asked_by=AskedBy.SUPPORTER) & ~Q(level=AuthorityLevel.LAWYER)
        return self.checked().exclude(helpers)


class Authority(SealedRow):
    """One answer. `checked_by` is the colleague who checked; empty while it is only said."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="authorities")
    asked_by = models.CharField(max_length=10, choices=AskedBy)
    level = models.CharField(max_length=10, choices=AuthorityLevel, default=AuthorityLevel.SAID)
    since = models.DateTimeField()
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    remark = SealedText()

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="authority_asked_by_known", condition=Q(asked_by__in=AskedBy.values)),
            models.CheckConstraint(name="authority_level_known", condition=Q(level__in=AuthorityLevel.values)),
            models.CheckConstraint(
                name="authority_checked_by_somebody",
                condition=Q(level=AuthorityLevel.SAID) | Q(checked_by__isnull=False),
            ),
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="authority_one_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by}: {self.level}"
