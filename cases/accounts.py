"""How allauth is used: for staff only, without sign-up, with secrets of second factors sealed."""

import base64
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases import keys, signin
from cases.http import has_second_factor
from cases.models import User

_BOUND_TO = b"recourse/second-factor/1"


class AccountAdapter(DefaultAccountAdapter):
    """Staff accounts come by invitation; nobody signs up."""

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
        """Sign in, keep the sign-in before in mind, and record this one."""
        before = user.last_login
        super().login(request, user)
        signin.signed_in(user)
        if before is not None:
            said = date_format(timezone.localtime(before), "l j F, H:i")
            messages.info(request, _("You were last signed in on %(when)s.") % {"when": said})

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Let a person who has just typed their password set up their first second factor without typing it again."""
        response: HttpResponse = super().post_login(request, user, **more)
        methods = [entry["method"] for entry in get_authentication_records(request, user)]
        if methods == ["password"] and not has_second_factor(user):
            reauthenticate_by_password(request)
            return HttpResponseRedirect(reverse("mfa_index"))
        return response

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Write to staff only; whoever asks sees the same page."""
        if not user.is_client and user.is_active:
            super().send_password_reset_mail(user, email, context)

    def set_password(self, user: Any, password: str) -> None:
        """Never give a client's account a password."""
        if user.is_client:
            raise PermissionDenied
        super().set_password(user, password)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a refused password."""
        signin.password_refused(str(credentials.get("email", "")))

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of our own."""
        return bool(url and url.startswith("/") and not url.startswith("//"))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address, counting only the proxies that are ours."""
        from django.conf import settings

        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if settings.PROXIES and len(forwarded) >= settings.PROXIES:
            return forwarded[-settings.PROXIES]
        return str(request.META.get("REMOTE_ADDR", ""))


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
