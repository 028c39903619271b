"""The one door for messages to clients, and what they write to us.

A message lies on the client's page. An e-mail only ever says that there is something new there; every other way is
used by a person's own hand, and what was said is recorded here. The outbox's trigger refuses a second time.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases import outbox
from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, Case, Channel, Effect, Message, SafeContact
from cases.states import EffectState, IllegalMove

MAIL = "client.mail"
ANSWER_WITHIN = timedelta(hours=24)
ANSWER_TASK = "client_message"
BY_HAND = (Channel.TEXT, Channel.CALL, Channel.LETTER, Channel.IN_PERSON)


class MessageRefused(Exception):
    """This way is not safe, not known to be, or not at this hour. The text says which, in plain words.

    `opens_at` is when the client's own hours begin, where that is the reason. Catch it inside `acting_as`, so that
    the record of the refusal is kept.
    """

    def __init__(self, text: str, opens_at: datetime | None = None) -> None:
        super().__init__(text)
        self.opens_at = opens_at


def send(*, case_id: UUID, channel: Channel, text: str, by: Actor, at: datetime) -> Message:
    """Write to a client, or record what was said by hand; raise MessageRefused, and record that, when it is not safe.

    On the page or by e-mail the text is kept on the page; where e-mail is allowed and confirmed, one neutral mail
    goes out inside the client's hours. By hand (text, call, letter, in person) it must be inside those hours now.
    """
    with transaction.atomic():
        case = lock(case_id)
        refusal = _refusal(case, channel, at=at)
        if refusal is None:
            return _write(case, channel, text, by=by, at=at)
        record(CaseEvent.MESSAGE_REFUSED, case=case, by=by, at=at, channel=channel, reason=str(refusal))
    raise refusal


def why_not(case: Case, channel: Channel, *, at: datetime) -> str:
    """Return why a way cannot be used now, in plain words, or an empty text. Pages offer no way that has a reason."""
    refusal = _refusal(case, channel, at=at)
    return str(refusal) if refusal is not None else ""


def _refusal(case: Case, channel: Channel, *, at: datetime) -> MessageRefused | None:
    if case.is_age_locked:
        return MessageRefused(_("This case is locked for age. A supervisor decides who writes."))
    if channel == Channel.PAGE:
        return None
    rule = _rule(case, channel, at=at)
    label = Channel(channel).label
    if rule is None:
        return MessageRefused(_("%(way)s: the client did not say that this is safe.") % {"way": label})
    if rule.confirmed_at is None:
        return MessageRefused(
            _("%(way)s: this is new and not confirmed yet. Ask by the way you know.") % {"way": label}
        )
    if channel in BY_HAND and not rule.is_open_at(at):
        opens = rule.next_open(at)
        return MessageRefused(_("%(way)s: not at this hour. The client's hours begin later.") % {"way": label}, opens)
    return None


def _rule(case: Case, channel: Channel, *, at: datetime) -> SafeContact | None:
    found: SafeContact | None = SafeContact.objects.permitting(channel, at=at).filter(case=case).first()
    return found


def _write(case: Case, channel: Channel, text: str, *, by: Actor, at: datetime) -> Message:
    message = _keep(case, text, is_from_client=False, channel=channel, at=at)
    record(CaseEvent.MESSAGE_WRITTEN, case=case, by=by, at=at, subject=message, channel=channel, from_client=False)
    case_task.end_for(case=case, dedupe_key=ANSWER_TASK, at=at)
    if channel in (Channel.PAGE, Channel.EMAIL):
        _tell_by_mail(case, message, at=at)
    return message


def _keep(case: Case, text: str, *, is_from_client: bool, channel: Channel, at: datetime) -> Message:
    message = Message(case=case, is_from_client=is_from_client, channel=channel, written_at=at)
    message.text = text
    message.save(force_insert=True)
    return message


def _tell_by_mail(case: Case, message: Message, *, at: datetime) -> None:
    rule = _rule(case, Channel.EMAIL, at=at)
    if rule is None or rule.confirmed_at is None or not rule.address:
        return
    if Effect.objects.filter(case=case, kind=MAIL, state=EffectState.NEW).exists():
        return  # a mail that is still waiting speaks for this message too
    outbox.put(
        MAIL,
        case=case,
        audience=Audience.CLIENT,
        channel=Channel.EMAIL,
        due_at=rule.next_open(at),
        at=at,
        dedupe_key=f"{MAIL}:{message.pk}",
        subject_id=message.pk,
    )


@transaction.atomic
def receive(*, case_id: UUID, text: str, by: Actor, at: datetime) -> Message:
    """Keep what a client wrote on their page and ask the case's owner to answer within a day."""
    case = lock(case_id)
    if case.is_age_locked:
        raise IllegalMove("Messages are closed here.")
    message = _keep(case, text, is_from_client=True, channel=Channel.PAGE, at=at)
    record(CaseEvent.MESSAGE_WRITTEN, case=case, by=by, at=at, subject=message, channel=Channel.PAGE, from_client=True)
    case_task.create(
        case=case,
        kind=ANSWER_TASK,
        due_at=at + ANSWER_WITHIN,
        path=f"/cases/{case.reference}/client",
        dedupe_key=ANSWER_TASK,
        by=by,
        at=at,
    )
    return message


@transaction.atomic
def mark_seen(*, case_id: UUID, by: Actor, at: datetime) -> int:
    """Note that this person has read what the other side wrote; return how many."""
    case = lock(case_id)
    from_client = by.kind != ActorKind.CLIENT
    unseen = Message.objects.filter(case=case, is_from_client=from_client, seen_at=None)
    return int(unseen.update(seen_at=at))
