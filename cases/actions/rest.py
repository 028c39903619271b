"""Begin and end a break from looking. A break is its person's own: it ends what is shown, and stands in no record."""

from datetime import datetime

from django.db import transaction

from cases.actions.approval import person
from cases.actor import Actor
from cases.contributions import contributed
from cases.models import Rest


@transaction.atomic
def begin(*, until: datetime | None, by: Actor, at: datetime) -> Rest:
    """Begin a break, or let the one that goes on last until another moment; None means until the person ends it.

    What upper apps show to the person ends in the same transaction (settings.REST_PARTS).
    """
    resting = person(by)
    Rest.objects.of(resting.pk).filter(ended_at=None).select_for_update().update(ended_at=at)
    rest = Rest.objects.create(person=resting, began_at=at, until=until)
    for part in contributed("REST_PARTS"):
        part(by=by, at=at)
    return rest


@transaction.atomic
def end(*, by: Actor, at: datetime) -> bool:
    """End one's own break; False where there was none."""
    return bool(Rest.objects.standing(at=at).filter(person=by.id).update(ended_at=at))
