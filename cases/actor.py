"""Who does something: the `by=` of every action, and the context that Postgres checks rows against."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db.models import TextChoices

from cases.permissions import Role

if TYPE_CHECKING:
    from cases.models import User


class ActorKind(TextChoices):
    """The kinds of actor that the record knows."""

    USER = "user", "Staff"
    CLIENT = "client", "Client"
    RECIPIENT = "recipient", "Recipient of a share"
    SYSTEM = "system", "Recourse"
    MAILBOX = "mailbox", "Mailbox"


@dataclass(frozen=True)
class Actor:
    """One actor. `id` is the stable pseudonym kept in events; `label` says which part of the system acted.

    `supervises` says that a person holds the role of supervisor; which cases that means is asked in the database.
    """

    kind: ActorKind
    id: UUID | None
    label: str = ""
    supervises: bool = False

    @classmethod
    def user(cls, user: "User") -> Self:
        """Return the actor for a signed-in member of staff."""
        return cls(ActorKind.USER, user.pk, supervises=user.is_active and Role.SUPERVISOR in user.roles)

    @classmethod
    def client(cls, user: "User") -> Self:
        """Return the actor for a client who came in by the portal's door."""
        return cls(ActorKind.CLIENT, user.pk)

    @classmethod
    def recipient(cls, door_id: UUID) -> Self:
        """Return the actor for somebody who opened a share."""
        return cls(ActorKind.RECIPIENT, door_id)

    @classmethod
    def system(cls, label: str) -> Self:
        """Return the actor for a part of Recourse that acts by itself, such as the re-check."""
        return cls(ActorKind.SYSTEM, None, label)

    @classmethod
    def of(cls, user: "User") -> Self:
        """Return the actor for a signed-in person, whichever door they used."""
        return cls.client(user) if user.is_client else cls.user(user)
