"""What the health page says of proofs: who signs and until when, stamps that are missing, the clock."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.health import Sign, SignGroup
from evidence.proofs import clock, signing
from evidence.proofs.signing import WARN_DAYS

LATE_AFTER = timedelta(days=2)


def signs(now: datetime) -> SignGroup:
    """Return how well bundles are proved; numbers only."""
    return SignGroup("proofs", _("Proofs of bundles"), [*_signing(now), *_pending(now), _clock()])


def _signing(now: datetime) -> list[Sign]:
    found = signing.state(now)
    label = _("Signing certificate")
    if found.identity is None or found.ends_at is None:
        return [Sign(label, found.why_not, "soon" if not signing.is_set() else "late")]
    if found.why_not:
        return [Sign(label, found.why_not, "late", found.ends_at)]
    left = found.days_left(now) or 0
    text = ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left}
    tone = "late" if left <= WARN_DAYS[1] else "soon" if left <= WARN_DAYS[0] else "ok"
    return [Sign(label, text, tone, found.ends_at), _list(found, now)]


def _list(found: signing.State, now: datetime) -> Sign:
    label = _("List of withdrawn certificates")
    lists = found.identity.lists if found.identity else ()
    ends = [one.next_update_utc for one in lists if one.next_update_utc is not None]
    if not ends:
        return Sign(label, _("None: packets are signed without it"), "soon")
    if min(ends) <= now:
        return Sign(label, _("Out of date: bin/manage signing refresh"), "late", min(ends))
    return Sign(label, _("Good until"), "ok", min(ends))


def _pending(now: datetime) -> list[Sign]:
    """Return how many bundles wait for a time stamp: a number over all cases, which names none."""
    with connection.cursor() as cursor:
        cursor.execute("select count, oldest from recourse_stamps_waiting()")
        count, oldest = cursor.fetchone()
    label = _("Bundles that wait for a time stamp")
    if not count:
        return [Sign(label, _("None"), "ok")]
    return [Sign(label, str(count), "late" if now - oldest > LATE_AFTER else "soon", oldest)]


def _clock() -> Sign:
    reading = clock.read()
    try:
        clock.refuse_if_off(reading)
    except clock.ClockOff as off:
        return Sign(_("Clock"), str(off), "late")
    return Sign(_("Clock"), reading.said(), "ok" if reading.offset is not None or reading.within else "soon")
