"""Keep who asks in a case and how sure we are of it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import AskedBy, Authority, AuthorityLevel, Case
from cases.states import IllegalMove

ABOUT = {"me": AskedBy.CLIENT, "child": AskedBy.SUPPORTER, "someone": AskedBy.SUPPORTER}
"""Who asks, by the answer to "who is this about?"."""


@transaction.atomic
def say(*, case_id: UUID, asked_by: AskedBy, by: Actor, at: datetime) -> Authority:
    """Keep who says they ask. A word of their own never replaces what somebody checked."""
    case = lock(case_id)
    standing: Authority | None = Authority.objects.standing().filter(case=case).first()
    if standing is not None:
        return standing
    return _keep(case, asked_by, AuthorityLevel.SAID, remark="", by=by, at=at)


@transaction.atomic
def check(
    *, case_id: UUID, asked_by: AskedBy, level: AuthorityLevel, remark: str, by: Actor, at: datetime
) -> Authority:
    """Record what a colleague checked, with the day and who; the answer before it is kept as ended.

    A level may also go down again, when a check turns out to have been wrong.
    """
    case = lock(case_id)
    if by.kind != ActorKind.USER:
        raise IllegalMove("Only staff check who asks.")
    Authority.objects.standing().filter(case=case).update(ended_at=at)
    return _keep(case, asked_by, level, remark=remark, by=by, at=at)


def _keep(case: Case, asked_by: AskedBy, level: AuthorityLevel, *, remark: str, by: Actor, at: datetime) -> Authority:
    row = Authority(case=case, asked_by=asked_by, level=level, since=at)
    row.checked_by_id = by.id if level.is_checked else None
    row.remark = remark
    row.save(force_insert=True)
    record(CaseEvent.AUTHORITY_SET, case=case, by=by, at=at, subject=row, asked_by=asked_by, level=level, remark=remark)
    return row


def is_supporter(case: Case) -> bool:
    """Whether the one who asks is not the person shown: then they cannot sign for them."""
    return bool(Authority.objects.standing().filter(case=case, asked_by=AskedBy.SUPPORTER).exists())


def may_see_list(case: Case) -> bool:
    """Whether links that we found may be shown on the client's page: `AuthorityQuerySet.opening_list` says when."""
    return bool(Authority.objects.opening_list().filter(case=case).exists())
