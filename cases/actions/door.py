"""The portal's door: invite, let in, give a code and PIN, slow down, close."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, QuerySet

from cases import doors, keys
from cases.access import acting_as
from cases.actions import case_task, door_try
from cases.actions.case import lock
from cases.actions.door_try import Slowed as Slowed
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Case,
    Door,
    DoorKind,
    Event,
    KnownPlace,
    Membership,
    MembershipRole,
    Passkey,
    Report,
    Session,
    User,
    UserKind,
)
from cases.states import IdentityCheck, IllegalMove, PortalUse

FIRST_OPENING = "first_opening"
SEEN_WITHIN = timedelta(hours=24)
"""How soon a caseworker looks whether a first opening was their client's (house rule)."""


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


def _refuse_without_page(case: Case) -> None:
    if case.portal_use == PortalUse.NONE:
        raise IllegalMove("The client wants no page. Ask them first, then change it on the client page.")


def _revoke(case_id: UUID, *kinds: DoorKind, at: datetime) -> int:
    return Door.objects.filter(case_id=case_id, kind__in=kinds, revoked_at=None).update(revoked_at=at)


@transaction.atomic
def invite(*, case_id: UUID, by: Actor, at: datetime) -> Invitation:
    """Make an invitation for a case's client: 256 bits, one use, 7 days. An older unused one stops working."""
    case = lock(case_id)
    if case.is_age_locked:
        raise IllegalMove("This case is locked for age: nobody is invited to it.")
    _refuse_without_page(case)
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
        came_in(case_id=case.pk, how="invitation", is_first_use=True, by=actor, at=at)
    return user


def _client(door: Door | None) -> User | None:
    if door is None or door.user_id is None:
        return None
    user = User.objects.filter(pk=door.user_id, is_active=True).first()
    return user if user is not None and user.is_client else None


def came_in(*, case_id: UUID, how: str, is_first_use: bool, by: Actor, at: datetime) -> None:
    """Record that a client came in. The first use of each way in is shown to the caseworker: was it really them?"""
    case = lock(case_id)
    made = not Report.objects.filter(case=case).exists()
    if made:
        Report.objects.create(case=case, started_at=at, saved_at=at)
    record(CaseEvent.CLIENT_CAME_IN, case=case, by=by, at=at, how=how, first=made, first_use=is_first_use)
    if is_first_use:
        case_task.create(
            case=case,
            kind=FIRST_OPENING,
            due_at=at + SEEN_WITHIN,
            path=f"/cases/{case.reference}/client",
            dedupe_key=FIRST_OPENING,
            facts={"how": how},
            by=by,
            at=at,
        )


@lru_cache(maxsize=1)
def _no_pin() -> str:
    return make_password(secrets.token_urlsafe(12))


def _counted(code: str, source: str, *, at: datetime) -> list[tuple[bytes, doors.Limit]]:
    """Return the counters of one try. Who came in from here before is not kept out by tries from elsewhere."""
    counted = doors.try_keys(code, source)
    place = doors.place_key(code, source)
    known = KnownPlace.objects.filter(key_hash=place, last_at__gt=at - doors.KNOWN_FOR).exists()
    return [(key, limit) for key, limit in counted if not (known and limit is doors.CODE)]


def _remember_place(code: str, source: str, *, at: datetime) -> None:
    row = KnownPlace(key_hash=doors.place_key(code, source), last_at=at)
    KnownPlace.objects.bulk_create([row], update_conflicts=True, update_fields=["last_at"], unique_fields=["key_hash"])


def try_code(*, code: str, pin: str, source: str, at: datetime) -> User | None:
    """Return the client whose code and PIN these are, else None; raise Slowed after too many tries.

    The try is counted before it is checked, so that many at once cannot slip through, and costs the same work
    whether the code exists or not.
    """
    counted = _counted(code, source, at=at)
    door_try.count(counted=counted, door="portal", at=at)
    nobodys = _no_pin()
    door = Door.objects.usable(at=at).filter(kind=DoorKind.ACCESS_CODE, token_hash__in=doors.code_hashes(code)).first()
    right = check_password(doors.tidy_pin(pin), door.secret_hash if door is not None else nobodys)
    if door is None or not right:
        return None
    user = _client(door)
    if user is None:
        return None
    actor = Actor.client(user)
    with acting_as(actor):
        if not Case.objects.visible_to(actor).filter(pk=door.case_id).exists():
            return None
        door_try.forgive(counted=counted, shared=doors.SOURCE)
        _remember_place(code, source, at=at)
        Door.objects.filter(pk=door.pk).update(uses=F("uses") + 1)
        assert door.case_id is not None
        # The code that a client chose while they were inside was theirs from the start.
        is_first_use = door.uses == 0 and door.expires_at is not None
        came_in(case_id=door.case_id, how="code", is_first_use=is_first_use, by=actor, at=at)
    return user


