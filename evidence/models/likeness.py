"""A likeness: two exhibits of one case that may show the same; a person says whether they do."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from cases.visible import VisibleByCase


class LikenessBasis(models.TextChoices):
    """What the likeness rests on."""

    SAME_FILE = "same_file", gettext_lazy("The same file, byte for byte")
    NEAR = "near", gettext_lazy("Looks alike")


class Turn(models.TextChoices):
    """How one of the two must be turned to lie on the other."""

    NONE = "none", gettext_lazy("not turned")
    QUARTER = "quarter", gettext_lazy("turned by a quarter")
    HALF = "half", gettext_lazy("turned upside down")
    THREE_QUARTERS = "three_quarters", gettext_lazy("turned by three quarters")
    FLIPPED = "flipped", gettext_lazy("mirrored top to bottom")
    MIRRORED = "mirrored", gettext_lazy("mirrored left to right")
    MIRRORED_QUARTER = "mirrored_1", gettext_lazy("mirrored and turned by a quarter")
    MIRRORED_THREE = "mirrored_3", gettext_lazy("mirrored and turned by three quarters")


class LikenessDecision(models.TextChoices):
    """What a person said."""

    SAME = "same", gettext_lazy("Same")
    NOT_SAME = "not_same", gettext_lazy("Not same")


class LikenessQuerySet(VisibleByCase, models.QuerySet["Likeness"]):
    """Questions about likenesses."""

    def inside(self) -> Self:
        """Return those between two exhibits of one case."""
        return self.filter(other__isnull=False)

    def elsewhere(self) -> Self:
        """Return marks that something was seen before, somewhere that the case does not tell."""
        return self.filter(other=None)

    def open(self) -> Self:
        """Return those inside a case that nobody decided, in the order in which they were found."""
        return self.inside().filter(decision="").order_by("found_at", "pk")

    def same(self) -> Self:
        """Return those that somebody called the same."""
        return self.inside().filter(decision=LikenessDecision.SAME)


class Likeness(models.Model):
    """One pair inside a case, or (with `other` empty) that this was seen before in work that is not told here.

    `distance` is the smallest number of different bits of 256, None where the files are equal. For films
    `frames_alike` of `frames` were found in the other. A likeness is never identity: `decision` is a person's word.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="likenesses")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, related_name="likenesses")
    other = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    basis = models.CharField(max_length=10, choices=LikenessBasis)
    distance = models.PositiveSmallIntegerField(null=True, blank=True)
    turn = models.CharField(max_length=15, choices=Turn, default=Turn.NONE)
    frames_alike = models.PositiveSmallIntegerField(default=0)
    frames = models.PositiveSmallIntegerField(default=0)
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=LikenessDecision, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = LikenessQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["exhibit", "other"], condition=Q(other__isnull=False), name="likeness_once_a_pair"
            ),
            models.UniqueConstraint(fields=["exhibit"], condition=Q(other=None), name="likeness_once_elsewhere"),
            models.CheckConstraint(name="likeness_basis_known", condition=Q(basis__in=LikenessBasis.values)),
            models.CheckConstraint(
                name="likeness_is_to_another", condition=Q(other=None) | ~Q(exhibit=models.F("other"))
            ),
            models.CheckConstraint(
                name="likeness_decided_by_somebody",
                condition=Q(decision="", decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="likeness_elsewhere_tells_nothing",
                condition=Q(other__isnull=False) | Q(decision="", distance=None, frames_alike=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exhibit_id} and {self.other_id or 'something elsewhere'}"
