"""Announce, begin, finish and drop what a rule removes from closed cases; and what was typed for no case at all."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from cases import retention_parts
from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Contact, ContactState, Hold, Match, Removal, RemovalState
from cases.retention import ADVANCE, ClosedCase, DataClass, Rule, may_go, rule_for, to_announce
from cases.states import CaseState

TASK = "removal"
LAPSES = timedelta(minutes=30)
"""After this a removal that was begun is taken up again: its worker was killed."""

BEGIN = """
update cases_removal r set state = 'going', begun_at = %(at)s
from cases_case c
where r.id = %(id)s and c.id = r.case_id and c.state = 'closed' and c.closed_at is not null
  and (r.state = 'announced' or (r.state = 'going' and r.begun_at < %(lapsed)s))
  and r.goes_on <= %(today)s and r.announced_at <= %(told)s
  and not exists (select from cases_hold h where h.case_id = c.id and h.lifted_at is null
    and (h.until is null or h.until >= %(today)s))
"""
"""The database asks the same once more: closed, announced long enough ago, not held. Never a live case."""


def closed_case(case: Case, *, on: date) -> ClosedCase:
    """Return what the rules need to know of a case."""
    closing = case.closings.standing().first()
    held = list(Hold.objects.standing(on=on).filter(case=case).values_list("until", flat=True))
    ends = [day for day in held if day is not None]
    return ClosedCase(
        country=case.country,
        closed_at=case.closed_at if case.state == CaseState.CLOSED else None,
        wish=closing.wish if closing else "not_asked",
        held=bool(held),
        held_until=max(ends) if ends and len(ends) == len(held) else None,
    )


@transaction.atomic
def announce(*, case_id: UUID, rules: list[Rule], by: Actor, at: datetime) -> list[Removal]:
    """Announce what goes from a closed case within the advance time, once each, and tell its owner."""
    case = lock(case_id)
    due = to_announce(closed_case(case, on=at.date()), rules, at=at)
    open_kinds = set(Removal.objects.open().filter(case=case).values_list("kind", flat=True))
    done = set(Removal.objects.filter(case=case, state=RemovalState.DONE).values_list("kind", flat=True))
    made = []
    for kind, day in due.items():
        if kind in open_kinds or (kind in done and not retention_parts.count(kind, case)):
            continue
        if not retention_parts.count(kind, case):
            continue
        made.append(
            Removal.objects.create(case=case, kind=kind, rule=_words(rules, kind, case), announced_at=at, goes_on=day)
        )
    if made:
        first = min(row.goes_on for row in made)
        record(
            CaseEvent.REMOVAL_ANNOUNCED,
            case=case,
            by=by,
            at=at,
            subject=case,
            kinds=[row.kind for row in made],
            goes_on=first.isoformat(),
        )
        case_task.create(
            case=case,
            kind=TASK,
            due_at=timezone.make_aware(datetime.combine(first, time(9))),
            path=f"/cases/{case.reference}/keeping",
            dedupe_key=TASK,
            by=by,
            at=at,
            facts={"goes_on": first.isoformat(), "kinds": [row.kind for row in made]},
        )
    return made


def _words(rules: list[Rule], kind: DataClass, case: Case) -> str:
    rule = rule_for(kind, case.country, rules)
    return f"{kind.value}: {rule.days if rule else '?'} days after closing"


@transaction.atomic
def begin(*, removal_id: UUID, rules: list[Rule], by: Actor, at: datetime) -> Removal | None:
    """Take one announced removal for this worker, or None where it may not happen now; then it is dropped.

    What was announced and may still happen later, because its day was moved, is announced anew.
    """
    case = lock(Removal.objects.values_list("case_id", flat=True).get(pk=removal_id))
    row = Removal.objects.select_for_update(of=("self",)).get(pk=removal_id)
    row.case = case
    facts = closed_case(case, on=at.date())
    if may_go(DataClass(row.kind), facts, rules, announced_at=row.announced_at, at=at):
        with connection.cursor() as cursor:
            cursor.execute(
                BEGIN,
                {
                    "id": row.pk,
                    "at": at,
                    "today": at.date(),
                    "told": at - ADVANCE,
                    "lapsed": at - LAPSES,
                },
            )
            if cursor.rowcount == 1:
                row.refresh_from_db()
                return row
    if row.state == RemovalState.ANNOUNCED:
        row.state, row.ended_at = RemovalState.DROPPED, at
        row.save(update_fields=["state", "ended_at"])
        case_task.end_for(case=case, dedupe_key=TASK, at=at)
        record(CaseEvent.REMOVAL_DROPPED, case=case, by=by, at=at, subject=row, data=row.kind)
    return None


@transaction.atomic
def finish(*, removal_id: UUID, objects_removed: int, by: Actor, at: datetime) -> Removal:
    """Empty the rows whose files have gone, and say so in the case's record."""
    case = lock(Removal.objects.values_list("case_id", flat=True).get(pk=removal_id))
    row = Removal.objects.select_for_update(of=("self",)).get(pk=removal_id, state=RemovalState.GOING)
    row.rows = retention_parts.empty(DataClass(row.kind), case, rule=f"{row.rule}, {at.date().isoformat()}", at=at)
    row.objects_removed, row.state, row.ended_at = objects_removed, RemovalState.DONE, at
    row.save(update_fields=["rows", "objects_removed", "state", "ended_at"])
    if not Removal.objects.open().filter(case=case).exists():
        case_task.end_for(case=case, dedupe_key=TASK, at=at)
    record(
        CaseEvent.REMOVAL_DONE,
        case=case,
        by=by,
        at=at,
        subject=row,
        data=row.kind,
        rule=row.rule,
        rows=row.rows,
        files=objects_removed,
    )
    return row


@transaction.atomic
def remove_contacts(*, days: int, by: Actor, at: datetime) -> int:
    """Remove contacts that became no case and were not touched for so many days; return how many."""
    old = Contact.objects.filter(saved_at__lt=at - timedelta(days=days)).exclude(state=ContactState.BECAME_CASE)
    count = old.count()
    if count:
        named = Match.objects.filter(asked_contact__in=old.values("pk")).values_list("asked_contact", flat=True)
        kept = list(named)
        old.filter(pk__in=kept).update(sealed=b"")
        old.exclude(pk__in=kept).delete()
        record(CaseEvent.CONTACTS_REMOVED, case=None, by=by, at=at, count=count, days=days)
    return count
