"""What happens to a notice once it is out: it left, it came back, it was answered, it was withdrawn."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import case_task
from cases.actor import Actor
from cases.models import Lookup, LookupKind
from cases.states import IllegalMove, check_move
from takedowns.actions import notice_clock
from takedowns.actions.notice import end_requests, locked, missing_keys, ready_to_go, record_notice
from takedowns.events import TakedownEvent
from takedowns.levers import NEXT_STEP_HOURS
from takedowns.models import ClockState, Means, Notice
from takedowns.states import DOWN_STATES, LINK_MOVES, NOTICE_MOVES, LinkState, NoticeState

ESCALATE_WITHIN = timedelta(hours=NEXT_STEP_HOURS)
"""Our own promise after a refusal: the next step is decided within a day."""

ANSWERS = (
    NoticeState.ACKNOWLEDGED,
    NoticeState.UPHELD,
    NoticeState.PARTLY,
    NoticeState.REFUSED,
    NoticeState.NO_ANSWER,
)
"""What a person may record as a platform's answer."""

HEARD = (NoticeState.UPHELD, NoticeState.PARTLY, NoticeState.REFUSED)
"""Answers after which nobody has to be reminded of waiting; the clock itself runs until the links are down."""


@transaction.atomic
def mail_left(*, notice_id: UUID, raw: str, by: Actor, at: datetime) -> Notice:
    """The mail server took the mail: keep it as it went, start the clock, mark the links as asked."""
    notice = locked(notice_id)
    notice.raw_mail = raw
    return _went_out(notice, by=by, at=at, sent_at=at)


@transaction.atomic
def sent_by_form(
    *, notice_id: UUID, version: int, ticket: str, reason: str, sent_at: datetime, by: Actor, at: datetime
) -> Notice:
    """A person sent it by the platform's own form at `sent_at`; an empty `ticket` means that none was given.

    Raises IllegalMove for a time that has not come, or when the law demands something that is missing without reason.
    """
    notice = ready_to_go(notice_id, version=version, reason=reason, at=at)
    if sent_at > at:
        raise IllegalMove(_("The time you sent it cannot be in the future."))
    notice.means = Means.FORM
    keep_ticket(notice, ticket)
    return _went_out(notice, by=by, at=at, sent_at=sent_at)


def _went_out(notice: Notice, *, by: Actor, at: datetime, sent_at: datetime) -> Notice:
    check_move(NOTICE_MOVES, notice.state, NoticeState.SENT, "notice")
    notice.state, notice.sent_at = NoticeState.SENT, sent_at
    end_requests(notice=notice, why=_("The letter went out."), by=by, at=at)
    notice.version += 1
    notice.save(update_fields=["state", "means", "sent_at", "is_complete", "has_ticket", "version", "sealed"])
    for url in notice.urls.select_for_update(of=("self",)):
        if url.state not in DOWN_STATES and LinkState.ASKED in LINK_MOVES[LinkState(url.state)]:
            url.state = LinkState.ASKED
        url.asked_at = sent_at
        url.save(update_fields=["state", "asked_at"])
        case_task.end_for(case=notice.case, dedupe_key=f"back:{url.pk}", at=at)
    clock = notice_clock.start(notice=notice, by=by, at=sent_at)
    case_task.end_for(case=notice.case, dedupe_key=f"bounced:{notice.pk}", at=at)
    record_notice(
        kind=TakedownEvent.NOTICE_SENT,
        notice=notice,
        by=by,
        at=sent_at,
        means=notice.means,
        links=notice.links.count(),
        due_at=clock.due_at,
        is_statutory=clock.is_statutory,
        missing=missing_keys(notice),
    )
    return notice


