"""How allauth is used: for staff only, without sign-up, with secrets of second factors sealed."""

import base64
import os
import secrets
from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from cases import keys, places, signin
from cases.actions import sign_in
from cases.actions.door_try import Slowed
from cases.devices import device_of
from cases.http import has_second_factor
from cases.models import User
from cases.sessions import mark_of

_BOUND_TO = b"recourse/second-factor/1"
WAYS = ("mfa_reauthenticate:webauthn", "mfa_reauthenticate", "reauthenticate")
"""Ways to confirm who one is, the quickest and safest first."""


class AccountAdapter(DefaultAccountAdapter):
    """Staff accounts come by invitation; nobody signs up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": gettext_lazy(
            "Too many tries from here. Wait some minutes, or sign in with a passkey."
        ),
        "incorrect_password": gettext_lazy("That is not the password of this account."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead a person to their first page."""
        return reverse("home")

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse | None:
        """Refuse everybody but active staff, by whatever flow they came: password, reset, code or passkey."""
        if user.is_client or not user.is_active:
            clear_login(request)
            return self.respond_user_inactive(request, user)
        return None

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in under a new session id, keep the sign-in before in mind, and record this one."""
        before = user.last_login
        super().login(request, user)
        request.session["device"] = device_of(request.headers.get("User-Agent", ""))
        place = signin.place_of(request)
        if not place.device:
            request.COOKIES[signin.DEVICE_COOKIE] = secrets.token_urlsafe(places.DEVICE_BYTES)
            place = signin.place_of(request)
        sign_in.came_in(user=user, place=place, session=mark_of(request), at=timezone.now())
        if before is not None:
            said = date_format(timezone.localtime(before), "l j F, H:i")
            messages.info(request, _("You were last signed in on %(when)s.") % {"when": said})

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Let a person who has just typed their password set up their first second factor without typing it again."""
        response: HttpResponse = super().post_login(request, user, **more)
        methods = [entry["method"] for entry in get_authentication_records(request, user)]
        if methods == ["password"] and not has_second_factor(user):
            reauthenticate_by_password(request)
            response = HttpResponseRedirect(reverse("mfa_index"))
        response.set_cookie(
            signin.DEVICE_COOKIE,
            request.COOKIES.get(signin.DEVICE_COOKIE, ""),
            max_age=places.KNOWN_FOR,
            path="/accounts/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at; refuse it unread when this place must wait."""
        try:
            sign_in.count_try(step="password", **self._try(request, credentials))
        except Slowed:
            raise self.validation_error("too_many_login_attempts") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Check e-mail and password; a right one frees the tries of this place."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            sign_in.forgive(step="password", **self._try(request, credentials))
        return user

    def _try(self, request: HttpRequest, credentials: dict[str, Any]) -> dict[str, Any]:
        return {
            "who": str(credentials.get("email", "")),
            "place": signin.place_of(request),
            "at": timezone.now(),
        }

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a refused password: of somebody at the door, or of somebody who is in and should confirm."""
        now, session = timezone.now(), mark_of(request)
        if request.user.is_authenticated:
            sign_in.refuse_confirmation(user=request.user, step="password", session=session, at=now)
        else:
            sign_in.refuse_password(typed=str(credentials.get("email", "")), session=session, at=now)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Check the password of the person who is in, slowed like any other try."""
        from allauth.core import context

        found = self.authenticate(context.request, email=user.email, password=password)
        return bool(found is not None and found.pk == user.pk)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to confirm who one is; the first is where a person is led."""
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code from your app"),
            "mfa_reauthenticate:webauthn": _("Use a passkey or security key"),
        }
        ways = [{**way, "description": words[way["id"]]} for way in super().get_reauthentication_methods(user)]
        return sorted(ways, key=lambda way: WAYS.index(way["id"]))

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Put a letter to a member of staff into the outbox; whoever asks sees the same page and waits as long."""
        if user.is_client or not user.is_active:
            return
        with override(user.language):
            lines = [
                _("Somebody asked for a new password for your account here."),
                _("This link works once, for one hour:"),
                str(context["password_reset_url"]),
                "",
                _("If it was not you, there is nothing to do: nobody can see this link but you."),
            ]
            sign_in.send_letter(
                user_id=user.pk,
                to=user.email,
                subject=_("Your new password"),
                text="\n".join(lines),
                dedupe_key=f"password:{user.pk}:{uuid4()}",
                at=timezone.now(),
            )

    def set_password(self, user: Any, password: str) -> None:
        """Never give a client's account a password."""
        if user.is_client:
            raise PermissionDenied
        super().set_password(user, password)

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of our own."""
        return bool(url and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address, counting only the proxies that are ours."""
        return signin.address_of(request)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are sealed under the system key."""

    def encrypt(self, text: str) -> str:
        """Seal a TOTP or recovery seed."""
        nonce = os.urandom(keys.NONCE_BYTES)
        sealed = AESGCM(keys.case_key(keys.SYSTEM_CHAIN)).encrypt(nonce, text.encode(), _BOUND_TO)
        return base64.b64encode(nonce + sealed).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Open a TOTP or recovery seed."""
        blob = base64.b64decode(encrypted_text)
        key = AESGCM(keys.case_key(keys.SYSTEM_CHAIN))
        return key.decrypt(blob[: keys.NONCE_BYTES], blob[keys.NONCE_BYTES :], _BOUND_TO).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Name this site in passkey prompts without naming what it is for."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Casework"}

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Keep at least one second factor, so that nobody is left without."""
        from allauth.mfa.models import Authenticator

        kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        others = Authenticator.objects.filter(user=authenticator.user, type__in=kinds).exclude(pk=authenticator.pk)
        return authenticator.type == Authenticator.Type.RECOVERY_CODES or others.exists()


def invited_name(user: User) -> str:
    """Return how an invited person is greeted."""
    return user.name or (user.email or "")
