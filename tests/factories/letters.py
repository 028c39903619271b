"""What waits in the outbox for staff: read as the worker reads it, since nobody else may."""

from typing import Any

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Effect
from tests.conftest import logged_in_as


def letters() -> list[dict[str, Any]]:
    """Return the letters to staff, oldest first. Needs committed rows: a test with transaction=True."""
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        return [dict(row.payload) for row in Effect.objects.filter(kind="staff.mail").order_by("created_at")]
