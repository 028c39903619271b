"""Small typed makers of people and cases, through the real actions."""

from datetime import datetime
from uuid import uuid4

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, User
from cases.permissions import Role
from cases.states import AgeAnswer
from tests.conftest import NOON


def make_staff(*, roles: list[Role] | None = None, name: str = "Amira K.", with_factor: bool = True) -> User:
    """Make a member of staff who has a second factor, unless told otherwise."""
    email = f"{uuid4().hex[:12]}@casework.example"
    user = User.objects.make_staff(
        email=email, name=name, roles=roles or [Role.CASEWORKER], password="a-long-password-1"
    )
    if with_factor:
        give_factor(user)
    return user


def give_factor(user: User) -> str:
    """Give a member of staff a TOTP factor; return its seed."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    seed: str = generate_totp_secret()
    TOTP.activate(user, seed)
    return seed


def make_client() -> User:
    """Make a client's account."""
    return User.objects.make_client()


def make_case(
    *,
    owner: User | None = None,
    client: User | None = None,
    at: datetime = NOON,
    age: AgeAnswer | None = AgeAnswer.ADULT,
) -> Case:
    """Make a case with its owner (and client), adults only unless told otherwise."""
    owner = owner or make_staff()
    actor = Actor.user(owner)
    with acting_as(actor):
        case = case_actions.open_case(by=actor, at=at, owner=owner, client=client)
        if age is not None:
            case = case_actions.answer_age(case_id=case.pk, answer=age, said_by="client", by=actor, at=at)
    return case
