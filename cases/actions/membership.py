"""Who reaches a case: let a colleague in, end it, hand the case over, keep a person out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases import duty
from cases.actions import handover_request
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Bar, Case, CaseTask, Membership, MembershipRole, TeamMember, User
from cases.states import IllegalMove

GIVEN = (MembershipRole.BACKUP, MembershipRole.HELPER)
"""The roles that a person gives to another; the others come by opening, a shift, an emergency or handing over."""


class NotYours(Exception):
    """Only the owner and the supervisors who answer for a case decide who reaches it."""


def _decided_by(case: Case, by: Actor) -> Case:
    if by.kind != ActorKind.SYSTEM and not case.is_managed_by(by):
        raise NotYours
    return case


def _granted_by(by: Actor) -> UUID | None:
    return by.id if by.kind == ActorKind.USER else None


def _is_barred(case_id: UUID, user: User) -> bool:
    return Bar.objects.standing().filter(case_id=case_id, user=user).exists()


@transaction.atomic
def add(
    *, case_id: UUID, user: User, role: MembershipRole, reason: str, until: datetime | None, by: Actor, at: datetime
) -> Membership:
    """Let a colleague into a case. `until` None lasts until somebody ends it.

    Raises NotYours, and IllegalMove for a role that is not given by hand, a person who left or is barred, or one who is
    there already.
    """
    case = _decided_by(lock(case_id), by)
    if role not in GIVEN:
        raise IllegalMove("Choose backup or helper.")
    if not duty.may_help(user):
        raise IllegalMove("This person cannot work on cases.")
    if until is not None and until <= at:
        raise IllegalMove("The end must be in the future.")
    if _is_barred(case.pk, user):
        raise IllegalMove(f"{user.name} is barred from this case.")
    held = Membership.objects.current().filter(case=case, user=user)
    if held.filter(role__in=[*GIVEN, MembershipRole.OWNER]).exists():
        raise IllegalMove(f"{user.name} reaches this case already.")
    row = Membership.make(
        case=case,
        user=user,
        role=role,
        reason="added",
        granted_by_id=_granted_by(by),
        since=at,
        until=until,
        why=reason,
    )
    row.save(force_insert=True)
    said = {"role": role, "person": user.pk, "name": user.name, "until": until, "why": reason, "reason": "added"}
    record(CaseEvent.MEMBER_ADDED, case=case, by=by, at=at, subject=row, **said)
    return row


@transaction.atomic
def end(*, membership_id: UUID, by: Actor, at: datetime) -> Membership:
    """End a membership now. Everybody may end their own; an owner hands the case over instead."""
    row: Membership = Membership.objects.select_related("user").get(pk=membership_id)
    case = lock(row.case_id)
    if row.user_id != by.id:
        _decided_by(case, by)
    if row.role in (MembershipRole.OWNER, MembershipRole.CLIENT):
        raise IllegalMove("Hand the case to somebody else first.")
    if row.until is not None and row.until <= at:
        raise IllegalMove("This ended already.")
    said = {"role": row.role, "person": row.user_id, "name": row.user.name}
    record(CaseEvent.MEMBER_REMOVED, case=case, by=by, at=at, subject=row, **said)
    row.until = at
    row.save(update_fields=["until"])
    return row


@transaction.atomic
def hand_over(*, case_id: UUID, to: User, reason: str, stays: bool = False, by: Actor, at: datetime) -> Case:
    """Give a case and its open tasks to another owner; the one before leaves it, or `stays` as backup."""
    case = _decided_by(lock(case_id), by)
    if not duty.may_own(to):
        raise IllegalMove("Only a caseworker or a supervisor who works here can own a case.")
    if case.owner_id == to.pk:
        raise IllegalMove("This person owns the case already.")
    if _is_barred(case.pk, to):
        raise IllegalMove(f"{to.name} is barred from this case.")
    return give(case=case, to=to, reason=reason, stays=stays, by=by, at=at)


def give(*, case: Case, to: User, reason: str, stays: bool = False, by: Actor, at: datetime) -> Case:
    """Make somebody the owner of a locked case: membership, tasks, team and one event. The caller asked whether to.

    What ends the way in of `by` comes last: row-level security lets a person write only what they may see.
    """
    before = case.owner
    open_ended = Membership.objects.of_staff().filter(case=case, until=None)
    _make_owner(case, to, reason=reason, by=by, at=at)
    if stays:
        open_ended.filter(user=before).update(role=MembershipRole.BACKUP, granted_by_id=_granted_by(by))
    said = {"person": to.pk, "name": to.name, "before": before.pk, "before_name": before.name, "why": reason}
    record(CaseEvent.CASE_HANDED_OVER, case=case, by=by, at=at, subject=case, stays=stays, **said)
    handover_request.end(case, at=at)
    CaseTask.objects.open().filter(case=case, assigned_to=before).update(assigned_to=to)
    if not stays and before.pk != by.id:
        open_ended.filter(user=before).update(until=at)
    case.owner = to
    if not TeamMember.objects.filter(user=to, team=case.team_id).exists():
        case.team = duty.team_of(to) or case.team
    case.save(update_fields=["owner", "team"])
    if not stays and before.pk == by.id:
        open_ended.filter(user=before).update(until=at)
    return case


def _make_owner(case: Case, to: User, *, reason: str, by: Actor, at: datetime) -> None:
    held = Membership.objects.of_staff().filter(case=case, user=to, until=None).first()
    if held is not None:
        held.role, held.reason, held.granted_by_id = MembershipRole.OWNER, "handed_over", _granted_by(by)
        held.why = reason
        held.save(update_fields=["role", "reason", "granted_by"])
        return
    row = Membership.make(case=case, user=to, role=MembershipRole.OWNER, reason="handed_over", since=at, why=reason)
    row.granted_by_id = _granted_by(by)
    row.save(force_insert=True)


@transaction.atomic
def bar(*, case_id: UUID, user: User, reason: str, by: Actor, at: datetime) -> Bar:
    """Keep a colleague out of a case, whatever else would let them in. They are not told and meet "not found".

    When they own it the case goes to whoever is on duty. Everybody may bar themselves.
    """
    case = lock(case_id)
    if user.pk != by.id:
        _decided_by(case, by)
    if user.is_client:
        raise IllegalMove("Only people who work here are barred from a case.")
    if _is_barred(case.pk, user):
        raise IllegalMove("This person is barred already.")
    record(CaseEvent.MEMBER_BARRED, case=case, by=by, at=at, subject=case, person=user.pk, name=user.name, why=reason)
    row = Bar.make(case=case, user=user, set_at=at, set_by_id=_granted_by(by), why=reason)
    if case.owner_id == user.pk:
        to = duty.duty_owner(team=case.team, at=at, case_id=case.pk, without=[user.pk])
        give(case=case, to=to, reason="", by=by, at=at)
    Membership.objects.current().of_staff().filter(case=case, user=user).update(until=at)
    CaseTask.objects.open().filter(case=case, assigned_to=user).update(assigned_to=case.owner)
    row.save(force_insert=True)
    return row


@transaction.atomic
def unbar(*, bar_id: UUID, reason: str, by: Actor, at: datetime) -> Bar:
    """Lift a bar. Nobody lifts their own; the person reaches the case only when somebody lets them in again."""
    row: Bar = Bar.objects.select_related("user").get(pk=bar_id)
    case = _decided_by(lock(row.case_id), by)
    if row.user_id == by.id:
        raise NotYours
    if row.ended_at is not None:
        raise IllegalMove("This was lifted already.")
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    said = {"person": row.user_id, "name": row.user.name, "why": reason}
    record(CaseEvent.MEMBER_UNBARRED, case=case, by=by, at=at, subject=row, **said)
    return row
