"""Tries are counted before they are checked, so that many at once cannot slip through."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cases import doors
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import DoorTry

Counted = Sequence[tuple[bytes, doors.Limit]]


class Slowed(Exception):
    """Too many tries: this long to wait. Raised alike for what exists and what does not."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"Wait {int(wait.total_seconds())} seconds.")
        self.wait = wait


@transaction.atomic
def count(*, counted: Counted, door: str, at: datetime) -> None:
    """Count one try on each counter, or raise Slowed when one must wait. `door` names the place in the record."""
    hashes = [key for key, _limit in counted]
    DoorTry.objects.filter(last_at__lt=at - doors.TRIES_KEPT).delete()
    DoorTry.objects.bulk_create([DoorTry(key_hash=key, last_at=at) for key in hashes], ignore_conflicts=True)
    # Always in the same order: two tries that share counters never wait for each other crosswise.
    rows = {
        bytes(row.key_hash): row
        for row in DoorTry.objects.filter(key_hash__in=hashes).order_by("key_hash").select_for_update()
    }
    wait = doors.longest_wait((row.slowed_until for row in rows.values()), at=at)
    if wait:
        raise Slowed(wait)
    for key, limit in counted:
        row = rows[key]
        row.tries = (0 if at - row.last_at > doors.QUIET_RESETS else row.tries) + 1
        pause = limit.wait_after(row.tries)
        row.slowed_until = at + pause if pause else None
        row.last_at = at
        row.save(update_fields=["tries", "slowed_until", "last_at"])
        if row.tries == limit.free:
            record(CaseEvent.DOOR_REFUSED, case=None, by=Actor.system("door"), at=at, door=door, tries=row.tries)


def forgive(*, counted: Counted, shared: doors.Limit) -> None:
    """Forget the tries after a right one; a shared source keeps the others, or one right try would free all guesses."""
    kept = [key for key, limit in counted if limit is shared]
    DoorTry.objects.filter(key_hash__in=[key for key, _limit in counted if key not in kept]).delete()
    DoorTry.objects.filter(key_hash__in=kept, tries__gt=0).update(tries=F("tries") - 1, slowed_until=None)
