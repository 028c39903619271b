"""What worked here before, from the organisation's own record: links asked and down, by platform and way of asking."""

from collections.abc import Mapping

from django.db import connection

from takedowns.ladder import Rung, Worked
from takedowns.models import Route


def worked(platform_id: str) -> Mapping[Rung, Worked]:
    """Return what each rung did at one platform, over every case of the organisation.

    The database itself gives nothing under ten cases: no small number leaves it, whoever asks.
    """
    with connection.cursor() as cursor:
        cursor.execute("select route, cases, asked, down from recourse_worked(%s)", [platform_id])
        rows = cursor.fetchall()
    found: dict[Rung, Worked] = {}
    for route, cases, asked, down in rows:
        rung = rung_of(route)
        before = found.get(rung, Worked(0, 0, 0))
        found[rung] = Worked(max(cases, before.cases), asked + before.asked, down + before.down)
    return found


def rung_of(route: str) -> Rung:
    """Return the rung of a notice by its route: a platform's own rules, or a law."""
    return Rung.PLATFORM if route == Route.POLICY else Rung.LEGAL
