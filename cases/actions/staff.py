"""Staff come by invitation: invite, join once, end access at once."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F

from cases import keys
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Door, DoorKind, Session, User, UserKind
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
    user = User.objects.select_for_update().get(pk=user_id, kind=UserKind.STAFF)
    if user.pk == by.id:
        raise IllegalMove("You cannot end your own access.")
    if user.is_active and Role.ADMINISTRATOR in user.roles and administrators() < 2:
        raise IllegalMove("This is the only administrator. Invite another one first.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    Session.objects.filter(user=user).delete()
    Door.objects.filter(kind=DoorKind.STAFF_INVITATION, user_id=user.pk, revoked_at=None).update(revoked_at=at)
    record(CaseEvent.ACCESS_ENDED, case=None, by=by, at=at, subject=user)
    return user
