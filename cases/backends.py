"""Who a session belongs to: staff through allauth, clients through their own door, never one through the other's."""

from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from cases.models import User, UserKind


def _find(user_id: Any, kind: UserKind) -> User | None:
    try:
        number = UUID(str(user_id))
    except ValueError:
        return None
    return User.objects.filter(pk=number, kind=kind, is_active=True).first()


class StaffBackend(AuthenticationBackend):
    """allauth's e-mail and password, for active staff only."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Refuse clients and people who have left."""
        return isinstance(user, User) and user.is_active and not user.is_client

    def get_user(self, user_id: Any) -> User | None:
        """Return an active member of staff."""
        return _find(user_id, UserKind.STAFF)


class ClientBackend(BaseBackend):
    """Clients: signed in by the portal's door after code and PIN, never by a password form."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody signs in here; the door calls `login` itself."""
        return

    def get_user(self, user_id: Any) -> User | None:
        """Return an active client."""
        return _find(user_id, UserKind.CLIENT)
