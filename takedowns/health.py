"""What takedowns adds to Health: whether the mailbox answers, and how much mail waits."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from cases import pulse
from cases.access import current_actor
from cases.health import Sign, SignGroup
from takedowns.models import IncomingMail

WAITS_LONG = timedelta(days=1)
"""House rule: mail is sorted within a day."""


def signs(now: datetime) -> SignGroup:
    """Say whether mail comes in, and what waits for a person; inside `acting_as` of whoever looks."""
    actor = current_actor()
    found = [_mailbox()]
    if actor is not None and actor.supervises:
        waiting = IncomingMail.objects.visible_to(actor).waiting()
        oldest = waiting.values_list("received_at", flat=True).first()
        is_late = oldest is not None and now - oldest > WAITS_LONG
        tone = "late" if is_late else "ok"
        found.append(Sign(_("Mail that waits to be sorted"), str(waiting.count()), tone, oldest))
    return SignGroup("mail", _("Mail"), found)


def _mailbox() -> Sign:
    if not settings.MAILBOX_URL:
        return Sign(_("Mailbox"), _("None is set: answers by mail do not come in (RECOURSE_MAILBOX)."), "soon")
    said = pulse.told("mailbox")
    if said is None:
        return Sign(_("Mailbox"), _("Nothing was heard of it yet."), "soon")
    return Sign(_("Mailbox"), said or _("Answers"), "late" if said else "ok")
