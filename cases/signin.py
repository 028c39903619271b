"""Who tried to sign in: the one place that hears a signal, because a wrong second factor is told nowhere else."""

from typing import Any

from allauth.mfa.signals import authentication_failed
from django.http import HttpRequest
from django.utils import timezone

from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import User, UserKind

DOOR = Actor.system("sign-in")


def password_refused(email: str) -> None:
    """Record a refused password. What was typed is not kept: only whose account it was, where there is one."""
    user = User.objects.filter(kind=UserKind.STAFF, email__iexact=email).first() if email else None
    record(CaseEvent.SIGN_IN_FAILED, case=None, by=DOOR, at=timezone.now(), subject=user, step="password")


def signed_in(user: User) -> None:
    """Record that somebody is in, with every factor that was asked."""
    record(CaseEvent.SIGNED_IN, case=None, by=Actor.user(user), at=timezone.now(), subject=user)


def second_factor_refused(sender: type, request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    """Record a wrong code or passkey after the right password."""
    record(
        CaseEvent.SIGN_IN_FAILED,
        case=None,
        by=DOOR,
        at=timezone.now(),
        subject=user,
        step=str(authenticator.type),
    )


def listen() -> None:
    """Hear of wrong second factors; called once, when the app is ready."""
    authentication_failed.connect(second_factor_refused, dispatch_uid="cases.signin")
