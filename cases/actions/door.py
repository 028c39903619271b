"""The portal's door: invite, let in, give a code and PIN, slow down, close."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from cases import doors, keys
from cases.access import acting_as
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Case,
    Door,
    DoorKind,
    DoorTry,
    Event,
    Membership,
    MembershipRole,
    Report,
    Session,
    User,
    UserKind,
)
from cases.states import IdentityCheck, IllegalMove


class Slowed(Exception):
    """Too many tries: this long to wait. Raised alike for codes that exist and codes that do not."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"Wait {int(wait.total_seconds())} seconds.")
        self.wait = wait


@dataclass(frozen=True)
class Invitation:
    """An invitation as it is shown once; only its hash is kept."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class StarterCode:
    """A code and PIN that staff read out once; the client replaces both at the first opening."""

    code: str
    pin: str
    expires_at: datetime


def client_of(case_id: UUID) -> User | None:
    """Return the account of a case's client, where there is one."""
    held = Membership.objects.current().filter(case_id=case_id, role=MembershipRole.CLIENT)
    row = held.select_related("user").first()
    return row.user if row is not None else None


def _client_account(case: Case, *, at: datetime) -> User:
    user = client_of(case.pk)
    if user is None:
        user = User.objects.make_client(language=case.language)
        Membership.objects.create(case_id=case.pk, user=user, role=MembershipRole.CLIENT, reason="invited", since=at)
    return user


def _revoke(case_id: UUID, *kinds: DoorKind, at: datetime) -> int:
    return Door.objects.filter(case_id=case_id, kind__in=kinds, revoked_at=None).update(revoked_at=at)


@transaction.atomic
def invite(*, case_id: UUID, by: Actor, at: datetime) -> Invitation:
    """Make an invitation for a case's client: 256 bits, one use, 7 days. An older unused one stops working."""
    case = lock(case_id)
    if case.is_age_locked:
        raise IllegalMove("This case is locked for age: nobody is invited to it.")
    user = _client_account(case, at=at)
    _revoke(case.pk, DoorKind.CLIENT_INVITATION, at=at)
    token = secrets.token_urlsafe(32)
    door = Door.objects.create(
        kind=DoorKind.CLIENT_INVITATION,
        token_hash=keys.token_hash(token),
        case_id=case.pk,
        user_id=user.pk,
        created_at=at,
        expires_at=at + doors.INVITATION_LASTS,
        max_uses=1,
    )
    record(CaseEvent.CLIENT_INVITED, case=case, by=by, at=at, subject=door, how="link", expires_at=door.expires_at)
    return Invitation(token, at + doors.INVITATION_LASTS)


def spend_invitation(*, token: str, at: datetime) -> User | None:
    """Use an invitation up and return its client; None when it was used, revoked or is too old.

    However many come at once, one is let in: the row counts its uses in one statement.
    """
    fresh = Door.objects.usable(at=at).filter(kind=DoorKind.CLIENT_INVITATION, token_hash=keys.token_hash(token))
    door = fresh.first()
    user = _client(door)
    if door is None or user is None:
        return None
    actor = Actor.client(user)
    with acting_as(actor):
        case = Case.objects.visible_to(actor).filter(pk=door.case_id).first()
        if case is None or Door.objects.usable(at=at).filter(pk=door.pk).update(uses=F("uses") + 1) != 1:
            return None
        _came_in(case.pk, how="invitation", by=actor, at=at)
    return user


def _client(door: Door | None) -> User | None:
    if door is None or door.user_id is None:
        return None
    user = User.objects.filter(pk=door.user_id, is_active=True).first()
    return user if user is not None and user.is_client else None


def _came_in(case_id: UUID, *, how: str, by: Actor, at: datetime) -> None:
    case = lock(case_id)
    made = not Report.objects.filter(case=case).exists()
    if made:
        Report.objects.create(case=case, started_at=at, saved_at=at)
    record(CaseEvent.CLIENT_CAME_IN, case=case, by=by, at=at, how=how, first=made)


@lru_cache(maxsize=1)
def _no_pin() -> str:
    return make_password(secrets.token_urlsafe(12))


def try_code(*, code: str, pin: str, source: str, at: datetime) -> User | None:
    """Return the client whose code and PIN these are, else None; raise Slowed after too many tries.

    The try is counted before it is checked, so that many at once cannot slip through, and costs the same work
    whether the code exists or not.
    """
    counted = doors.try_keys(code, source)
    _count([key for key, _limit in counted], counted, at=at)
    door = Door.objects.usable(at=at).filter(kind=DoorKind.ACCESS_CODE, token_hash__in=doors.code_hashes(code)).first()
    right = check_password(doors.tidy_pin(pin), door.secret_hash if door is not None else _no_pin())
    user = _client(door)
    if door is None or user is None or not right:
        return None
    actor = Actor.client(user)
    with acting_as(actor):
        if not Case.objects.visible_to(actor).filter(pk=door.case_id).exists():
            return None
        _forgive(counted)
        Door.objects.filter(pk=door.pk).update(uses=F("uses") + 1)
        assert door.case_id is not None
        _came_in(door.case_id, how="code", by=actor, at=at)
    return user


