"""Help services by country: reference facts with source and confidence, loaded by command."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models


class HelplineQuerySet(models.QuerySet["Helpline"]):
    """Questions about help services."""

    def in_country(self, country: str) -> Self:
        """Return services for a country and those that work everywhere."""
        return self.filter(countries__overlap=[country, "*"] if country else ["*"])


class Helpline(models.Model):
    """One service. Facts stay as they were read, with their confidence."""

    key = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=200)
    countries = ArrayField(models.CharField(max_length=10))
    kind = models.CharField(max_length=20)
    who = ArrayField(models.CharField(max_length=40))
    url = models.CharField(max_length=400, blank=True)
    phone = models.CharField(max_length=100, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    confidence = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    loaded_at = models.DateTimeField()

    objects = HelplineQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
