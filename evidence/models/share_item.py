"""How often each single thing of a share was taken: the packet alone, each volume."""

from typing import Self
from uuid import uuid4

from django.db import models

from cases.actor import Actor, ActorKind
from cases.visible import VisibleByCase


class ShareItemQuerySet(VisibleByCase, models.QuerySet["ShareItem"]):
    """Questions about what was taken."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the items of cases that the actor may see; a recipient sees those of their own share."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(share__door_id=actor.id)
        return super().visible_to(actor)


class ShareItem(models.Model):
    """One thing of one share, by a plain name such as `packet` or `volume-2-1`, and how often it was taken."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    share = models.ForeignKey("evidence.Share", on_delete=models.PROTECT, related_name="items")
    item = models.CharField(max_length=40)
    taken = models.PositiveIntegerField(default=0)

    objects = ShareItemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["share", "item"], name="share_item_once")]

    def __str__(self) -> str:
        return self.item