@transaction.atomic
def _count(hashes: Sequence[bytes], counted: Sequence[tuple[bytes, doors.Limit]], *, at: datetime) -> None:
    """Count one try on each counter, or raise Slowed when one of them must wait."""
    DoorTry.objects.filter(last_at__lt=at - doors.TRIES_KEPT).delete()
    DoorTry.objects.bulk_create([DoorTry(key_hash=key, last_at=at) for key in hashes], ignore_conflicts=True)
    # Always in the same order: two tries that share counters never wait for each other crosswise.
    rows = {
        bytes(row.key_hash): row
        for row in DoorTry.objects.filter(key_hash__in=hashes).order_by("key_hash").select_for_update()
    }
    wait = doors.longest_wait((row.slowed_until for row in rows.values()), at=at)
    if wait:
        raise Slowed(wait)
    for key, limit in counted:
        row = rows[key]
        row.tries = (0 if at - row.last_at > doors.QUIET_RESETS else row.tries) + 1
        pause = limit.wait_after(row.tries)
        row.slowed_until = at + pause if pause else None
        row.last_at = at
        row.save(update_fields=["tries", "slowed_until", "last_at"])
        if row.tries == limit.free:
            record(CaseEvent.DOOR_REFUSED, case=None, by=Actor.system("door"), at=at, door="portal", tries=row.tries)


def _forgive(counted: Sequence[tuple[bytes, doors.Limit]]) -> None:
    """Forget the tries on this code; the source keeps its other tries, or one right code would free all guesses."""
    shared = [key for key, limit in counted if limit is doors.SOURCE]
    DoorTry.objects.filter(key_hash__in=[key for key, _limit in counted if key not in shared]).delete()
    DoorTry.objects.filter(key_hash__in=shared, tries__gt=0).update(tries=F("tries") - 1)


def has_own_code(case_id: UUID, *, at: datetime) -> bool:
    """Whether the client has chosen a PIN of their own (a code read out by staff has a last day)."""
    own = Door.objects.usable(at=at).filter(kind=DoorKind.ACCESS_CODE, case_id=case_id, expires_at=None)
    return own.exists()


def pin_is_right(*, case_id: UUID, pin: str, at: datetime) -> bool:
    """Whether this is the PIN that belongs to a case's present code."""
    held = Door.objects.usable(at=at).filter(kind=DoorKind.ACCESS_CODE, case_id=case_id).order_by("-created_at").first()
    return held is not None and check_password(doors.tidy_pin(pin), held.secret_hash)


@transaction.atomic
def save_pin(*, case_id: UUID, code: str, pin: str, by: Actor, at: datetime) -> Door:
    """Keep a client's code and PIN as hashes; the code and PIN before stop working."""
    case = lock(case_id)
    problem = doors.pin_problem(doors.tidy_pin(pin))
    if problem is not None:
        raise IllegalMove(problem)
    _revoke(case.pk, DoorKind.ACCESS_CODE, at=at)
    door = _code_door(case.pk, code=code, pin=pin, user_id=by.id, at=at)
    record(CaseEvent.CLIENT_CODE_MADE, case=case, by=by, at=at, subject=door, how="client", checked="")
    return door


def _code_door(
    case_id: UUID, *, code: str, pin: str, user_id: UUID | None, at: datetime, expires_at: datetime | None = None
) -> Door:
    return Door.objects.create(
        kind=DoorKind.ACCESS_CODE,
        token_hash=doors.code_hashes(code)[0],
        secret_hash=make_password(doors.tidy_pin(pin)),
        case_id=case_id,
        user_id=user_id,
        created_at=at,
        expires_at=expires_at,
    )


@transaction.atomic
def give_code(*, case_id: UUID, checked: IdentityCheck, remark: str, by: Actor, at: datetime) -> StarterCode:
    """Make a code and a first PIN for staff to read out, after a recorded check of who asks.

    The code before stops working and open sessions end. The client replaces both at the first opening.
    """
    case = lock(case_id)
    if case.is_age_locked:
        raise IllegalMove("This case is locked for age: nobody is let into it.")
    user = _client_account(case, at=at)
    _revoke(case.pk, DoorKind.ACCESS_CODE, at=at)
    Session.objects.filter(user_id=user.pk).delete()
    code, pin, expires_at = doors.make_code(), doors.make_pin(), at + doors.STARTER_LASTS
    door = _code_door(case.pk, code=code, pin=pin, user_id=user.pk, at=at, expires_at=expires_at)
    record(
        CaseEvent.CLIENT_CODE_MADE, case=case, by=by, at=at, subject=door, how="staff", checked=checked, remark=remark
    )
    return StarterCode(code, pin, expires_at)


@transaction.atomic
def close(*, case_id: UUID, by: Actor, at: datetime) -> int:
    """Close a client's door now: every invitation and code stops working, and open pages end. Return how many."""
    case = lock(case_id)
    ended = _revoke(case.pk, DoorKind.CLIENT_INVITATION, DoorKind.ACCESS_CODE, at=at)
    user = client_of(case.pk)
    if user is not None:
        ended += Session.objects.filter(user_id=user.pk).delete()[0]
    record(CaseEvent.CLIENT_DOOR_CLOSED, case=case, by=by, at=at, ended=ended)
    return ended


def remember_language(*, user_id: UUID, language: str) -> None:
    """Keep the language a client reads in, for their next opening; it says nothing about a case and is no event."""
    User.objects.filter(pk=user_id, kind=UserKind.CLIENT).update(language=language)


def openings(case_id: UUID) -> list[Event]:
    """Return when the client came in, newest first, as staff see it."""
    found = Event.objects.filter(case_id=case_id, kind=CaseEvent.CLIENT_CAME_IN)
    return list(found.newest_first()[:5])
