"""A call, a walk-in or a mail: most never become a case. Sealed under the system key until one does."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.actor import Actor
from cases.models.team import TeamMember
from cases.sealed import SealedQuerySet, SealedRow, SealedValue


class ContactState(models.TextChoices):
    """A contact is being taken, became a case, or ended there."""

    OPEN = "open", "Being taken"
    BECAME_CASE = "became_case", "Became a case"
    ENDED = "ended", "Ended"


class ContactQuerySet(SealedQuerySet):
    """Questions about contacts."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the contacts that a person took; a supervisor sees those of the people they answer for."""
        if actor.id is None:
            return self.none()
        taken = Q(taken_by_id=actor.id)
        if actor.supervises:
            teams = TeamMember.objects.filter(user_id=actor.id, is_supervisor=True)
            theirs = TeamMember.objects.filter(team__in=teams.values("team_id"))
            in_a_team = TeamMember.objects.values("user_id")
            taken |= Q(taken_by__in=theirs.values("user_id")) | ~Q(taken_by__in=in_a_team)
        return self.filter(taken)


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
