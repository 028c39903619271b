"""Who looked at what, and who was refused: few events for many requests, so that the record can be read."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F

from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Membership, Refusal

ONE_LOOK = timedelta(minutes=15)
"""Looks of one person at one page of a case within this time are one event."""
ONE_REFUSAL = timedelta(minutes=1)
"""Refusals of one person at one route within this time are one event; the next one says how many there were."""
BY_TEAM = "team"
"""The right of a supervisor who is no member of the case."""

# One statement, so that two requests at once write one event.
TAKE_LOOK = """
insert into cases_look (id, case_id, person_id, page, since) values (%s, %s, %s, %s, %s)
on conflict (case_id, person_id, page) do update set since = excluded.since
where cases_look.since <= %s or cases_look.since > %s
returning 1
"""


@transaction.atomic
def note_page(*, case: Case, page: str, by: Actor, at: datetime) -> bool:
    """Write that a member of staff opened a page of a case, and by which right; False within ONE_LOOK of the last."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_LOOK, [uuid4(), case.pk, by.id, page[:60], at, at - ONE_LOOK, at + ONE_LOOK])
        if cursor.fetchone() is None:
            return False
    record(CaseEvent.PAGE_OPENED, case=case, by=by, at=at, page=page[:60], right=right_of(case, by))
    return True


def right_of(case: Case, by: Actor) -> str:
    """Return by which right a person reaches a case: their role in it, or as supervisor of its team."""
    rows = Membership.objects.current().of_staff().filter(case_id=case.pk, user_id=by.id)
    role = rows.order_by(F("until").desc(nulls_first=True)).values_list("role", flat=True).first()
    return str(role or BY_TEAM)


@transaction.atomic
def note_refusal(*, route: str, wanted: str, by: Actor, at: datetime) -> bool:
    """Write that a known person was refused a page; False when it was only counted.

    `wanted` is the case's reference in the address, where there is one: whether that case exists is not said.
    """
    if by.id is None:
        raise ValueError("Only a known person is refused.")
    row, is_new = Refusal.objects.select_for_update().get_or_create(
        person_id=by.id, route=route[:80], defaults={"since": at, "person_kind": by.kind.value}
    )
    if not is_new and abs(at - row.since) < ONE_REFUSAL:
        Refusal.objects.filter(pk=row.pk).update(untold=F("untold") + 1)
        return False
    more = row.untold
    row.since, row.untold = at, 0
    row.save(update_fields=["since", "untold"])
    record(CaseEvent.REQUEST_REFUSED, case=None, by=by, at=at, route=row.route, wanted=wanted[:20], more=more)
    return True


@transaction.atomic
def tell_refusals(*, at: datetime) -> int:
    """Write what was only counted and is over, and forget counters that are a day old; return how many were written."""
    over = Refusal.objects.select_for_update(skip_locked=True).filter(since__lt=at - ONE_REFUSAL, untold__gt=0)
    told = 0
    for row in over:
        by = Actor(ActorKind(row.person_kind), UUID(str(row.person_id)))
        record(CaseEvent.REQUEST_REFUSED, case=None, by=by, at=at, route=row.route, wanted="", more=row.untold)
        told += 1
    Refusal.objects.filter(pk__in=[row.pk for row in over]).update(untold=0)
    Refusal.objects.filter(since__lt=at - timedelta(days=1), untold=0).delete()
    return told
