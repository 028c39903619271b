"""Volumes: one bundle as several encrypted archives, each small enough for an upload page or a stick."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.actor import Actor, ActorKind
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase


class VolumeSetQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about volumes."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the volumes of cases that the actor may see; a recipient sees those of the bundle they were given."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(bundle__shares__door_id=actor.id)
        return super().visible_to(actor)


class VolumeSet(SealedRow):
    """How one bundle is cut, and the password of the pieces.

    Pieces are made anew from the sealed bundle each time one is sent, the same bytes each time. The password is shown
    once to whoever made the set. It is kept sealed under the case's key, as everything it protects is: it guards the
    copies outside, and here it opens nothing that the key does not.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    bundle = models.ForeignKey("evidence.Bundle", on_delete=models.PROTECT, related_name="volume_sets")
    number = models.PositiveSmallIntegerField()
    max_bytes = models.PositiveBigIntegerField()
    max_files = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    password = SealedText()
    volumes: SealedValue[list[dict[str, int]]] = SealedValue([])
    """Of each volume its number, its length in bytes and how many files it holds."""

    objects = VolumeSetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "number"], name="volume_set_number_once"),
            models.CheckConstraint(
                name="volume_set_has_limits", condition=Q(max_bytes__gte=1 << 20) & Q(max_files__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"volumes {self.number} of {self.bundle_id}"
