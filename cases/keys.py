"""Keys: the key-encryption key from its file, one data key per case, and the keyed look-up.

Hierarchy (THREAT-MODEL and ADR 0003): KEK (file, versioned) wraps one random 256-bit key per case with AES-256-GCM,
bound to the KEK version and the case. A missing or wrong key is an error, never a fallback.
"""

import base64
import hmac
import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from cases import access

SYSTEM_CHAIN = UUID(int=0)
"""Stands where a case would: rows that belong to no case are sealed under this key, events go to this chain."""

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyMissing(Exception):
    """A key that is needed is not there, or is not the one the data was sealed with."""


class KeyFile:
    """The keys of one installation, read once from lines `name:version:base64`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: dict[tuple[str, int], bytes] = {}
        try:
            lines = path.read_text(encoding="ascii").splitlines()
        except OSError as error:
            raise KeyMissing(f"The key file {path} cannot be read ({error.strerror}).") from error
        for line in filter(None, (line.split("#")[0].strip() for line in lines)):
            try:
                name, version, text = line.split(":")
                key = base64.b64decode(text, validate=True)
                self._keys[name, int(version)] = key
            except ValueError as error:
                raise KeyMissing(f"The key file {path} has a line that is not name:version:base64.") from error
            if len(key) != KEY_BYTES:
                raise KeyMissing(f"The key {name}:{version} in {path} is not {KEY_BYTES} bytes long.")
        for name in ("kek", "lookup"):
            if not self.versions(name):
                raise KeyMissing(f"The key file {path} has no {name} key.")

    def versions(self, name: str) -> list[int]:
        """Return the versions held of one key, oldest first."""
        return sorted(version for kind, version in self._keys if kind == name)

    def newest(self, name: str) -> int:
        """Return the version that new data is sealed with."""
        return self.versions(name)[-1]

    def get(self, name: str, version: int) -> bytes:
        """Return one key; raise KeyMissing when this version is not held."""
        try:
            return self._keys[name, version]
        except KeyError:
            raise KeyMissing(f"The key {name} version {version} is not in {self.path}.") from None


@lru_cache(maxsize=4)
def key_file(path: Path | None = None) -> KeyFile:
    """Return the installation's key file, read once per process."""
    return KeyFile(path or Path(settings.KEY_FILE))


def _bound_to(kek_version: int, case_id: UUID) -> bytes:
    return f"recourse/case-key/1|{kek_version}|{case_id}".encode("ascii")


def wrap(key: bytes, case_id: UUID, kek_version: int) -> bytes:
    """Encrypt a case's data key under one KEK version; shape: nonce (12) then ciphertext and tag."""
    nonce = os.urandom(NONCE_BYTES)
    kek = AESGCM(key_file().get("kek", kek_version))
    return nonce + kek.encrypt(nonce, key, _bound_to(kek_version, case_id))


def unwrap(wrapped: bytes, case_id: UUID, kek_version: int) -> bytes:
    """Decrypt a case's data key; raise KeyMissing when the KEK is not the one that wrapped it."""
    kek = AESGCM(key_file().get("kek", kek_version))
    try:
        return kek.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound_to(kek_version, case_id))
    except InvalidTag:
        raise KeyMissing(f"The key of case {case_id} cannot be opened with kek version {kek_version}.") from None


def make_case_key(case_id: UUID) -> bytes:
    """Make, store and return the data key of a new case. Its membership must be there already."""
    from cases.models import CaseKey

    key = os.urandom(KEY_BYTES)
    version = key_file().newest("kek")
    CaseKey.objects.create(case_id=case_id, kek_version=version, wrapped=wrap(key, case_id, version))
    _remember(case_id, key)
    return key


def case_key(case_id: UUID) -> bytes:
    """Return the 32-byte data key of a case that the current actor may see; raise KeyMissing otherwise."""
    if case_id == SYSTEM_CHAIN:
        return _system_key()
    opened = access.opened_keys()
    if opened is not None and case_id in opened:
        return opened[case_id]
    from cases.models import CaseKey

    row = CaseKey.objects.filter(case_id=case_id).first()
    if row is None:
        raise KeyMissing(f"There is no key for case {case_id} here: it was erased, or is not visible to this actor.")
    key = unwrap(bytes(row.wrapped), case_id, row.kek_version)
    _remember(case_id, key)
    return key


def _remember(case_id: UUID, key: bytes) -> None:
    opened = access.opened_keys()
    if opened is not None:
        opened[case_id] = key


_system_keys: dict[bytes, bytes] = {}


def _system_key() -> bytes:
    from cases.models import CaseKey

    row = CaseKey.objects.filter(case_id=SYSTEM_CHAIN).first()
    if row is None:
        version = key_file().newest("kek")
        wrapped = wrap(os.urandom(KEY_BYTES), SYSTEM_CHAIN, version)
        CaseKey.objects.bulk_create(
            [CaseKey(case_id=SYSTEM_CHAIN, kek_version=version, wrapped=wrapped)], ignore_conflicts=True
        )
        row = CaseKey.objects.get(case_id=SYSTEM_CHAIN)
    wrapped = bytes(row.wrapped)
    if wrapped not in _system_keys:
        _system_keys.clear()
        _system_keys[wrapped] = unwrap(wrapped, SYSTEM_CHAIN, row.kek_version)
    return _system_keys[wrapped]


def blind_index(kind: str, value: str, version: int | None = None) -> tuple[int, bytes]:
    """Return (key version, HMAC-SHA256) of an exact value, so that it can be looked up but not read."""
    number = version if version is not None else key_file().newest("lookup")
    key = key_file().get("lookup", number)
    return number, hmac.new(key, f"{kind}|{value}".encode(), sha256).digest()


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of a random token of 128 bits or more; only this is stored."""
    return sha256(token.encode()).digest()
