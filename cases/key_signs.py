"""The keys on the health page: numbers and dates for whoever may see them, never a key and never a case."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import key_status, keys
from cases.events import CaseEvent
from cases.health import Sign
from cases.key_status import VersionStatus
from cases.models import Event

ROTATE_AFTER = timedelta(days=365)
"""A year, and whenever somebody who knew the key leaves (docs/keys.md)."""
LOOK_BACK = timedelta(days=7)


def signs(*, now: datetime) -> list[Sign]:
    """Return the versions in use with their counts, the oldest rotation, the escrow file, and what does not open."""
    found = key_status.versions()
    in_use = [one for one in found if one.case_keys]
    shown = [_version(one) for one in found if one.case_keys or one.is_held]
    if in_use and in_use[0].made_at is not None:
        is_old = now - in_use[0].made_at > ROTATE_AFTER
        value = _("Rotate it now") if is_old else _("Less than a year")
        shown.append(Sign(_("Oldest key version in use"), value, "soon" if is_old else "ok", in_use[0].made_at))
    if in_use:
        at = in_use[-1].escrowed_at
        value = _("Written") if at else _("None for this version")
        shown.append(Sign(_("Escrow file of the case keys"), value, "ok" if at else "soon", at))
    shown.extend(_lookups())
    return [*shown, _unopened(now)]


def _version(one: VersionStatus) -> Sign:
    value = ngettext("%(n)d case key", "%(n)d case keys", one.case_keys) % {"n": one.case_keys}
    tone = "ok"
    if not one.is_held:
        value, tone = _("%(keys)s, and not held: restore it") % {"keys": value}, "late"
    elif one.retired_at is not None:
        value, tone = _("Retired and still held: finish destroying it"), "late"
    return Sign(_("Key version %(n)d") % {"n": one.version}, value, tone, one.made_at)


def _lookups() -> list[Sign]:
    held, counts = keys.ring(), key_status.lookups()
    made = []
    for version in sorted({*counts, *held.versions("lookup")}):
        number = counts.get(version, 0)
        value, tone = ngettext("%(n)d look-up", "%(n)d look-ups", number) % {"n": number}, "ok"
        if not held.holds("lookup", version):
            value, tone = _("%(keys)s, and not held: restore it") % {"keys": value}, "late"
        made.append(Sign(_("Look-up key version %(n)d") % {"n": version}, value, tone))
    return made


def _unopened(now: datetime) -> Sign:
    events = Event.objects.filter(case=None, kind=CaseEvent.KEY_REFUSED, at__gt=now - LOOK_BACK)
    number = events.count()
    value = ngettext("%(n)d in a week", "%(n)d in a week", number) % {"n": number} if number else _("None in a week")
    return Sign(_("Pages that could not be opened"), value, "late" if number else "ok")
