"""A call, a walk-in or a mail: most never become a case. Sealed under the system key until one does."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from cases.actor import Actor
from cases.sealed import SealedQuerySet, SealedRow, SealedValue


class ContactState(models.TextChoices):
    """A contact is being taken, became a case, or ended there."""

    OPEN = "open", "Being taken"
    BECAME_CASE = "became_case", "Became a case"
    ENDED = "ended", "Ended"


class ContactQuerySet(SealedQuerySet):
    """Questions about contacts."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the contacts that a person took; supervisors see all."""
        return self.all() if actor.sees_all else self.filter(taken_by_id=actor.id)


class Contact(SealedRow):
    """What was typed so far, field by field, saved while it is typed."""

    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contacts")
    state = models.CharField(max_length=12, choices=ContactState, default=ContactState.OPEN)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    answers: SealedValue[dict[str, Any]] = SealedValue({})

    objects = ContactQuerySet.as_manager()

    def __str__(self) -> str:
        return f"contact of {self.started_at}"
