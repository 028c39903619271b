"""The part of an exhibit's page that tells what was read from the file."""

from datetime import datetime

from cases import pulse
from cases.actor import Actor
from cases.contributions import Panel
from evidence.models import Exhibit, Probe, ProbeState
from evidence.probes.reading import newest, read, waiting_said


def part(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel | None:
    """Return what was read, what stays here, what could not be read, and what still waits; inside `acting_as`."""
    rows = newest(exhibit)
    waiting = list(
        Probe.objects.visible_to(actor)
        .filter(exhibit=exhibit, state=ProbeState.WAITING)
        .values_list("reason", flat=True)
    )
    told = read(rows, exhibit)
    waits = bool(waiting) or not rows
    return Panel(
        "evidence/_exhibit_read.html",
        {
            "told": told,
            "tools": [(row.tool, row.made_at) for row in rows],
            "waiting": waiting_said(waiting) if waits else "",
            "is_away": waits and pulse.is_quiet(pulse.SLOW, now=at),
        },
    )
