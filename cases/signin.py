"""What allauth tells by signals only: wrong second factors, confirmations, changed factors and passwords.

The one place that hears signals, because these moments are told nowhere else.
"""

from typing import Any

from allauth.account.signals import authentication_step_completed, password_changed, password_reset
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from cases.actions import account, sign_in
from cases.actor import Actor
from cases.models import User
from cases.places import Place, make_place
from cases.sessions import mark_of

DEVICE_COOKIE = "place"


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address, counting only the proxies that are ours."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.PROXIES and len(forwarded) >= settings.PROXIES:
        return forwarded[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def place_of(request: HttpRequest) -> Place:
    """Return where a request comes from."""
    return make_place(address=address_of(request), device=request.COOKIES.get(DEVICE_COOKIE, ""))


def factor_refused(sender: type, request: HttpRequest, user: User, authenticator: Any, **more: Any) -> None:
    """Record a wrong code or passkey: after the right password, or of a person who is in and should confirm."""
    now, kind, session = timezone.now(), str(authenticator.type), mark_of(request)
    if more.get("reauthentication"):
        sign_in.refuse_confirmation(user=user, step=kind, session=session, at=now)
    else:
        sign_in.refuse_factor(user=user, factor=kind, session=session, at=now)


def confirmed(sender: type, request: HttpRequest, user: User, reauthenticated: bool = False, **_: Any) -> None:
    """Go on under a new session id when a person who is in confirmed who they are."""
    if reauthenticated and request.user.is_authenticated:
        request.session.cycle_key()


def _go_on(request: HttpRequest, user: User) -> str | None:
    """Give the acting person's session a new id and return it; None when somebody else, or nobody, is in."""
    if not request.user.is_authenticated or request.user.pk != user.pk:
        return None
    request.session.cycle_key()
    return request.session.session_key


def _factor_changed(change: str, request: HttpRequest, user: User, authenticator: Any) -> None:
    account.factor_changed(
        user=user,
        factor=str(authenticator.type),
        change=change,
        session=mark_of(request),
        keep_key=_go_on(request, user),
        by=Actor.user(user),
        at=timezone.now(),
    )


def factor_added(sender: type, request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    """Take note of a new second factor."""
    _factor_changed("added", request, user, authenticator)


def factor_removed(sender: type, request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    """Take note of a second factor that is gone."""
    _factor_changed("removed", request, user, authenticator)


def factor_made_anew(sender: type, request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    """Take note of new recovery codes."""
    _factor_changed("made_anew", request, user, authenticator)


def _new_password(how: str, request: HttpRequest, user: User) -> None:
    keep = _go_on(request, user) if how == "changed" else None
    account.password_changed(
        user=user, how=how, session=mark_of(request), keep_key=keep, by=Actor.user(user), at=timezone.now()
    )


def changed_password(sender: type, request: HttpRequest, user: User, **_: Any) -> None:
    """Take note of a password that its owner changed."""
    _new_password("changed", request, user)


def set_password_anew(sender: type, request: HttpRequest, user: User, **_: Any) -> None:
    """Take note of a password that was set by a letter; no session survives it."""
    _new_password("reset", request, user)


def listen() -> None:
    """Hear of these moments; called once, when the app is ready."""
    for signal, receiver in (
        (authentication_failed, factor_refused),
        (authentication_step_completed, confirmed),
        (authenticator_added, factor_added),
        (authenticator_removed, factor_removed),
        (authenticator_reset, factor_made_anew),
        (password_changed, changed_password),
        (password_reset, set_password_anew),
    ):
        signal.connect(receiver, dispatch_uid=f"cases.signin.{receiver.__name__}")
