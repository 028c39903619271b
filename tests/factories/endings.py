"""Cases that have ended, and second persons who say yes."""

from datetime import date, datetime
from uuid import UUID

from cases.access import acting_as
from cases.actions import approval as approval_actions
from cases.actions import closing
from cases.actions.closing import Held
from cases.actor import Actor
from cases.models import Approval, Case, Outcome, Proceedings, User
from cases.permissions import Role
from cases.retention import Afterwards
from tests.conftest import NOON
from tests.factories.cases import make_staff


def close(
    case: Case,
    *,
    at: datetime = NOON,
    held_until: date | None = None,
    proceedings: Proceedings = Proceedings.NO,
    wish: Afterwards = Afterwards.NOT_ASKED,
) -> Case:
    """Close a case as its owner."""
    actor = Actor.user(case.owner)
    held = Held(held_until, "typed") if proceedings == Proceedings.YES else None
    with acting_as(actor):
        closing.close(
            case_id=case.pk, outcome=Outcome.DOWN, proceedings=proceedings, wish=wish, held=held, by=actor, at=at
        )
        found: Case = Case.objects.select_related("owner").get(pk=case.pk)
        found.opened()
    return found


def supervisor(name: str = "Sam S.") -> User:
    """Make a supervisor."""
    return make_staff(name=name, roles=[Role.SUPERVISOR])


def second_says_yes(approval: Approval | UUID, *, at: datetime = NOON, second: User | None = None) -> Approval:
    """Let a second supervisor grant a request."""
    actor = Actor.user(second or supervisor("Second"))
    with acting_as(actor):
        number = approval.pk if isinstance(approval, Approval) else approval
        return approval_actions.grant(approval_id=number, by=actor, at=at)
