"""The versions of the key-encryption key that this database has met; never a key."""

from django.db import models
from django.db.models.functions import Now


class KekVersion(models.Model):
    """One version. `check_value` tells a right key from a wrong one of the same number and gives nothing away.

    `retired_at`: no case key may be wrapped by it any more. `destroyed_at`: its source was seen not to hold it.
    `escrowed_at`: the last escrow file that was written while it was the newest.
    """

    version = models.PositiveSmallIntegerField(primary_key=True)
    check_value = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)
    escrowed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"kek {self.version}"
