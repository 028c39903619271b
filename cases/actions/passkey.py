"""A client's passkey: add one, come in with one, take one away. Browsers' answers are checked in cases/passkeys.py."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases import passkeys
from cases.access import acting_as
from cases.actions import door
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Passkey, User
from cases.states import IllegalMove

MOST = 5


@transaction.atomic
def add(*, case_id: UUID, user: User, made: passkeys.Made, by: Actor, at: datetime) -> Passkey:
    """Keep a checked credential. At most five for one client: more would be somebody else's."""
    case = lock(case_id)
    if Passkey.objects.filter(user=user).count() >= MOST:
        raise IllegalMove("There are five passkeys already. Take one away first.")
    row = Passkey(
        user=user, credential_hash=passkeys.hash_of(made.credential_id), sign_count=made.sign_count, made_at=at
    )
    row.credential = made.credential
    row.save(force_insert=True)
    record(CaseEvent.PASSKEY_ADDED, case=case, by=by, at=at, subject=row)
    return row


@transaction.atomic
def remove(*, case_id: UUID, user: User, passkey_id: UUID, by: Actor, at: datetime) -> int:
    """Take one passkey away; return how many there were to take (0 or 1)."""
    case = lock(case_id)
    gone = int(Passkey.objects.filter(user=user, pk=passkey_id).delete()[0])
    if gone:
        record(CaseEvent.PASSKEY_REMOVED, case=case, by=by, at=at, ended=gone)
    return gone


def come_in(*, answer: str, state: passkeys.State, at: datetime) -> User | None:
    """Return the client whose passkey answered the challenge, or None. It stands for code and PIN together."""
    shown = passkeys.shown_id(answer)
    row = Passkey.objects.select_related("user").filter(credential_hash=passkeys.hash_of(shown)).first()
    if row is None or not row.user.is_active or not row.user.is_client:
        return None
    count = passkeys.checked(answer, state=state, credential=row.credential)
    # A counter that stands still or runs backwards is a copied key; those that count nothing always say 0.
    if count is None or (row.sign_count and count <= row.sign_count):
        return None
    actor = Actor.client(row.user)
    with acting_as(actor):
        case = Case.objects.visible_to(actor).order_by("-opened_at").first()
        if case is None:
            return None
        Passkey.objects.filter(pk=row.pk).update(sign_count=count, used_at=at)
        door.came_in(case_id=case.pk, how="passkey", is_first_use=row.used_at is None, by=actor, at=at)
    return row.user
