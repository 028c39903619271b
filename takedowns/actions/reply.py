"""A mail becomes part of a notice: kept as an exhibit, told in the record, laid before whoever must read it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import case_task
from cases.actor import Actor, ActorKind
from cases.states import IllegalMove
from takedowns.actions import incoming_mail, notice_clock
from takedowns.actions.notice import locked, record_notice
from takedowns.actions.notice_sent import keep_ticket
from takedowns.events import TakedownEvent
from takedowns.mail_kinds import WANTS_A_PERSON, Decided, MailKind, MailRead
from takedowns.models import ClockState, IncomingMail, IncomingState, MatchedBy, Notice, Reply
from takedowns.states import NOTICE_MOVES, NoticeState

READ_WITHIN = timedelta(hours=24)
"""Our own promise: what a platform answered is read within a day."""
MOST_WORDS = 20_000


@transaction.atomic
def file(
    *,
    mail_id: UUID,
    read: MailRead,
    decided: Decided,
    exhibit_id: UUID | None,
    files: Sequence[Mapping[str, Any]],
    tickets: Sequence[Mapping[str, str]],
    by: Actor,
    at: datetime,
) -> Reply | None:
    """Make a matched mail a reply of its notice; None where it was filed already.

    A bounce of the notice itself ends its clocks, because nothing was received; no other kind touches a clock.
    """
    row = IncomingMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
    if row.state != IncomingState.MATCHED or row.matched_notice is None:
        return None
    notice = locked(row.matched_notice)
    matched = row.suggestions[0] if row.suggestions else {}
    reply = Reply.make(
        case=notice.case,
        notice=notice,
        exhibit_id=exhibit_id,
        mail_id=row.pk,
        kind=decided.kind,
        matched_by=matched.get("by", MatchedBy.PERSON.value),
        received_at=row.received_at,
        sender=read.sender_shown or read.sender,
        subject=read.subject,
        words=read.fresh[:MOST_WORDS],
        why=decided.why,
        matched_why=matched.get("why", ""),
        detail=decided.detail,
        tickets=[dict(one) for one in tickets],
        files=[dict(one) for one in files],
    )
    reply.save(force_insert=True)
    record_notice(
        kind=TakedownEvent.REPLY_CAME,
        notice=notice,
        by=by,
        at=row.received_at,
        what=reply.kind,
        matched_by=reply.matched_by,
        files=len(files),
    )
    if decided.kind == MailKind.BOUNCE and _is_about(notice, decided):
        _bounced(notice, decided, by=by, at=at)
    elif decided.kind in WANTS_A_PERSON:
        _ask_to_read(notice, by=by, at=at)
    incoming_mail.settled(row, at=at)
    return reply


@transaction.atomic
def mark_read(*, reply_id: UUID, by: Actor, at: datetime) -> Reply:
    """A person has read a reply. What it means for the notice they record as its answer."""
    notice_id = Reply.objects.values_list("notice_id", flat=True).get(pk=reply_id)
    notice = locked(notice_id)
    reply: Reply = Reply.objects.select_for_update(of=("self",)).get(pk=reply_id)
    if reply.read_at is not None:
        return reply
    reply.read_at, reply.read_by_id = at, by.id if by.kind == ActorKind.USER else None
    reply.save(update_fields=["read_at", "read_by"])
    record_notice(kind=TakedownEvent.REPLY_READ, notice=notice, by=by, at=at, what=reply.kind)
    if not Reply.objects.unread().filter(notice=notice).exists():
        case_task.end_for(case=notice.case, dedupe_key=f"reply:{notice.pk}", at=at)
    return reply


@transaction.atomic
def take_ticket(*, reply_id: UUID, ticket: str, by: Actor, at: datetime) -> Reply:
    """Keep a ticket number that a reply seems to name as the notice's own; a person has looked at it.

    Raises IllegalMove where the notice has another one already.
    """
    notice = locked(Reply.objects.values_list("notice_id", flat=True).get(pk=reply_id))
    reply: Reply = Reply.objects.get(pk=reply_id)
    if notice.ticket == ticket:
        return reply
    if notice.has_ticket:
        raise IllegalMove(_("This notice has the ticket number %(ticket)s already.") % {"ticket": notice.ticket})
    keep_ticket(notice, ticket)
    notice.version += 1
    notice.save(update_fields=["has_ticket", "version", "sealed"])
    record_notice(kind=TakedownEvent.TICKET_TAKEN, notice=notice, by=by, at=at, ticket=ticket)
    return reply


def _is_about(notice: Notice, decided: Decided) -> bool:
    """Whether a bounce is about the address that the notice went to; one that names none is taken to be."""
    return not decided.about or notice.recipient.lower() in decided.about


def _bounced(notice: Notice, decided: Decided, *, by: Actor, at: datetime) -> None:
    if NoticeState.BOUNCED not in NOTICE_MOVES[NoticeState(notice.state)]:
        _ask_to_read(notice, by=by, at=at)
        return
    notice.state = NoticeState.BOUNCED
    notice.version += 1
    notice.save(update_fields=["state", "version"])
    notice_clock.end(notice=notice, state=ClockState.STOPPED, by=by, at=at)
    _task(notice, "notice_bounced", f"bounced:{notice.pk}", due_at=at, by=by, at=at)
    record_notice(
        kind=TakedownEvent.NOTICE_BOUNCED, notice=notice, by=by, at=at, error=decided.detail, for_good=decided.for_good
    )


def _ask_to_read(notice: Notice, *, by: Actor, at: datetime) -> None:
    _task(notice, "reply_read", f"reply:{notice.pk}", due_at=at + READ_WITHIN, by=by, at=at)


def _task(notice: Notice, kind: str, key: str, *, due_at: datetime, by: Actor, at: datetime) -> None:
    case_task.create(
        case=notice.case,
        kind=kind,
        due_at=due_at,
        path=f"/cases/{notice.case.reference}/notices/{notice.pk}/",
        dedupe_key=key,
        subject_id=notice.pk,
        facts={"platform": notice.platform.name, "count": notice.links.count()},
        by=by,
        at=at,
    )
