"""Decide what two cases are to each other, and carry it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from cases import outbox
from cases.actions import membership
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, Bar, Case, CaseLink, LinkKind, Match, MatchDecision, User
from cases.states import IllegalMove

APPLY = "match.apply"
BAR_REASON = "A supervisor decided."
"""Nothing more: the record of the case would tell one side about the other."""
ACTOR = Actor.system("match")


@dataclass(frozen=True)
class Worker:
    """A colleague in one of the two cases of a match, for the supervisor who decides."""

    reference: str
    user_id: UUID
    name: str
    role: str


def people(match_id: UUID) -> list[Worker]:
    """Return who works on the two cases; empty for anybody but a supervisor."""
    with connection.cursor() as cursor:
        cursor.execute("select reference, user_id, name, role from recourse_match_people(%s::uuid)", [match_id])
        return [Worker(*row) for row in cursor.fetchall()]


@transaction.atomic
def decide(
    *, match_id: UUID, decision: MatchDecision, kept_apart: Sequence[UUID] = (), by: Actor, at: datetime
) -> Match:
    """Keep a supervisor's decision; a worker carries it out at once, in both cases.

    `kept_apart`: with opposing interests, colleagues of one case who are barred from the other. Nobody else is told.
    """
    match: Match = Match.objects.select_for_update().get(pk=match_id)
    if match.decision:
        raise IllegalMove("This was decided already.")
    if match.asked_case_id is None and decision != MatchDecision.NOTHING:
        raise IllegalMove("The contact that asked is no case yet. Decide when it is one, or that it is nothing.")
    if decision == MatchDecision.OPPOSING and not kept_apart:
        raise IllegalMove("Name at least one colleague who is kept out of the other case.")
    match.decision, match.decided_by_id, match.decided_at = decision, by.id, at
    match.kept_apart = [str(user_id) for user_id in kept_apart] if decision == MatchDecision.OPPOSING else []
    match.save(update_fields=["decision", "decided_by", "decided_at", "kept_apart"])
    record(CaseEvent.MATCH_DECIDED, case=None, by=by, at=at, subject=match, decision=decision)
    if decision != MatchDecision.NOTHING:
        outbox.put(
            APPLY,
            case=None,
            audience=Audience.NOBODY,
            due_at=at,
            at=at,
            dedupe_key=f"{APPLY}:{match.pk}",
            subject_id=match.pk,
        )
    return match


@transaction.atomic
def apply(*, match_id: UUID, by: Actor, at: datetime) -> None:
    """Link the two cases both ways, or bar the named colleagues from the other case. Twice does it once.

    Run by the worker, which reaches both cases even where the supervisor who decided reaches one.
    """
    match: Match = Match.objects.select_for_update().get(pk=match_id)
    if match.applied_at is not None or match.asked_case_id is None or match.decided_by is None:
        return
    first, second = (lock(case_id) for case_id in sorted([match.asked_case_id, match.other_case_id]))
    for case, other in ((first, second), (second, first)):
        _link(case, other, match, person=match.decided_by, by=by, at=at)
    if match.decision == MatchDecision.OPPOSING:
        _bar(match, first, second, at=at)
    match.applied_at = at
    match.save(update_fields=["applied_at"])


def _link(case: Case, other: Case, match: Match, *, person: User, by: Actor, at: datetime) -> None:
    _row, is_new = CaseLink.objects.get_or_create(
        case=case,
        other=other,
        kind=LinkKind(match.decision),
        defaults={"linked_at": at, "linked_by": person},
    )
    if is_new and match.decision != MatchDecision.OPPOSING:
        record(CaseEvent.CASES_LINKED, case=case, by=by, at=at, subject=other, link=match.decision)


def _bar(match: Match, first: Case, second: Case, *, at: datetime) -> None:
    """Bar each named colleague from the case that they do not work on; from the later one when they are in both."""
    for user in User.objects.filter(pk__in=match.kept_apart):
        works = [case for case in (first, second) if case.memberships.current().filter(user=user).exists()]
        barred_from = second if works == [first] else first if works == [second] else _newer(first, second)
        if not Bar.objects.standing().filter(case=barred_from, user=user).exists():
            membership.bar(case_id=barred_from.pk, user=user, reason=BAR_REASON, by=ACTOR, at=at)


def _newer(first: Case, second: Case) -> Case:
    return first if first.opened_at >= second.opened_at else second
