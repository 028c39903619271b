"""Signing in: tries are slowed by place, places that were well are known again, refusals are in the record."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases import doors, outbox, places
from cases.actions import door_try
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, KnownPlace, User, UserKind
from cases.places import Place

DOOR = Actor.system("sign-in")


def _counted(step: str, who: str, place: Place, *, at: datetime) -> list[tuple[bytes, doors.Limit]]:
    asked = [places.device_key(who, place), places.source_key(who, place)]
    fresh = KnownPlace.objects.filter(key_hash__in=asked, last_at__gt=at - places.KNOWN_FOR)
    known = {bytes(key) for key in fresh.values_list("key_hash", flat=True)}
    return places.counters(step, who, place, known=known)


def count_try(*, step: str, who: str, place: Place, at: datetime) -> None:
    """Count one try before it is checked; raise door_try.Slowed when this place must wait.

    `who` is what was typed, whether or not such an account exists: both are counted alike.
    """
    door_try.count(counted=_counted(step, who, place, at=at), door="staff", at=at)


def forgive(*, step: str, who: str, place: Place, at: datetime) -> None:
    """Forget the tries of this account and place after a right one."""
    door_try.forgive(counted=_counted(step, who, place, at=at), shared=places.SOURCE)


def count_letter(*, who: str, place: Place, at: datetime) -> bool:
    """Count one wish for a new password; False when no more letters go out for now."""
    try:
        door_try.count(counted=places.letter_counters(who, place), door="letter", at=at)
    except door_try.Slowed:
        return False
    return True


@transaction.atomic
def came_in(*, user: User, place: Place, session: str, at: datetime) -> None:
    """Record that somebody is in with every factor that was asked, and know this place again."""
    record(CaseEvent.SIGNED_IN, case=None, by=Actor.user(user), at=at, subject=user, session=session)
    who = user.email or ""
    seen = [places.source_key(who, place)] + ([places.device_key(who, place)] if place.device else [])
    KnownPlace.objects.filter(last_at__lt=at - places.KNOWN_FOR).delete()
    rows = [KnownPlace(key_hash=key, last_at=at) for key in seen]
    KnownPlace.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key_hash"], update_fields=["last_at"])


def refuse_password(*, typed: str, session: str, at: datetime) -> None:
    """Record a refused password. What was typed is not kept: only whose account it was, where there is one."""
    user = User.objects.filter(kind=UserKind.STAFF, email__iexact=typed).first() if typed else None
    record(CaseEvent.SIGN_IN_FAILED, case=None, by=DOOR, at=at, subject=user, step="password", session=session)


def refuse_factor(*, user: User, factor: str, session: str, at: datetime) -> None:
    """Record a wrong code or passkey after the right password."""
    record(CaseEvent.SIGN_IN_FAILED, case=None, by=DOOR, at=at, subject=user, step=factor, session=session)


def refuse_confirmation(*, user: User, step: str, session: str, at: datetime) -> None:
    """Record that somebody who is in could not confirm who they are."""
    actor = Actor.user(user)
    record(CaseEvent.STEP_UP_REFUSED, case=None, by=actor, at=at, subject=user, step=step, session=session)


@transaction.atomic
def send_letter(*, user_id: UUID, to: str, subject: str, text: str, dedupe_key: str, at: datetime) -> None:
    """Put a letter to one member of staff about their own sign-in into the outbox."""
    outbox.put(
        "staff.mail",
        case=None,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=dedupe_key,
        subject_id=user_id,
        payload={"to": to, "subject": subject, "text": text},
    )
