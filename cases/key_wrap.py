"""How a case's data key is wrapped: AES-256-GCM under one version of the key-encryption key, bound to both.

Knows nothing of Django. Shape of a wrapped key: nonce (12 bytes), then ciphertext and tag (48 bytes).
"""

import hmac
import os
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cases.key_sources import KEY_BYTES, KeyMissing, Ring

SYSTEM_CHAIN = UUID(int=0)
NONCE_BYTES = 12
CHECK_BYTES = 16


def _bound_to(kek_version: int, case_id: UUID) -> bytes:
    return f"recourse/case-key/1|{kek_version}|{case_id}".encode("ascii")


def wrap(key: bytes, case_id: UUID, kek_version: int, ring: Ring) -> bytes:
    """Encrypt a case's data key under one version. Raise KeyMissing when that version is not held."""
    nonce = os.urandom(NONCE_BYTES)
    kek = AESGCM(ring.get("kek", kek_version))
    return nonce + kek.encrypt(nonce, key, _bound_to(kek_version, case_id))


def unwrap(wrapped: bytes, case_id: UUID, kek_version: int, ring: Ring) -> bytes:
    """Decrypt a case's data key; raise KeyMissing when this version is not held or did not wrap it for this case."""
    kek = AESGCM(ring.get("kek", kek_version))
    try:
        key = kek.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound_to(kek_version, case_id))
    except (InvalidTag, ValueError):
        text = f"The key of case {case_id} cannot be opened with kek version {kek_version}."
        raise KeyMissing(text, case_id=case_id) from None
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"The key of case {case_id} is not {KEY_BYTES} bytes long.", case_id=case_id)
    return key


def check_value(kek: bytes, version: int) -> bytes:
    """Return what tells this key from a wrong one of the same number; one-way, so it may lie in the database."""
    return hmac.new(kek, f"recourse/kek-check/1|{version}".encode("ascii"), sha256).digest()[:CHECK_BYTES]
