"""A letter by somebody who may write but not send: a colleague sees exactly it, says yes, and exactly it goes out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import approval as approval_actions
from cases.actor import Actor
from cases.models import Approval, ApprovalKind
from cases.states import IllegalMove, check_move
from takedowns import drafting
from takedowns.actions.notice import StaleDraft, locked, missing_keys, queue_mail, ready_to_go, record_notice
from takedowns.events import TakedownEvent
from takedowns.models import Means, Notice
from takedowns.states import NOTICE_MOVES, NoticeState


@transaction.atomic
def ask(*, notice_id: UUID, version: int, means: Means, reason: str, why: str, by: Actor, at: datetime) -> Approval:
    """Ask a colleague to send a letter by mail, or to let it be sent by the site's form. What they see is kept with it.

    `reason` says why it goes although something that the law demands is missing, `why` is for the colleague. What
    would stop the letter stops it here already. Raises StaleDraft, IllegalMove.
    """
    notice = ready_to_go(notice_id, version=version, reason=reason, at=at)
    if notice.is_frozen:
        raise IllegalMove(_("This notice has gone out already."))
    if means == Means.MAIL and not notice.recipient:
        raise IllegalMove(_("Enter the address that takes such requests, or send it by their web form."))
    return approval_actions.ask(
        kind=ApprovalKind.NOTICE_SEND,
        case=notice.case,
        subject_id=notice.pk,
        reason=why or _("The letter is ready."),
        facts={
            "shown": drafting.shown_as(notice),
            "means": means.value,
            "platform": notice.platform.name,
            "recipient": notice.recipient,
            "subject": notice.subject,
            "text": notice.text,
            "missing": [row["label"] for row in notice.checklist if not row["have"]],
            "reason": reason,
        },
        by=by,
        at=at,
    )


def send(approval: Approval, by: Actor, at: datetime) -> None:
    """Do what a colleague agreed to, in the transaction of their yes: exactly the letter that they were shown."""
    assert approval.subject_id is not None
    notice = locked(approval.subject_id)
    facts = approval.facts
    if notice.is_frozen:
        raise IllegalMove(_("This notice has gone out, or was given up, already."))
    if drafting.shown_as(notice) != facts["shown"]:
        raise IllegalMove(_("The letter was changed after this was asked. Ask anew."))
    try:
        if facts["means"] == Means.MAIL:
            queue_mail(
                notice_id=notice.pk,
                version=notice.version,
                recipient=facts["recipient"],
                reason=facts["reason"],
                by=by,
                at=at,
            )
        else:
            _let_go_by_form(notice, reason=facts["reason"], by=by, at=at)
    except StaleDraft:
        raise IllegalMove(_("The letter was changed at this very moment. Ask anew.")) from None


def _let_go_by_form(notice: Notice, *, reason: str, by: Actor, at: datetime) -> None:
    ready = ready_to_go(notice.pk, version=notice.version, reason=reason, at=at)
    check_move(NOTICE_MOVES, ready.state, NoticeState.READY, "notice")
    ready.state = NoticeState.READY
    ready.facts = {**ready.facts, "approved": drafting.shown_as(ready)}
    ready.save(update_fields=["state", "is_complete", "sealed"])
    record_notice(
        kind=TakedownEvent.NOTICE_APPROVED, notice=ready, by=by, at=at, missing=missing_keys(ready), reason=reason
    )
