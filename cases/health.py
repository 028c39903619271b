"""Is the installation well? What the worker did last, what waits, how long the tables last, which keys it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from cases import pulse
from cases.states import EffectState

MONTHS_WANTED = 3
"""Below this many months of prepared partitions somebody must run the migrate step (ADR on re-checks)."""

QUIET_AFTER = {
    "ended": timedelta(hours=3),
    "anchor": timedelta(hours=3),
    "retention": timedelta(hours=3),
    "scrub": timedelta(hours=2),
    "stamps": timedelta(hours=3),
    "orphans": timedelta(hours=18),
    "exports": timedelta(hours=1),
}
UPPER_BOUND = re.compile(r"TO \('(\d{4})-(\d{2})-\d{2}")


@dataclass(frozen=True)
class Sign:
    """One thing that was looked at. Tones: ok, soon, late."""

    label: str
    value: str
    tone: str
    at: datetime | None = None


@dataclass(frozen=True)
class SignGroup:
    """Signs that an upper app adds to Health, under a title (settings.HEALTH_PARTS)."""

    key: str
    title: str
    signs: list[Sign]


def workers(*, now: datetime) -> list[Sign]:
    """Return whether somebody empties each queue and somebody rings; what waits for one that is away is named."""
    alive = pulse.last_alive()
    rings = timedelta(seconds=3 * settings.SWEEP_SECONDS) + pulse.QUIET_AFTER
    found = []
    for part, label, waits in (
        (pulse.QUICK, _("Worker for quick work"), _("Not running: mail, reminders, clocks and looks at links wait")),
        (pulse.SLOW, _("Worker for slow work"), _("Not running: bundles, reading of files and erasures wait")),
        (pulse.CAPTURE, _("Worker for web captures"), _("Not running: captures wait")),
        (pulse.BEAT, _("The clock that rings for work"), _("Not running: nothing is done that nobody asks for")),
    ):
        at = alive.get(part)
        is_late = at is None or now - at > (rings if part == pulse.BEAT else pulse.QUIET_AFTER)
        found.append(Sign(label, waits if is_late else _("Running"), "late" if is_late else "ok", at))
    return found


def sweeps(*, now: datetime) -> list[Sign]:
    """Return when each sweep last finished; one that is overdue three times its beat is late."""
    beats = pulse.last_beats()
    if not beats:
        return [Sign(_("Worker"), _("Nothing was heard from the worker yet."), "late")]
    return [_sweep(name, beats[name], now=now) for name in sorted(beats)]


def _sweep(name: str, at: datetime, *, now: datetime) -> Sign:
    quiet = QUIET_AFTER.get(name, 3 * timedelta(seconds=settings.SWEEP_SECONDS) + timedelta(seconds=60))
    is_late = now - at > quiet
    value, tone = (_("Quiet for too long"), "late") if is_late else (_("Running"), "ok")
    return Sign(_names().get(name, name), value, tone, at)


def _names() -> Mapping[str, str]:
    return {
        "effects": _("Sending what is due"),
        "reminders": _("Reminding of late tasks"),
        "roster": _("Following the roster"),
        "ended": _("Ending old sessions"),
        "erasures": _("Erasing what two people decided"),
        "retention": _("Following the keeping times"),
        "anchor": _("Anchoring the record"),
        "bundles": _("Building bundles"),
        "probes": _("Reading from new exhibits"),
        "scrub": _("Verifying stored files"),
        "fingerprints": _("Keeping and comparing fingerprints"),
        "links": _("Looking at links"),
        "mail": _("Fetching and filing mail"),
        "captures": _("Capturing pages"),
        "clocks": _("Following clocks"),
        "approvals": _("Following requests for a second person"),
        "exports": _("Making and removing lists"),
        "looks": _("Ending looks"),
        "uploads": _("Taking in uploads"),
        "receipts": _("Making papers of receipts"),
        "stamps": _("Asking for time stamps"),
        "orphans": _("Removing files that no row names"),
    }


@dataclass(frozen=True)
class Waiting:
    """How many effects are in one state, and since when the oldest."""

    label: str
    count: int
    oldest: datetime | None
    tone: str


def outbox() -> list[Waiting]:
    """Return the outbox by state over all cases, as numbers only; empty for who may not read the system's record."""
    tones = {EffectState.FAILED: "late", EffectState.UNKNOWN: "soon"}
    with connection.cursor() as cursor:
        cursor.execute("select state, count, oldest from recourse_outbox_counts()")
        found = {state: (count, oldest) for state, count, oldest in cursor.fetchall()}
    shown = (EffectState.NEW, EffectState.CLAIMED, EffectState.FAILED, EffectState.UNKNOWN)
    waiting = []
    for state in shown:
        count, oldest = found.get(state.value, (0, None))
        waiting.append(Waiting(str(state.label), count, oldest, tones.get(state, "") if count else ""))
    return waiting


HALF_DONE_AFTER = timedelta(minutes=30)
"""An erasure or removal that was begun longer ago was left by a worker that was killed; the next one goes on."""


def endings(*, now: datetime) -> list[Sign]:
    """Return removals and erasures that are under way, as numbers; half-done ones are late."""
    words = {
        ("erasure", "granted"): _("Erasures that wait for the worker"),
        ("erasure", "erasing"): _("Erasures under way"),
        ("erasure", "erased"): _("Erasures that wait for an old key to be destroyed"),
        ("removal", "going"): _("Removals under way"),
    }
    with connection.cursor() as cursor:
        cursor.execute("select kind, state, count, oldest from recourse_endings()")
        found = cursor.fetchall()
    signs = []
    for kind, state, number, oldest in found:
        is_begun = state in ("erasing", "going")
        is_late = is_begun and oldest is not None and now - oldest > HALF_DONE_AFTER
        value = _("%(n)d, half done") % {"n": number} if is_late else str(number)
        signs.append(Sign(words[kind, state], value, "late" if is_late else "soon", oldest))
    return signs or [Sign(_("Erasures and removals"), _("None under way"), "ok")]


def months_left(*, now: datetime) -> list[Sign]:
    """Return for each table that is split by month how many months are prepared."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select p.relname, max(pg_get_expr(c.relpartbound, c.oid))
               from pg_partitioned_table t join pg_class p on p.oid = t.partrelid
               join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
               where t.partstrat = 'r' and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
               group by p.relname order by p.relname"""
        )
        found = cursor.fetchall()
    return [sign for table, bound in found if (sign := _months(table, bound, now=now))]


def _months(table: str, bound: str, *, now: datetime) -> Sign | None:
    end = UPPER_BOUND.search(bound)
    if end is None:
        return None
    left = (int(end[1]) - now.year) * 12 + int(end[2]) - now.month
    value = _("%(n)d months prepared") % {"n": left}
    names = {"takedowns_urlcheck": _("Looks at links")}
    return Sign(names.get(table, table), value, "ok" if left >= MONTHS_WANTED else "late")
