"""One-use form tokens: a double press does it once."""

from django.db import models


class FormToken(models.Model):
    """A token that was used, and where its first use led."""

    token_hash = models.BinaryField(primary_key=True)
    user_id = models.UUIDField(null=True)
    used_at = models.DateTimeField()
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["used_at"])]

    def __str__(self) -> str:
        return f"used {self.used_at}"
