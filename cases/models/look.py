"""Who looks where: counters that turn many looks, and many refusals, into few events."""

from uuid import uuid4

from django.db import models

from cases.visible import VisibleByCase


class LookQuerySet(VisibleByCase, models.QuerySet["Look"]):
    """Questions about looks."""


class Look(models.Model):
    """When a person's present look at one page of a case began. The record holds the look; this only spaces events."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    person_id = models.UUIDField()
    page = models.CharField(max_length=60)
    since = models.DateTimeField()

    objects = LookQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "person_id", "page"], name="look_once_a_page")]

    def __str__(self) -> str:
        return f"{self.page} since {self.since}"


class Refusal(models.Model):
    """How often a person was refused a page since the event about it. Holds ids, names of routes and counts."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person_id = models.UUIDField()
    person_kind = models.CharField(max_length=10)
    route = models.CharField(max_length=80)
    since = models.DateTimeField()
    untold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "route"], name="refusal_once_a_route")]

    def __str__(self) -> str:
        return f"{self.route}: {self.untold} more since {self.since}"
