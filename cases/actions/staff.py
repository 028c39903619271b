"""Staff come by invitation: invite, join once, end access at once."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F

from cases import duty, keys, outbox, sessions
from cases.actions import team as team_actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, Door, DoorKind, Shift, User, UserKind
from cases.permissions import Role
from cases.states import IllegalMove

INVITATION_LASTS = timedelta(hours=24)


class NotUsable(Exception):
    """An invitation was spent, revoked or is out of date; we do not say which."""


def administrators() -> int:
    """Return how many administrators can sign in."""
    return User.objects.filter(kind=UserKind.STAFF, is_active=True, roles__contains=[Role.ADMINISTRATOR]).count()


def _invitation(user_id: UUID | None, *, at: datetime) -> str:
    """Make a token for one person, or for the first administrator; earlier ones stop working. Returns the token."""
    earlier = Door.objects.filter(kind=DoorKind.STAFF_INVITATION, user_id=user_id, revoked_at=None, uses=0)
    earlier.update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    Door.objects.create(
        kind=DoorKind.STAFF_INVITATION,
        token_hash=keys.token_hash(token),
        user_id=user_id,
        created_at=at,
        expires_at=at + INVITATION_LASTS,
        max_uses=1,
    )
    return token


@transaction.atomic
def invite_first_administrator(*, by: Actor, at: datetime) -> str | None:
    """Return the token of a fresh invitation, or None when an administrator can sign in already."""
    if administrators():
        return None
    record(CaseEvent.STAFF_INVITED, case=None, by=by, at=at, roles=[Role.ADMINISTRATOR])
    return _invitation(None, at=at)


@transaction.atomic
def invite(*, email: str, name: str, roles: list[Role], by: Actor, at: datetime) -> tuple[User, str]:
    """Make an account that cannot sign in yet, and the token with which its person joins; return both.

    Raises IllegalMove when somebody uses this e-mail address already, or when no role was given.
    """
    if not roles:
        raise IllegalMove("Choose at least one role.")
    if User.objects.filter(email__iexact=email).exists():
        raise IllegalMove("Somebody uses this e-mail address already. Use “New link” in the list.")
    user = User.objects.make_staff(email=email, name=name, roles=roles)
    user.is_active = False
    user.save(update_fields=["is_active"])
    record(CaseEvent.STAFF_INVITED, case=None, by=by, at=at, subject=user, roles=sorted(roles))
    return user, _invitation(user.pk, at=at)


@transaction.atomic
def invite_again(*, user_id: UUID, by: Actor, at: datetime) -> tuple[User, str]:
    """Return a person who has not joined, or who left, and a fresh token; earlier ones stop working."""
    user = User.objects.select_for_update().get(pk=user_id, kind=UserKind.STAFF)
    if user.is_active:
        raise IllegalMove("This person has joined already.")
    record(CaseEvent.STAFF_INVITED, case=None, by=by, at=at, subject=user, roles=sorted(user.roles))
    return user, _invitation(user.pk, at=at)


def opened_by(*, token: str, at: datetime) -> Door | None:
    """Return the usable invitation that a token opens. Nothing is spent."""
    found = Door.objects.usable(at=at).filter(kind=DoorKind.STAFF_INVITATION, token_hash=keys.token_hash(token)).first()
    if found is not None and found.user_id is None and administrators():
        return None
    return found


@transaction.atomic
def join(*, token: str, name: str, email: str, password: str, also_casework: bool = False, at: datetime) -> User:
    """Spend an invitation and make its account one that can sign in; return the account.

    For an invited person the e-mail address and the roles are those of the invitation, whatever is passed. Raises
    NotUsable when the invitation was spent meanwhile, IllegalMove when the e-mail address is taken.
    """
    door = opened_by(token=token, at=at)
    if door is None:
        raise NotUsable
    spent = Door.objects.usable(at=at).filter(pk=door.pk).update(uses=F("uses") + 1)
    if not spent:
        raise NotUsable
    if door.user_id is None:
        user = _first_administrator(email=email, name=name, also_casework=also_casework)
    else:
        user = User.objects.select_for_update().get(pk=door.user_id)
        user.name = name
    user.is_active = True
    user.set_password(password)
    user.save()
    # allauth lets nobody add a second factor whose address is not verified; the invitation was handed over in person.
    known = {"email": user.email or "", "verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=user, defaults=known)
    team_actions.take_in(user=user, by=Actor.user(user), at=at)
    record(CaseEvent.STAFF_JOINED, case=None, by=Actor.user(user), at=at, subject=user, roles=sorted(user.roles))
    return user


def _first_administrator(*, email: str, name: str, also_casework: bool) -> User:
    if User.objects.filter(email__iexact=email).exists():
        raise IllegalMove("Somebody uses this e-mail address already.")
    roles = [Role.ADMINISTRATOR, Role.SUPERVISOR, Role.CASEWORKER] if also_casework else [Role.ADMINISTRATOR]
    return User.objects.make_staff(email=email, name=name, roles=roles)


@transaction.atomic
def end_access(*, user_id: UUID, by: Actor, at: datetime) -> User:
    """Stop an account now: no sign-in, no open session, no invitation. Their work and their name stay."""
    user = _to_be_ended(user_id, by=by)
    _end(user, at=at)
    record(CaseEvent.ACCESS_ENDED, case=None, by=by, at=at, subject=user)
    return user


def _to_be_ended(user_id: UUID, *, by: Actor) -> User:
    user = User.objects.select_for_update().get(pk=user_id, kind=UserKind.STAFF)
    if user.pk == by.id:
        raise IllegalMove("You cannot end your own access.")
    if user.is_active and Role.ADMINISTRATOR in user.roles and administrators() < 2:
        raise IllegalMove("This is the only administrator. Invite another one first.")
    return user


def _end(user: User, *, at: datetime) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions.end_all(user)
    Door.objects.filter(kind=DoorKind.STAFF_INVITATION, user_id=user.pk, revoked_at=None).update(revoked_at=at)


HAND_OVER = "staff.hand_over"


@transaction.atomic
def leave(*, user_id: UUID, hand_to: UUID, by: Actor, at: datetime) -> User:
    """Let a person go: access, sessions, invitations and coming shifts end now, and their work goes to a colleague.

    The person who presses may see no case, so the worker hands everything over in one transaction of its own
    (cases/actions/handover.py); until then nothing of it changes hands. Raises IllegalMove for oneself, the only
    administrator, and a colleague who cannot own cases.
    """
    user = _to_be_ended(user_id, by=by)
    to = User.objects.get(pk=hand_to, kind=UserKind.STAFF)
    if to.pk == user.pk or not duty.may_own(to):
        raise IllegalMove("Choose a caseworker or a supervisor who works here.")
    alone = duty.left_without(user)
    if alone and not to.has_role(Role.SUPERVISOR):
        raise IllegalMove(f"{user.name} alone answers for team {alone[0].name}. Choose a supervisor to take over.")
    for team in alone:
        team_actions.answer_for(team=team, user=to, by=by, at=at)
    _end(user, at=at)
    Shift.objects.planned().filter(user=user, ends_at__gt=at).update(cancelled_at=at)
    said = {"person": user.pk, "name": user.name, "to": to.pk, "to_name": to.name}
    left = record(CaseEvent.STAFF_LEFT, case=None, by=by, at=at, subject=user, **said)
    outbox.put(
        HAND_OVER,
        case=None,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=f"{HAND_OVER}:{left.pk}",
        subject_id=user.pk,
        payload={"person": str(user.pk), "to": str(to.pk), "by": str(by.id or "")},
    )
    return user


@transaction.atomic
def change_roles(*, user_id: UUID, roles: list[Role], by: Actor, at: datetime) -> User:
    """Give a person other roles; they sign in again. Nobody changes their own, and an administrator always remains.

    Raises IllegalMove for these, for no role at all, and for somebody who owns cases and no longer could.
    """
    user = User.objects.select_for_update().get(pk=user_id, kind=UserKind.STAFF)
    before, after = sorted(user.roles), sorted(set(roles))
    if user.pk == by.id:
        raise IllegalMove("Nobody changes their own roles. Ask another administrator.")
    if not after:
        raise IllegalMove("Choose at least one role.")
    if before == after:
        raise IllegalMove("These are the roles already.")
    loses_last = user.is_active and Role.ADMINISTRATOR in before and Role.ADMINISTRATOR not in after
    if loses_last and administrators() < 2:
        raise IllegalMove("This is the only administrator. Invite another one first.")
    if not set(after) & set(duty.OWNING_ROLES) and duty.workload(user.pk).cases:
        raise IllegalMove(f"{user.name} owns cases. Let a colleague take them over first.")
    alone = duty.left_without(user) if Role.SUPERVISOR not in after else []
    if alone:
        raise IllegalMove(f"{user.name} alone answers for team {alone[0].name}. Let another supervisor answer first.")
    user.roles = after
    user.save(update_fields=["roles"])
    sessions.end_all(user)
    team = duty.only_team()
    if team is not None and user.is_active:
        team_actions.take_in(user=user, by=by, at=at)
    said = {"person": user.pk, "name": user.name, "before": before, "after": after}
    record(CaseEvent.ROLES_CHANGED, case=None, by=by, at=at, subject=user, **said)
    return user
