"""A copy of all anchors for somebody outside: whoever owns the database cannot rewrite what is not in it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cases.actions.anchor import line_of
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Anchor, AnchorStamp

HEADING = "# Anchors of the record: day, anchor, chains, events. Keep this file away from the database.\n"


@dataclass(frozen=True, slots=True)
class Copied:
    """All anchors as text that `verify_record --anchors` reads, and every good stamp with its anchor."""

    text: str
    days: int
    stamps: list[AnchorStamp]


@transaction.atomic
def copy_all(*, by: Actor, at: datetime) -> Copied:
    """Return a copy of all anchors and stamps, and record that it was taken. Nothing in it is about a case."""
    anchors = list(Anchor.objects.order_by("day"))
    lines = [f"{line_of(anchor)} {anchor.chains} {anchor.events}\n" for anchor in anchors]
    stamps = list(AnchorStamp.objects.good().select_related("anchor").order_by("anchor__day", "authority"))
    record(CaseEvent.ANCHORS_EXPORTED, case=None, by=by, at=at, days=len(anchors))
    return Copied(HEADING + "".join(lines), len(anchors), stamps)
