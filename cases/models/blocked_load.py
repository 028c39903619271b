"""What browsers refused to load or run on our pages, as counts a day: never an address, never a person."""

from django.db import models


class BlockedLoad(models.Model):
    """How often one rule of the content policy was broken at one door on one day."""

    day = models.DateField()
    door = models.CharField(max_length=10)
    directive = models.CharField(max_length=30)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "door", "directive"], name="blocked_load_once")]

    def __str__(self) -> str:
        return f"{self.count} {self.directive} at {self.door}"
