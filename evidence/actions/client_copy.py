"""A client's own copy on their page: laid there, opened, taken, kept here instead, taken back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, Membership, MembershipRole
from cases.states import IllegalMove, PortalUse
from evidence.actions.share import NoneLeft
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleState, ClientCopy, Reader

MOST_DAYS = 30


@transaction.atomic
def lay(*, bundle_id: UUID, days: int, by: Actor, at: datetime) -> ClientCopy:
    """Lay a client's own copy on their page for 1 to 30 days; one that lay there before is taken back.

    Raises IllegalMove for a bundle made for somebody else, for a locked case, and where the client has no whole page.
    """
    if by.id is None:
        raise IllegalMove(_("A copy is given by a person."))
    if not 1 <= days <= MOST_DAYS:
        raise IllegalMove(_("A copy lies on the page for at most 30 days."))
    case = lock(Bundle.objects.values_list("case_id", flat=True).get(pk=bundle_id))
    bundle = Bundle.objects.get(pk=bundle_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nothing can be shared."))
    if bundle.reader != Reader.CLIENT or bundle.state != BundleState.SEALED:
        raise IllegalMove(_("Only a finished bundle that was made for the client can lie on their page."))
    refuse_without_page(case)
    take_back_for(case=case, by=by, at=at)
    row = ClientCopy(case=case, bundle=bundle, made_by_id=by.id, made_at=at, until=at + timedelta(days=days))
    row.save(force_insert=True)
    record(EvidenceEvent.COPY_LAID, case=case, by=by, at=at, subject=row, bundle=bundle.reference, until=row.until)
    return row


def refuse_without_page(case: Case) -> None:
    """Raise IllegalMove where the client has no page that could hold a file."""
    is_there = Membership.objects.current().filter(case=case, role=MembershipRole.CLIENT).exists()
    if not is_there or case.portal_use != PortalUse.WHOLE:
        raise IllegalMove(_("The client has no page for this, or wants messages only. Agree on another way."))


@transaction.atomic
def take_back(*, copy_id: UUID, by: Actor, at: datetime) -> None:
    """Take a copy off the page; raises IllegalMove when it is off already."""
    case = lock(ClientCopy.objects.values_list("case_id", flat=True).get(pk=copy_id))
    if not take_back_for(case=case, by=by, at=at):
        raise IllegalMove(_("This copy is off the page already."))


def take_back_for(*, case: Case, by: Actor, at: datetime) -> bool:
    """Take the copy of a case, whose row is locked, off the page; return whether one lay there."""
    row = ClientCopy.objects.select_related("bundle").filter(case=case, ended_at=None).first()
    if row is None:
        return False
    ClientCopy.objects.filter(pk=row.pk).update(ended_at=at)
    record(EvidenceEvent.COPY_ENDED, case=case, by=by, at=at, subject=row, bundle=row.bundle.reference)
    return True


def freeze_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """Take the copy of a case that was locked for age off the page, in the transaction that locks it."""
    take_back_for(case=case, by=by, at=at)


@transaction.atomic
def note_opened(*, case_id: UUID, by: Actor, at: datetime) -> None:
    """Record that the client saw what lies there, the first time. Runs as the client."""
    lock(case_id)
    mine = ClientCopy.objects.visible_to(by).standing(at=at).filter(case_id=case_id, opened_at=None)
    row = mine.select_related("bundle").first()
    if row is not None and mine.update(opened_at=at):
        record(EvidenceEvent.COPY_OPENED, case=case_id, by=by, at=at, subject=row, bundle=row.bundle.reference)


@transaction.atomic
def take(*, case_id: UUID, item: str, by: Actor, at: datetime) -> ClientCopy:
    """Count and record that the client takes the packet or all of it. Runs as the client; raises NoneLeft.

    The count is one conditional update, so that presses side by side never get more than was allowed.
    """
    lock(case_id)
    mine = ClientCopy.objects.visible_to(by).filter(case_id=case_id, ended_at=None)
    row = mine.standing(at=at).select_related("bundle").first()
    if row is None or not mine.filter(pk=row.pk, taken__lt=F("most")).update(taken=F("taken") + 1):
        raise NoneLeft
    left = row.most - row.taken - 1
    record(
        EvidenceEvent.COPY_TAKEN,
        case=case_id,
        by=by,
        at=at,
        subject=row,
        bundle=row.bundle.reference,
        item=item,
        left=left,
    )
    return row


@transaction.atomic
def keep_here(*, case_id: UUID, by: Actor, at: datetime) -> None:
    """Let the client say that we keep it for them: it leaves their page. Runs as the client; raises IllegalMove."""
    lock(case_id)
    row = ClientCopy.objects.visible_to(by).standing(at=at).select_related("bundle").filter(case_id=case_id).first()
    if row is None:
        raise IllegalMove(_("This is not here any more."))
    ClientCopy.objects.filter(pk=row.pk).update(ended_at=at, kept_here=True)
    record(EvidenceEvent.COPY_KEPT_HERE, case=case_id, by=by, at=at, subject=row, bundle=row.bundle.reference)
