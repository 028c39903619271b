"""Write a note into a case."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Note, NoteNature, User
from cases.states import IllegalMove


@transaction.atomic
def write(*, case_id: UUID, nature: NoteNature, text: str, author: User, by: Actor, at: datetime) -> Note:
    """Keep a note. It is never changed: a correction is another note. Refused for a case locked for age."""
    case = lock(case_id)
    if case.is_age_locked:
        raise IllegalMove("A case that is locked for age takes no notes.")
    note = Note(case=case, author=author, nature=nature, written_at=at)
    note.text = text
    note.save(force_insert=True)
    record(CaseEvent.NOTE_WRITTEN, case=case, by=by, at=at, subject=note, nature=nature, text=text)
    return note
