"""Places from which somebody signed in well before: keyed hashes only, forgotten after some months."""

from django.db import models


class KnownPlace(models.Model):
    """One device or one coarse network of one account. It names neither: only the same keyed hash finds it again."""

    key_hash = models.BinaryField(primary_key=True)
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="known_place_last")]

    def __str__(self) -> str:
        return f"known until {self.last_at}"
