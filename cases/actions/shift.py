"""The roster: plan a shift, take it off again, and what the worker does while it runs and after it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cases import duty
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Bar,
    Case,
    CaseTask,
    Contact,
    ContactState,
    Membership,
    MembershipRole,
    Shift,
    ShiftKind,
    TeamMember,
    User,
)
from cases.permissions import Role
from cases.states import IllegalMove

LONGEST = timedelta(hours=24)
WITHOUT_SHIFT = timedelta(hours=12)
"""How long a call-taker keeps what they took when the roster says nothing."""


@transaction.atomic
def plan(*, user: User, kind: ShiftKind, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime) -> Shift:
    """Put one shift of one person on the roster."""
    if not duty.may_help(user):
        raise IllegalMove("This person cannot work on cases.")
    if ends_at <= starts_at or ends_at <= at:
        raise IllegalMove("A shift ends after it starts, and in the future.")
    if ends_at - starts_at > LONGEST:
        raise IllegalMove("A shift lasts 24 hours at most. Plan one for each day.")
    User.objects.select_for_update().get(pk=user.pk)
    if Shift.objects.planned().filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise IllegalMove(f"{user.name} has a shift at this time already.")
    shift = Shift.objects.create(user=user, kind=kind, starts_at=starts_at, ends_at=ends_at)
    said = {"person": user.pk, "name": user.name, "shift": kind, "starts_at": starts_at, "ends_at": ends_at}
    record(CaseEvent.SHIFT_PLANNED, case=None, by=by, at=at, subject=shift, **said)
    return shift


@transaction.atomic
def cancel(*, shift_id: UUID, by: Actor, at: datetime) -> Shift:
    """Take a shift off the roster. What it opened is closed by the next sweep."""
    shift = Shift.objects.select_for_update(of=("self",)).select_related("user").get(pk=shift_id)
    if shift.cancelled_at is not None or shift.ends_at <= at:
        raise IllegalMove("This shift is over.")
    shift.cancelled_at = at
    shift.save(update_fields=["cancelled_at"])
    said = {"person": shift.user_id, "name": shift.user.name, "starts_at": shift.starts_at}
    record(CaseEvent.SHIFT_CANCELLED, case=None, by=by, at=at, subject=shift, **said)
    return shift


def cases_for(shift: Shift) -> list[UUID]:
    """Return the cases that cannot wait for the end of a shift, of its person's teams, which the person does not reach.

    A case cannot wait when one of its open tasks is late or comes due within the shift; a lock for age is such a task.
    """
    teams = TeamMember.objects.filter(user_id=shift.user_id)
    due = CaseTask.objects.open().filter(due_at__lt=shift.ends_at)
    held = Membership.objects.current().filter(user_id=shift.user_id)
    barred = Bar.objects.standing().filter(user_id=shift.user_id)
    found = Case.objects.open().filter(team__in=teams.values("team_id"), pk__in=due.values("case_id"))
    if shift.user.has_role(Role.SUPERVISOR):
        found = found.exclude(team__in=teams.filter(is_supervisor=True).values("team_id"))
    found = found.exclude(pk__in=held.values("case_id")).exclude(pk__in=barred.values("case_id"))
    return list(found.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def let_in(*, shift_id: UUID, case_id: UUID, by: Actor, at: datetime) -> bool:
    """Give the person on call their membership of one case until the shift ends; False when it is there already."""
    case = lock(case_id)
    shift = Shift.objects.select_for_update(of=("self",)).select_related("user").get(pk=shift_id)
    if shift.cancelled_at is not None or not shift.starts_at <= at < shift.ends_at or not duty.may_help(shift.user):
        return False
    if Bar.objects.standing().filter(case=case, user=shift.user).exists():
        return False
    row, is_new = Membership.objects.get_or_create(
        shift=shift,
        case=case,
        user=shift.user,
        defaults={"role": MembershipRole.ON_CALL, "reason": "shift", "since": at, "until": shift.ends_at},
    )
    if is_new:
        said = {"role": row.role, "person": shift.user_id, "name": shift.user.name, "until": row.until}
        record(CaseEvent.MEMBER_ADDED, case=case, by=by, at=at, subject=row, reason="shift", why="", **said)
    return is_new


@transaction.atomic
def take_back(*, membership_id: UUID, by: Actor, at: datetime) -> bool:
    """End what a shift opened when the shift was taken off the roster; the end of a shift needs nobody to act."""
    row = Membership.objects.select_related("user", "shift").get(pk=membership_id)
    case = lock(row.case_id)
    row = Membership.objects.select_for_update(of=("self",)).select_related("user", "shift").get(pk=membership_id)
    if row.shift is None or row.shift.cancelled_at is None or (row.until is not None and row.until <= at):
        return False
    row.until = at
    row.save(update_fields=["until"])
    said = {"role": row.role, "person": row.user_id, "name": row.user.name}
    record(CaseEvent.MEMBER_REMOVED, case=case, by=by, at=at, subject=row, **said)
    return True


def left_behind(*, at: datetime) -> list[UUID]:
    """Return open contacts of call-takers whose shift is over, or who had none for WITHOUT_SHIFT."""
    found = []
    waiting = Contact.objects.filter(state=ContactState.OPEN).exclude(taken_by__roles__overlap=duty.OWNING_ROLES)
    for contact in waiting.select_related("taken_by"):
        shifts = Shift.objects.planned().filter(user=contact.taken_by)
        own = shifts.filter(starts_at__lte=contact.saved_at, ends_at__gt=contact.started_at)
        last = own.order_by("-ends_at").first()
        ends = last.ends_at if last is not None else contact.saved_at + WITHOUT_SHIFT
        if ends <= at and not shifts.running(at=at).exists():
            found.append(contact.pk)
    return found


@transaction.atomic
def hand_on_contact(*, contact_id: UUID, by: Actor, at: datetime) -> bool:
    """Give a contact that nobody ended to whoever is on duty in its team."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("taken_by").get(pk=contact_id)
    if contact.state != ContactState.OPEN:
        return False
    before = contact.taken_by
    contact.taken_by = duty.duty_owner(team=duty.team_of(before), at=at, without=[before.pk])
    contact.save(update_fields=["taken_by"])
    said = {"person": contact.taken_by_id, "name": contact.taken_by.name, "before": before.pk}
    record(CaseEvent.CONTACT_HANDED_ON, case=None, by=by, at=at, subject=contact, before_name=before.name, **said)
    return True
