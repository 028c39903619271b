"""How allauth is used: for staff only, without sign-up, with secrets of second factors sealed."""

import base64
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.http import HttpRequest
from django.urls import reverse

from cases import keys
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
