"""How often a person did something in a window of time: ids and counts, swept after two days."""

from django.db import models


class LimitCount(models.Model):
    """One counter of one person, one kind of act and one window. Bounded: a row per kind and window, not per act."""

    id = models.BigAutoField(primary_key=True)
    user_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    window = models.CharField(max_length=4)
    starts_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    alarmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "kind", "window", "starts_at"], name="limit_count_once"),
        ]
        indexes = [models.Index(fields=["starts_at"], name="limit_count_age")]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} in a {self.window}"
