"""Sessions: the key is kept as a hash, the contents sealed, and each belongs to one door."""

from django.conf import settings
from django.db import models

from cases.sealed import SealedRow, SealedValue


class Session(SealedRow):
    """One browser at one door."""

    key_hash = models.BinaryField(unique=True)
    door = models.CharField(max_length=10)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    idle_until = models.DateTimeField()
    ends_at = models.DateTimeField()

    data: SealedValue[str] = SealedValue("")

    class Meta:
        indexes = [models.Index(fields=["idle_until"]), models.Index(fields=["user"])]

    def __str__(self) -> str:
        return f"session at {self.door}"
