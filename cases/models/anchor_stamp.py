"""Time stamps of anchors: what an authority answered, kept as it came, and what was read from it."""

from typing import Self
from uuid import uuid4

from django.db import models

from cases.models.event import Anchor


class AnchorStampQuerySet(models.QuerySet["AnchorStamp"]):
    """Questions about time stamps."""

    def good(self) -> Self:
        """Return stamps that were verified."""
        return self.filter(stamped_at__isnull=False)


class AnchorStamp(models.Model):
    """One reply of one authority (RFC 3161). `stamped_at` is the authority's time, set once the reply was verified.

    A reply that did not verify stays, with what was wrong in `error`: it is never changed and never removed.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    anchor = models.ForeignKey(Anchor, on_delete=models.PROTECT, related_name="stamps")
    authority = models.CharField(max_length=120)
    query = models.BinaryField()
    nonce = models.CharField(max_length=40)
    reply = models.BinaryField()
    received_at = models.DateTimeField()
    stamped_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = AnchorStampQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["anchor", "authority"],
                condition=models.Q(stamped_at__isnull=False),
                name="stamp_good_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.authority}: {self.stamped_at or self.error}"
