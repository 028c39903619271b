"""What lets anybody who holds a file ask whether it is one of ours."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class SealedPart(models.TextChoices):
    """Which part of a bundle a hash is of."""

    ARCHIVE = "archive", "The whole archive"
    MANIFEST = "manifest", "The list of files"
    PACKET = "packet", "The packet"


class BundleSeal(models.Model):
    """The SHA-256 of one part of a built bundle, its reference and when it was built.

    It stands outside row-level security on purpose: /verify is asked by people who are in no case, so a look-up that
    needed a case's context could never answer them. It holds nothing that the asker does not hold already: whoever can
    name the hash has the file, and the reference is printed in it. No case, no recipient, no key; written once.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    part = models.CharField(max_length=10, choices=SealedPart)
    reference = models.CharField(max_length=30)
    built_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="bundle_seal_part_known", condition=Q(part__in=SealedPart.values))]

    def __str__(self) -> str:
        return f"{self.part} of {self.reference}"
