"""What the worker does about the roster: lets people on call in, and passes on what a call-taker left behind."""

import logging
from datetime import datetime

from cases.access import acting_as
from cases.actions import shift as shift_actions
from cases.actor import Actor
from cases.models import Membership, Shift, ShiftKind
from cases.states import IllegalMove

AT_ONCE = 200
ACTOR = Actor.system("roster")
log = logging.getLogger("recourse.roster")


def sweep(*, now: datetime) -> int:
    """Do what is due on the roster; return how much. Each part is a transaction, and doing it again finds nothing.

    A shift that ends needs nobody: what it opened carries its end. So a worker that died leaves no door open.
    """
    with acting_as(ACTOR):
        running = Shift.objects.running(at=now).filter(kind=ShiftKind.ON_CALL).select_related("user")
        wanted = [(shift.pk, case_id) for shift in running for case_id in shift_actions.cases_for(shift)]
        cancelled = Membership.objects.current().filter(shift__cancelled_at__isnull=False)
        ended = list(cancelled.values_list("pk", flat=True)[:AT_ONCE])
        contacts = shift_actions.left_behind(at=now)
    done = 0
    for shift_id, case_id in wanted[:AT_ONCE]:
        with acting_as(ACTOR):
            done += shift_actions.let_in(shift_id=shift_id, case_id=case_id, by=ACTOR, at=now)
    for membership_id in ended:
        with acting_as(ACTOR):
            done += shift_actions.take_back(membership_id=membership_id, by=ACTOR, at=now)
    for contact_id in contacts[:AT_ONCE]:
        try:
            with acting_as(ACTOR):
                done += shift_actions.hand_on_contact(contact_id=contact_id, by=ACTOR, at=now)
        except IllegalMove:
            log.warning("nobody can take a contact over", extra={"contact": str(contact_id)})
    return done
