"""Ends what ran out: looks whose page said no more, releases whose days are over."""

import logging
from datetime import datetime

from cases.access import acting_as
from cases.actor import Actor
from evidence.actions import extra_time
from evidence.actions import release as release_actions
from evidence.actions import viewing as viewing_actions
from evidence.models import Viewing

SWEEPER = Actor.system("looks")
AT_ONCE = 500
log = logging.getLogger("recourse.looks")


def sweep(*, at: datetime) -> int:
    """End looks and releases that ran out; return how many. One that fails leaves the others alone. For the worker.

    Minutes given for days long over are forgotten on the way.
    """
    with acting_as(SWEEPER):
        found = list(Viewing.objects.run_out(at=at).order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE])
    ended = 0
    for viewing_id in found:
        try:
            with acting_as(SWEEPER):
                ended += viewing_actions.lapse(viewing_id=viewing_id, by=SWEEPER, at=at)
        except Exception:
            log.exception("a look could not be ended", extra={"event": "look"})
    with acting_as(SWEEPER):
        extra_time.remove_old(at=at)
        return ended + release_actions.end_over(at=at, by=SWEEPER)
