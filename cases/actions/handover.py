"""What the worker does for somebody who left: give every case, task and contact to a colleague, all or nothing."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases import duty
from cases.actions import handover_request
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Bar,
    Case,
    CaseTask,
    Contact,
    ContactState,
    HandoverRequest,
    Membership,
    MembershipRole,
    TeamMember,
    User,
)
from cases.states import CaseState, IllegalMove, TaskState


@transaction.atomic
def hand_over_everything(*, user_id: UUID, to_id: UUID, by: Actor, at: datetime) -> int:
    """Give what a person held to a colleague; return how many cases moved. Doing it again finds nothing left.

    A case from which the colleague is barred goes to whoever is on duty for it. One event each case
    and one for the person.
    Raises IllegalMove, and changes nothing, while the person can still sign in or the colleague cannot own cases.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    to = User.objects.select_for_update().get(pk=to_id)
    if user.is_active:
        raise IllegalMove("This person can still sign in.")
    if not duty.may_own(to):
        raise IllegalMove("Only a caseworker or a supervisor who works here can take this over.")
    cases = list(Case.objects.select_for_update(of=("self",)).filter(owner=user).order_by("pk"))
    barred = set(Bar.objects.standing().filter(user=to, case__in=cases).values_list("case_id", flat=True))
    taking = {case.pk: to for case in cases if case.pk not in barred}
    for case in cases:
        if case.pk in barred:
            taking[case.pk] = duty.duty_owner(team=case.team, at=at, case_id=case.pk, without=[user.pk, to.pk])
    for case in cases:
        said = {"person": taking[case.pk].pk, "name": taking[case.pk].name, "before": user.pk, "before_name": user.name}
        if case.state != CaseState.ERASED:
            record(CaseEvent.CASE_HANDED_OVER, case=case, by=by, at=at, subject=case, stays=False, why="", **said)
    by_owner: dict[User, list[UUID]] = defaultdict(list)
    for number, owner in taking.items():
        by_owner[owner].append(number)
    for owner, numbers in by_owner.items():
        _own(numbers, owner, at=at)
    HandoverRequest.objects.of(user.pk).filter(ended_at=None).update(ended_at=at)
    CaseTask.objects.open().filter(case__in=cases, kind=handover_request.TASK).update(state=TaskState.DONE, ended_at=at)
    others = Membership.objects.current().of_staff().filter(user=user)
    ended = others.exclude(case__in=taking).count()
    others.update(until=at)
    tasks = _tasks(user)
    contacts = Contact.objects.filter(taken_by=user, state=ContactState.OPEN).update(taken_by=to)
    said = {"person": user.pk, "name": user.name, "to": to.pk, "to_name": to.name}
    counts = {"cases": len(cases), "memberships": ended, "tasks": tasks, "contacts": contacts}
    record(CaseEvent.WORK_HANDED_OVER, case=None, by=by, at=at, subject=user, **said, **counts)
    return len(cases)


def _own(cases: list[UUID], owner: User, *, at: datetime) -> None:
    """Make somebody the owner of locked cases, in statements that do not grow with their number."""
    held = Membership.objects.of_staff().filter(case__in=cases, user=owner, until=None)
    has = set(held.values_list("case_id", flat=True))
    held.update(role=MembershipRole.OWNER, reason="handed_over")
    new = [
        Membership(case_id=number, user=owner, role=MembershipRole.OWNER, reason="handed_over", since=at)
        for number in cases
        if number not in has
    ]
    Membership.objects.bulk_create(new, batch_size=1000)
    own_teams = TeamMember.objects.filter(user=owner).values("team_id")
    Case.objects.filter(pk__in=cases).exclude(team__in=own_teams).update(team=duty.team_of(owner))
    Case.objects.filter(pk__in=cases).update(owner=owner)


def _tasks(user: User) -> int:
    """Give open tasks to the owner of their case, which may have changed a moment ago."""
    tasks = list(CaseTask.objects.open().filter(assigned_to=user).select_related("case"))
    for task in tasks:
        task.assigned_to_id = task.case.owner_id
    CaseTask.objects.bulk_update(tasks, ["assigned_to"], batch_size=1000)
    return len(tasks)
