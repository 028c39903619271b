"""Retention at work: announce what goes, and remove what was announced. Runs in the worker.

Order of each removal: the database lets it begin (closed, announced, not held), then the files go from the store, then
their rows are emptied. A worker that is killed in between leaves it begun; the next one does it again from the start,
and what is gone already is no error.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from cases import retention_parts
from cases.access import acting_as
from cases.actions import removal as removal_actions
from cases.actor import Actor
from cases.models import Case, Closing, Removal, RemovalState, RetentionRule
from cases.retention import ANY_COUNTRY, OF_A_CASE, Afterwards, ClosedCase, DataClass, Rule, rule_for, to_announce
from cases.states import CaseState
from cases.vault import Vault

ACTOR = Actor.system("retention")
BATCH = 200
log = logging.getLogger("recourse.retention")


def announce(*, at: datetime) -> int:
    """Announce what goes from closed cases within the advance time; return how many classes."""
    with acting_as(ACTOR):
        rules = RetentionRule.objects.all().in_force()
        waiting = _with_something_due(rules, at=at)
    made = 0
    for case_id in waiting:
        with acting_as(ACTOR):
            made += len(removal_actions.announce(case_id=case_id, rules=rules, by=ACTOR, at=at))
    return made


def _with_something_due(rules: list[Rule], *, at: datetime) -> list[UUID]:
    """Return closed cases of which something goes soon and was not announced; a few queries over all, no lock."""
    closed = {row.pk: row for row in Case.objects.filter(state=CaseState.CLOSED).defer("sealed")}
    wishes = dict(Closing.objects.standing().filter(case__in=closed).values_list("case_id", "wish"))
    told = {
        (case_id, kind)
        for case_id, kind, when in Removal.objects.filter(case__in=closed)
        .exclude(state=RemovalState.DROPPED)
        .values_list("case_id", "kind", "announced_at")
        if when >= (closed[case_id].closed_at or when)
    }
    found: set[UUID] = set()
    for kind in OF_A_CASE:
        for case_id in retention_parts.cases_with(kind) & closed.keys():
            case = closed[case_id]
            facts = ClosedCase(case.country, case.closed_at, wishes.get(case_id, Afterwards.NOT_ASKED))
            if (case_id, kind.value) not in told and kind in to_announce(facts, rules, at=at):
                found.add(case_id)
    return sorted(found)


def purge(*, at: datetime, vault: Vault | None = None, stop_after: Callable[[], None] | None = None) -> int:
    """Remove what was announced and may go; return how many classes of cases went. Safe to run again at any moment."""
    store = vault or Vault()
    with acting_as(ACTOR):
        rules = RetentionRule.objects.all().in_force()
        due = Removal.objects.open().filter(goes_on__lte=at.date()).order_by("goes_on", "pk")
        waiting = list(due.values_list("pk", flat=True)[:BATCH])
    done = 0
    for removal_id in waiting:
        with acting_as(ACTOR):
            row = removal_actions.begin(removal_id=removal_id, rules=rules, by=ACTOR, at=at)
            names = list(retention_parts.stored_names(DataClass(row.kind), row.case)) if row else []
        if row is None:
            continue
        for name in names:
            store.delete_every_version(name)
            if stop_after is not None:
                stop_after()
        with acting_as(ACTOR):
            removal_actions.finish(removal_id=removal_id, objects_removed=len(names), by=ACTOR, at=at)
        done += 1
    return done


def contacts(*, at: datetime) -> int:
    """Remove old contacts that became no case; return how many."""
    with acting_as(ACTOR):
        rule = rule_for(DataClass.CONTACTS, ANY_COUNTRY, RetentionRule.objects.all().in_force())
        if rule is None or rule.days is None:
            return 0
        return removal_actions.remove_contacts(days=rule.days, by=ACTOR, at=at)