@transaction.atomic
def bounced(*, notice_id: UUID, error: str, for_good: bool, by: Actor, at: datetime) -> Notice:
    """The mail could not be delivered: somebody must choose another way, now."""
    notice = locked(notice_id)
    check_move(NOTICE_MOVES, notice.state, NoticeState.BOUNCED, "notice")
    notice.state = NoticeState.BOUNCED
    notice.version += 1
    notice.save(update_fields=["state", "version"])
    _task(notice, "notice_bounced", f"bounced:{notice.pk}", due_at=at, by=by, at=at)
    record_notice(kind=TakedownEvent.NOTICE_BOUNCED, notice=notice, by=by, at=at, error=error, for_good=for_good)
    return notice


@transaction.atomic
def record_answer(
    *, notice_id: UUID, answer: NoticeState, note: str, ticket: str, by: Actor, at: datetime, answered_at: datetime
) -> Notice:
    """Record what the platform answered and when. A refusal ends the wait and asks for the next step."""
    notice = locked(notice_id)
    if answer not in ANSWERS:
        raise IllegalMove(_("This is no answer of a platform."))
    check_move(NOTICE_MOVES, notice.state, answer, "notice")
    notice.state, notice.answered_at = answer, answered_at
    notice.answer = "\n\n".join(filter(None, [notice.answer, note]))
    if ticket:
        keep_ticket(notice, ticket)
    notice.version += 1
    notice.save(update_fields=["state", "answered_at", "has_ticket", "version", "sealed"])
    if answer in HEARD:
        notice_clock.stop_waiting(notice=notice, at=at)
    if answer == NoticeState.REFUSED:
        notice_clock.end(notice=notice, state=ClockState.STOPPED, by=by, at=at)
        for url in notice.urls.select_for_update(of=("self",)):
            if LinkState.REFUSED in LINK_MOVES[LinkState(url.state)]:
                url.state = LinkState.REFUSED
                url.save(update_fields=["state"])
        _task(notice, "notice_escalate", f"escalate:{notice.pk}", due_at=at + ESCALATE_WITHIN, by=by, at=at)
    record_notice(
        kind=TakedownEvent.NOTICE_ANSWERED,
        notice=notice,
        by=by,
        at=answered_at,
        answer=answer,
        has_ticket=notice.has_ticket,
    )
    return notice


@transaction.atomic
def withdraw(*, notice_id: UUID, reason: str, by: Actor, at: datetime) -> Notice:
    """Give up a draft, or take back what was asked; its clock stops."""
    notice = locked(notice_id)
    check_move(NOTICE_MOVES, notice.state, NoticeState.WITHDRAWN, "notice")
    notice.state = NoticeState.WITHDRAWN
    end_requests(notice=notice, why=_("The letter was given up."), by=by, at=at)
    notice.version += 1
    notice.save(update_fields=["state", "version"])
    notice_clock.end(notice=notice, state=ClockState.STOPPED, by=by, at=at)
    for key in ("escalate", "bounced"):
        case_task.end_for(case=notice.case, dedupe_key=f"{key}:{notice.pk}", at=at)
    record_notice(kind=TakedownEvent.NOTICE_WITHDRAWN, notice=notice, by=by, at=at, reason=reason)
    return notice


def keep_ticket(notice: Notice, ticket: str) -> None:
    """Set the ticket number of a notice and make it findable; the caller saves. Called by actions about notices."""
    notice.ticket, notice.has_ticket = ticket, bool(ticket)
    if ticket:
        Lookup.of(kind=LookupKind.TICKET, value=ticket, case_id=notice.case_id, subject_id=notice.pk).save()


def _task(notice: Notice, kind: str, key: str, *, due_at: datetime, by: Actor, at: datetime) -> None:
    facts: dict[str, Any] = {"platform": notice.platform.name, "count": notice.links.count()}
    path = f"/cases/{notice.case.reference}/notices/{notice.pk}/"
    case_task.create(
        case=notice.case,
        kind=kind,
        due_at=due_at,
        path=path,
        dedupe_key=key,
        subject_id=notice.pk,
        facts=facts,
        by=by,
        at=at,
    )
