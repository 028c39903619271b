"""How the effects of this app happen: reminders to staff, and the mail that tells a client to look at their page."""

from collections.abc import Callable, Mapping
from email.message import EmailMessage
from uuid import uuid5

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import languages, mailer, outbox, reminding
from cases.access import acting_as
from cases.actions import match
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Effect, Match
from cases.outbox import Claim
from cases.states import EffectState

Handler = Callable[[Claim, Effect], None]
ACTOR = Actor.system("outbox")


def message_id(effect: Effect, domain: str) -> str:
    """Return an id that stays the same when an effect is tried again and tells nothing about its case."""
    return f"<{uuid5(effect.pk, 'message').hex}@{domain}>"


def staff_reminder(claimed: Claim, effect: Effect) -> None:
    """Send one reminder to one member of staff. Marked after it happened: late is worse than twice.

    What ended while the mail waited (for quiet hours, or for a mail server) is not in it any more.
    """
    now = timezone.now()
    with acting_as(ACTOR):
        words = dict(effect.payload)
        if "tasks" in words:
            still = reminding.still_theirs(words["tasks"], person_id=words["person"])
            if not still:
                outbox.finish(claimed, at=now, state=EffectState.CANCELLED, error="the task is done")
                return
            words["subject"], words["text"] = reminding.words(still)
    message = mailer.compose(
        sender=settings.MAIL_FROM,
        to=words["to"],
        subject=words["subject"],
        text=words["text"],
        message_id=message_id(effect, settings.MAIL_FROM.rsplit("@", 1)[-1].rstrip(">")),
        at=now,
    )
    _hand_over(claimed, effect, message)


def client_mail(claimed: Claim, effect: Effect) -> None:
    """Tell a client that there is something on their page. Marked before: a person looks when it is in doubt.

    The rule is asked again right before sending: it may have changed since the effect was put in.
    """
    from cases.models import SafeContact

    now = timezone.now()
    with acting_as(ACTOR):
        rule = SafeContact.objects.permitting("email", at=now).filter(case_id=effect.case_id).first()
        if rule is None or rule.confirmed_at is None or not rule.address:
            outbox.finish(claimed, at=now, state=EffectState.CANCELLED, error="not allowed any more")
            return
        if not rule.is_open_at(now):
            outbox.put_back(claimed, due_at=rule.next_open(now))
            return
        address = rule.address
        wanted = effect.case.language if effect.case else languages.SOURCE
        language = wanted if wanted in languages.offered() else languages.SOURCE
    with override(language):
        subject, text = _("Your update"), _("There is something new on your page. Look when it suits you.")
    domain = settings.CLIENT_MAIL_FROM.rsplit("@", 1)[-1].rstrip(">")
    message = mailer.compose(
        sender=settings.CLIENT_MAIL_FROM,
        to=address,
        subject=subject,
        text=text,
        message_id=message_id(effect, domain),
        at=now,
    )
    if outbox.mark_in_doubt(claimed, at=timezone.now()):
        _hand_over(claimed, effect, message, may_retry=False)


def _hand_over(claimed: Claim, effect: Effect, message: EmailMessage, *, may_retry: bool = True) -> None:
    if may_retry and not outbox.holds(claimed):
        return
    try:
        mailer.deliver(message)
    except mailer.RefusedForGood as refusal:
        failed(claimed, effect, error=str(refusal))
    except mailer.TryLater as trouble:
        if not may_retry or outbox.retry_later(claimed, at=timezone.now(), error=str(trouble)) == EffectState.FAILED:
            failed(claimed, effect, error=str(trouble))
    else:
        outbox.finish(claimed, at=timezone.now())


def failed(claimed: Claim, effect: Effect, *, error: str) -> None:
    """End an effect as failed and write it where a person sees it: the case's timeline and Today."""
    now = timezone.now()
    with acting_as(ACTOR):
        outbox.finish(claimed, at=now, state=EffectState.FAILED, error=error)
        record(
            CaseEvent.EFFECT_FAILED,
            case=effect.case_id,
            by=ACTOR,
            at=now,
            subject=effect,
            effect=effect.kind,
            error=error,
        )


def apply_match(claimed: Claim, effect: Effect) -> None:
    """Carry out what a supervisor decided about two cases. It is one transaction: done with its mark, or not at all."""
    now = timezone.now()
    with acting_as(ACTOR):
        subject = effect.subject_id
        decided = Match.objects.select_related("decided_by")
        found = decided.filter(pk=subject).first() if subject is not None else None
        if found is not None and found.decided_by is not None and outbox.holds(claimed):
            match.apply(match_id=found.pk, by=Actor.user(found.decided_by), at=now)
        outbox.finish(claimed, at=now)


HANDLERS: Mapping[str, Handler] = {
    "staff.reminder": staff_reminder,
    "staff.mail": staff_reminder,
    "client.mail": client_mail,
    match.APPLY: apply_match,
}


def all_handlers() -> dict[str, Handler]:
    """Return the handlers of every app, by kind of effect."""
    found: dict[str, Handler] = {}
    for path in settings.EFFECTS:
        found.update(import_string(path))
    return found
