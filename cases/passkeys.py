"""The one module that knows Web Authentication for clients: what a browser is asked, and whether its answer is right.

A client's passkey lives on the portal's host, is found without a name (discoverable) and always asks for the phone's
own lock (user verification), so that it stands for code and PIN together. Staff passkeys are allauth's.
"""

import base64
import json
import os
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cases import keys

State = dict[str, Any]
"""What must come back with the answer: kept in the session, used once."""
LONGEST = 20_000
"""An answer of a browser is a few kilobytes."""


@dataclass(frozen=True)
class Made:
    """A credential that a browser made and that was checked."""

    credential_id: bytes
    credential: str
    sign_count: int


def _server() -> Fido2Server:
    host = settings.PORTAL_HOST.rsplit(":", 1)[0]
    origin = f"{settings.SCHEME}://{settings.PORTAL_HOST}"
    name = str(_(settings.PORTAL_NAME))
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name=name), verify_origin=lambda given: given == origin)


def hash_of(credential_id: bytes) -> bytes:
    """Return the hash under which a credential is found."""
    return keys.token_hash(base64.b64encode(credential_id).decode())


def ask_for_new() -> tuple[dict[str, Any], State]:
    """Return what the browser is asked to make, and the state to keep.

    The name in the phone's list of passkeys is the page's neutral one, and the handle is random: neither leads back.
    """
    name = str(_(settings.PORTAL_NAME))
    person = PublicKeyCredentialUserEntity(id=os.urandom(16), name=name, display_name=name)
    asked, state = _server().register_begin(
        person,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(asked), dict(state)


def made(answer: str, *, state: State) -> Made | None:
    """Return the credential that a browser made, or None when the answer is not one to this question."""
    try:
        found = _server().register_complete(state, RegistrationResponse.from_dict(_object(answer)))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    data = found.credential_data
    if data is None:
        return None
    return Made(bytes(data.credential_id), base64.b64encode(bytes(data)).decode(), found.counter)


def ask_to_come_in() -> tuple[dict[str, Any], State]:
    """Return what the browser is asked to sign, naming no credential, and the state to keep."""
    asked, state = _server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return dict(asked), dict(state)


def shown_id(answer: str) -> bytes:
    """Return the credential id that an answer names; empty when there is none."""
    try:
        return bytes(AuthenticationResponse.from_dict(_object(answer)).raw_id)
    except (ValueError, TypeError, KeyError, AttributeError):
        return b""


def checked(answer: str, *, state: State, credential: str) -> int | None:
    """Return the credential's use counter when the answer is signed by it for this question and host, else None."""
    known = AttestedCredentialData(base64.b64decode(credential))
    try:
        given = AuthenticationResponse.from_dict(_object(answer))
        _server().authenticate_complete(state, [known], given)
    except Exception:
        return None
    return given.response.authenticator_data.counter


def _object(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST:
        raise ValueError("too long")
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found
