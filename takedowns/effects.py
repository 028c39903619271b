"""How the effects of this app happen: the mail that carries a notice."""

from collections.abc import Callable, Mapping
from email.message import EmailMessage

from django.conf import settings
from django.utils import timezone

from cases import mailer, outbox
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Effect
from cases.outbox import Claim
from cases.states import EffectState
from takedowns import drafting
from takedowns.actions import notice as notice_actions
from takedowns.actions import notice_sent
from takedowns.models import Notice
from takedowns.states import NoticeState

ACTOR = Actor.system("notices")


def notice_mail(claimed: Claim, effect: Effect) -> None:
    """Send one notice, marked after the server took it, under the Message-ID that it got as a draft.

    A worker that dies in between sends it once more under the same Message-ID: late is worse than twice.
    """
    message = _message(claimed, effect)
    if message is None or not outbox.holds(claimed):
        return
    notice_id = effect.subject_id
    assert notice_id is not None
    try:
        mailer.deliver(message)
    except mailer.RefusedForGood as refusal:
        _give_up(claimed, effect, error=str(refusal), for_good=True)
    except mailer.TryLater as trouble:
        if outbox.retry_later(claimed, at=timezone.now(), error=str(trouble)) == EffectState.FAILED:
            _give_up(claimed, effect, error=str(trouble), for_good=False)
    else:
        now = timezone.now()
        with acting_as(ACTOR):
            notice_sent.mail_left(notice_id=notice_id, raw=message.as_bytes().decode(), by=ACTOR, at=now)
            outbox.finish(claimed, at=now)


def _message(claimed: Claim, effect: Effect) -> EmailMessage | None:
    """The mail as it goes out, or None when the notice is not to go any more: locked, withdrawn, no consent."""
    now = timezone.now()
    with acting_as(ACTOR):
        notice = Notice.objects.select_related("case").filter(pk=effect.subject_id).first()
        if notice is None or notice.state != NoticeState.SENDING:
            outbox.finish(claimed, at=now, state=EffectState.CANCELLED, error="not to be sent any more")
            return None
        if not notice.case.takes_material or not drafting.may_ask(notice.case):
            notice_actions.call_back(notice_id=notice.pk, by=ACTOR, at=now, why="not_allowed")
            outbox.finish(claimed, at=now, state=EffectState.CANCELLED, error="not allowed any more")
            return None
        message = mailer.compose(
            sender=settings.MAIL_FROM,
            to=notice.recipient,
            subject=notice.subject,
            text=notice.text,
            message_id=notice.message_id,
            reply_to=notice.reply_address,
            at=now,
        )
    # A person wrote and sent this letter: marked as a machine's, it might be set aside unread.
    del message["Auto-Submitted"]
    return message


def _give_up(claimed: Claim, effect: Effect, *, error: str, for_good: bool) -> None:
    now = timezone.now()
    assert effect.subject_id is not None
    with acting_as(ACTOR):
        notice_sent.bounced(notice_id=effect.subject_id, error=error, for_good=for_good, by=ACTOR, at=now)
        outbox.finish(claimed, at=now, state=EffectState.FAILED, error=error)


HANDLERS: Mapping[str, Callable[[Claim, Effect], None]] = {notice_actions.MAIL: notice_mail}
