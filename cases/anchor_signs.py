"""What the health page says of the record's anchors: the last one, those without a stamp, who keeps them outside."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import timestamps
from cases.actions.anchor import SETTLE, end_of
from cases.health import Sign
from cases.models import Anchor, AnchorStamp

SOON_AFTER = timedelta(hours=6)
LATE_AFTER = timedelta(days=2)
"""An authority may be away for a night; longer, somebody should ask why."""


def signs(*, now: datetime) -> list[Sign]:
    """Return how well the record is kept from being rewritten."""
    return [_last(now), *_stamps(now), _trustees()]


def _last(now: datetime) -> Sign:
    last = Anchor.objects.order_by("-day").first()
    if last is None:
        return Sign(_("Last anchor"), _("None yet"), "soon")
    missing = (now - SETTLE - end_of(last.day)).days
    if missing > 0:
        text = ngettext("%(n)d day is missing", "%(n)d days are missing", missing) % {"n": missing}
        return Sign(_("Last anchor"), text, "late", last.made_at)
    return Sign(_("Last anchor"), str(last.day), "ok", last.made_at)


def _stamps(now: datetime) -> list[Sign]:
    names = [authority.name for authority in timestamps.authorities()]
    if not names:
        return [Sign(_("Time stamps"), _("No authority is set"), "soon")]
    return [_stamps_of(name, now) for name in names]


def _stamps_of(name: str, now: datetime) -> Sign:
    stamped = AnchorStamp.objects.good().filter(authority=name)
    # A stamp covers every anchor before its own: what waits is what came after the newest.
    newest = stamped.order_by("-anchor__day").values_list("anchor__day", "stamped_at").first()
    waiting = Anchor.objects.order_by("day")
    if newest is not None:
        waiting = waiting.filter(day__gt=newest[0])
    first = waiting.first()
    label = _("Stamped by %(name)s") % {"name": name}
    if first is None:
        at = newest[1] if newest else None
        return Sign(label, _("Every anchor") if newest else _("None yet"), "ok" if newest else "", at)
    number = waiting.count()
    text = ngettext("%(n)d anchor waits, since", "%(n)d anchors wait, since", number) % {"n": number}
    waits = now - first.made_at
    tone = "late" if waits > LATE_AFTER else "soon" if waits > SOON_AFTER else ""
    return Sign(label, f"{text} {first.day}", tone, first.made_at)


def _trustees() -> Sign:
    number = len(settings.TRUSTEES)
    if not number:
        return Sign(_("Kept outside"), _("No trustee is set"), "soon")
    text = ngettext("Mailed to %(n)d trustee", "Mailed to %(n)d trustees", number) % {"n": number}
    return Sign(_("Kept outside"), text, "ok")
