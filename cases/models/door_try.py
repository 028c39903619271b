"""Wrong tries at the portal's door, counted without saying whose: keyed hashes and numbers, removed after a day."""

from django.db import models


class DoorTry(models.Model):
    """How often one code, one coarse source, or one of both was tried in vain. No case, no person, no address."""

    key_hash = models.BinaryField(primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    slowed_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="door_try_last")]

    def __str__(self) -> str:
        return f"{self.tries} tries until {self.last_at}"
