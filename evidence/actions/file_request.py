"""Ask a client for files, until a day; take the request back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, Membership, MembershipRole
from cases.states import IllegalMove
from evidence.actions.exhibit import check_open
from evidence.events import EvidenceEvent
from evidence.models import FileRequest


@transaction.atomic
def ask(*, case_id: UUID, words: str, until: datetime, by: Actor, at: datetime) -> FileRequest:
    """Let the client of a case send files until a moment; a request that stood before ends with it.

    Raises IllegalMove where the case takes no file, nobody has a page for it, or the moment is over already.
    """
    case = lock(case_id)
    check_open(case)
    if until <= at:
        raise IllegalMove(_("This day is over already."))
    if not Membership.objects.current().filter(case=case, role=MembershipRole.CLIENT).exists():
        raise IllegalMove(_("The client has no page yet. Invite them first."))
    FileRequest.objects.filter(case=case, ended_at=None).update(ended_at=at)
    row = FileRequest.make(case=case, made_at=at, until=until, words=words)
    row.save(force_insert=True)
    record(EvidenceEvent.FILES_ASKED, case=case, by=by, at=at, subject=row, until=until, words=words)
    return row


@transaction.atomic
def withdraw(*, case_id: UUID, by: Actor, at: datetime) -> None:
    """Take the request for files back; raises IllegalMove when none stands."""
    case = lock(case_id)
    if not end_for(case=case, by=by, at=at):
        raise IllegalMove(_("No request for files stands."))


def end_for(*, case: Case, by: Actor, at: datetime) -> bool:
    """End the request for files of a case whose row is locked; return whether one stood."""
    if not FileRequest.objects.filter(case=case, ended_at=None).update(ended_at=at):
        return False
    record(EvidenceEvent.FILES_ASK_ENDED, case=case, by=by, at=at)
    return True


def is_standing(case: Case, *, at: datetime) -> bool:
    """Whether the client may send files to a case now."""
    return FileRequest.objects.standing(at=at).filter(case=case).exists()
