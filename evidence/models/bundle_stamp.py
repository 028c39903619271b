"""Every answer of a time-stamp authority to a bundle's list of files."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from cases.actor import Actor, ActorKind
from cases.visible import VisibleByCase


class BundleStampQuerySet(VisibleByCase, models.QuerySet["BundleStamp"]):
    """Questions about the time stamps of bundles."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the stamps of cases that the actor may see; a recipient sees those of the bundle they were given."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(bundle__shares__door_id=actor.id)
        return super().visible_to(actor)

    def good(self) -> Self:
        """Return stamps that were verified."""
        return self.filter(stamped_at__isnull=False)


class BundleStamp(models.Model):
    """One reply of one authority (RFC 3161) as it came, over the bundle's manifest-sha256.txt. Never changed.

    `is_inside` says that it lies in the bag itself; others came later and are given out beside it. `renews` names the
    stamp that this one was laid over before that one's certificate ran out.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    bundle = models.ForeignKey("evidence.Bundle", on_delete=models.PROTECT, related_name="stamps")
    authority = models.CharField(max_length=120)
    query = models.BinaryField()
    nonce = models.CharField(max_length=40)
    reply = models.BinaryField()
    received_at = models.DateTimeField()
    stamped_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    is_inside = models.BooleanField(default=False)
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="renewed_by")

    objects = BundleStampQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bundle", "authority"],
                condition=Q(stamped_at__isnull=False, renews__isnull=True),
                name="bundle_stamp_good_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.authority}: {self.stamped_at or self.error}"
