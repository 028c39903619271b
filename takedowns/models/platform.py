"""A platform: where material spreads and how to ask for its removal, as dated reference facts."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models


class PlatformQuerySet(models.QuerySet["Platform"]):
    """Questions about platforms."""

    def for_rows(self) -> Self:
        """Return platforms by name."""
        return self.order_by("name")


class Platform(models.Model):
    """One service. `facts` keeps every value as it was read, with sources and confidence."""

    key = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    domains = ArrayField(models.CharField(max_length=200))
    abuse_email = models.CharField(max_length=200, blank=True)
    response_hours = models.PositiveIntegerField(default=0)
    confidence = models.CharField(max_length=40)
    route_quality = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    last_checked_on = models.DateField()
    is_fictional = models.BooleanField(default=False)
    loaded_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
