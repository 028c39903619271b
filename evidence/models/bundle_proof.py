"""What proves a bundle: who signed it, and who was asked to stamp it."""

from typing import Self
from uuid import uuid4

from django.db import models

from cases.actor import Actor, ActorKind
from cases.visible import VisibleByCase


class BundleProofQuerySet(VisibleByCase, models.QuerySet["BundleProof"]):
    """Questions about proofs."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the proofs of cases that the actor may see; a recipient sees those of the bundle they were given."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(bundle__shares__door_id=actor.id)
        return super().visible_to(actor)


class BundleProof(models.Model):
    """One bundle's proofs when it was built. `certificate` is null where nobody signed; `why_unsigned` then says why.

    `asked` names the time-stamp authorities that were to stamp it; those without a good stamp are still pending.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    bundle = models.OneToOneField("evidence.Bundle", on_delete=models.PROTECT, related_name="proof")
    certificate = models.ForeignKey(
        "evidence.SigningCertificate", on_delete=models.PROTECT, null=True, related_name="proofs"
    )
    why_unsigned = models.CharField(max_length=200, blank=True)
    packet_level = models.CharField(max_length=10)
    clock = models.CharField(max_length=200)
    asked = models.JSONField(default=list)
    made_at = models.DateTimeField()

    objects = BundleProofQuerySet.as_manager()

    def __str__(self) -> str:
        return f"proofs of {self.bundle_id}"
