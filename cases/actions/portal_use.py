"""How much of the page a client wants. From the page itself only less of it; more again is for staff to say."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.actions import door
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case
from cases.states import IllegalMove, PortalUse

ORDER = (PortalUse.NONE, PortalUse.MESSAGES, PortalUse.WHOLE)


@transaction.atomic
def choose(*, case_id: UUID, use: PortalUse, by: Actor, at: datetime) -> Case:
    """Keep the choice. No page at all closes every way in, now."""
    case = lock(case_id)
    if by.kind == ActorKind.CLIENT and ORDER.index(use) > ORDER.index(PortalUse(case.portal_use)):
        raise IllegalMove("More of the page again: ask us, so that we know it is you.")
    if use == case.portal_use:
        return case
    case.portal_use = use
    case.save(update_fields=["portal_use"])
    record(CaseEvent.PORTAL_USE_CHOSEN, case=case, by=by, at=at, subject=case, use=use)
    if use == PortalUse.NONE:
        door.close(case_id=case.pk, by=by, at=at)
    return case