def has_own_code(case_id: UUID, *, at: datetime) -> bool:
    """Whether the client has chosen a PIN of their own (a code read out by staff has a last day)."""
    own = Door.objects.usable(at=at).filter(kind=DoorKind.ACCESS_CODE, case_id=case_id, expires_at=None)
    return own.exists()


def pin_is_right(*, case_id: UUID, pin: str, at: datetime) -> bool:
    """Whether this is the PIN that belongs to a case's present code; raise Slowed after too many tries.

    Asked on a page that is open already: whoever picked that phone up must not guess there without end.
    """
    counter = keys.blind_index("door-open", str(case_id))[1]
    door_try.count(counted=[(counter, doors.PAIR)], door="portal", at=at)
    held = Door.objects.usable(at=at).filter(kind=DoorKind.ACCESS_CODE, case_id=case_id).order_by("-created_at").first()
    right = held is not None and check_password(doors.tidy_pin(pin), held.secret_hash)
    if right:
        door_try.forgive(counted=[(counter, doors.PAIR)], shared=doors.SOURCE)
    return right


@transaction.atomic
def save_pin(*, case_id: UUID, code: str, pin: str, by: Actor, at: datetime, session_key: str = "") -> Door:
    """Keep a client's code and PIN as hashes; the code and PIN before stop working, and every other visit ends.

    `session_key` is the visit in which they are chosen: it goes on.
    """
    case = lock(case_id)
    problem = doors.pin_problem(doors.tidy_pin(pin))
    if problem is not None:
        raise IllegalMove(problem)
    _revoke(case.pk, DoorKind.ACCESS_CODE, at=at)
    door = _code_door(case.pk, code=code, pin=pin, user_id=by.id, at=at)
    _other_visits(by, session_key).delete()
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
    _refuse_without_page(case)
    user = _client_account(case, at=at)
    _revoke(case.pk, DoorKind.ACCESS_CODE, at=at)
    _end_visits(user)
    code, pin, expires_at = doors.make_code(), doors.make_pin(), at + doors.STARTER_LASTS
    door = _code_door(case.pk, code=code, pin=pin, user_id=user.pk, at=at, expires_at=expires_at)
    record(
        CaseEvent.CLIENT_CODE_MADE, case=case, by=by, at=at, subject=door, how="staff", checked=checked, remark=remark
    )
    return StarterCode(code, pin, expires_at)


def _end_visits(user: User) -> int:
    """End open pages and passkeys of a client's account."""
    return int(Session.objects.filter(user_id=user.pk).delete()[0] + Passkey.objects.filter(user=user).delete()[0])


def _other_visits(by: Actor, session_key: str) -> QuerySet[Session]:
    mine = Session.objects.filter(user_id=by.id) if by.id is not None else Session.objects.none()
    return mine.exclude(key_hash=keys.token_hash(session_key))


@transaction.atomic
def end_other_visits(*, case_id: UUID, session_key: str, by: Actor, at: datetime) -> int:
    """End every open page of a client but the one with this key; return how many."""
    case = lock(case_id)
    ended = int(_other_visits(by, session_key).delete()[0])
    record(CaseEvent.VISITS_ENDED, case=case, by=by, at=at, ended=ended)
    return ended


@transaction.atomic
def close(*, case_id: UUID, by: Actor, at: datetime) -> int:
    """Close a client's door now: every invitation and code stops working, and open pages end. Return how many."""
    case = lock(case_id)
    ended = _revoke(case.pk, DoorKind.CLIENT_INVITATION, DoorKind.ACCESS_CODE, at=at)
    user = client_of(case.pk)
    if user is not None:
        ended += _end_visits(user)
    record(CaseEvent.CLIENT_DOOR_CLOSED, case=case, by=by, at=at, ended=ended)
    return ended


def remember_language(*, user_id: UUID, language: str) -> None:
    """Keep the language a client reads in, for their next opening; it says nothing about a case and is no event."""
    User.objects.filter(pk=user_id, kind=UserKind.CLIENT).update(language=language)


def openings(case_id: UUID) -> list[Event]:
    """Return when the client came in, newest first, as staff see it."""
    found = Event.objects.filter(case_id=case_id, kind=CaseEvent.CLIENT_CAME_IN)
    return list(found.newest_first()[:5])
