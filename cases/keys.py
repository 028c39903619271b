"""Keys: one data key per case, wrapped by the key-encryption key, and the keyed look-up.

Hierarchy (ADR 0003 and 0018): KEK (from one source, versioned) wraps one random 256-bit key per case with
AES-256-GCM, bound to the KEK version and the case. A missing or wrong key is an error, never a fallback.
"""

import hmac
import os
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from cases import access, key_wrap
from cases.key_sources import KEY_BYTES, KeyMissing, Ring, Source
from cases.key_wrap import NONCE_BYTES

__all__ = ["KEY_BYTES", "NONCE_BYTES", "SYSTEM_CHAIN", "KeyMissing"]

SYSTEM_CHAIN = key_wrap.SYSTEM_CHAIN
"""Stands where a case would: rows that belong to no case are sealed under this key, events go to this chain."""

_MAKING = (7, 1)
"""Held shared while a case key is made, alone while old versions are retired: no key is made under a lost one."""


def source() -> Source:
    """Return where this installation's keys come from."""
    held: Source = settings.KEY_SOURCE
    return held


def ring(*, holding: int | None = None) -> Ring:
    """Return the keys that are held now. When KEK version `holding` is not among them, the source is asked again."""
    held = source().ring()
    if holding is not None and not held.holds("kek", holding):
        held = source().look_again()
    return held


def wrap(key: bytes, case_id: UUID, kek_version: int) -> bytes:
    """Encrypt a case's data key under one KEK version."""
    return key_wrap.wrap(key, case_id, kek_version, ring(holding=kek_version))


def unwrap(wrapped: bytes, case_id: UUID, kek_version: int) -> bytes:
    """Decrypt a case's data key; raise KeyMissing when the KEK is not the one that wrapped it."""
    return key_wrap.unwrap(wrapped, case_id, kek_version, ring(holding=kek_version))


def version_for_new() -> int:
    """Return the KEK version that a new case key is wrapped by, until the end of the transaction.

    The database remembers a check value of each version: a key that has the right number and the wrong bytes raises
    KeyMissing here, before anything is sealed with it.
    """
    from cases.models import KekVersion

    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", _MAKING)
    held = ring()
    version = held.newest("kek")
    value = key_wrap.check_value(held.get("kek", version), version)
    KekVersion.objects.bulk_create([KekVersion(version=version, check_value=value)], ignore_conflicts=True)
    if bytes(KekVersion.objects.get(pk=version).check_value) != value:
        raise KeyMissing(f"The key kek:{version} in {held.place} is not the one this database was sealed with.")
    return version


def lock_making() -> None:
    """Wait for every transaction that is making a case key, and let none begin, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", _MAKING)


def make_case_key(case_id: UUID) -> bytes:
    """Make, store and return the data key of a new case. Its membership must be there already."""
    from cases.models import CaseKey

    key = os.urandom(KEY_BYTES)
    version = version_for_new()
    CaseKey.objects.create(case_id=case_id, kek_version=version, wrapped=wrap(key, case_id, version))
    _remember(case_id, key)
    return key


def case_key(case_id: UUID, *, together: Collection[UUID] = ()) -> bytes:
    """Return the 32-byte data key of a case that the current actor may see; raise KeyMissing otherwise.

    `together` names cases whose keys will be wanted too: a list of a hundred cases asks for its keys once.
    """
    if case_id == SYSTEM_CHAIN:
        return _system_key()
    opened = access.opened_keys()
    if opened is not None and case_id in opened:
        return opened[case_id]
    if opened is not None and len(together) > 1:
        _open_together(set(together) - opened.keys(), opened)
        if case_id in opened:
            return opened[case_id]
    key = _open_stored(case_id)
    _remember(case_id, key)
    return key


def _open_together(case_ids: Collection[UUID], opened: dict[UUID, bytes]) -> None:
    """Open what can be opened; a key that cannot is left to whoever asks for it, and refused there."""
    from cases.models import CaseKey

    for row in CaseKey.objects.living().filter(case_id__in=case_ids).exclude(case_id=SYSTEM_CHAIN):
        with suppress(KeyMissing):
            opened[row.case_id] = unwrap(bytes(row.wrapped), row.case_id, row.kek_version)


def _open_stored(case_id: UUID) -> bytes:
    try:
        return unwrap(*_stored(case_id))
    except KeyMissing:
        # Between reading the row and opening it, it may have been wrapped anew and the old version destroyed.
        return unwrap(*_stored(case_id))


def _stored(case_id: UUID) -> tuple[bytes, UUID, int]:
    from cases.models import CaseKey

    row = CaseKey.objects.filter(case_id=case_id).first()
    if row is None:
        text = f"There is no key for case {case_id} here: it was erased, or is not visible to this actor."
        raise KeyMissing(text, case_id=case_id)
    if row.destroyed_at is not None:
        raise KeyMissing(f"The key of case {case_id} was destroyed: the case was erased.", case_id=case_id)
    return bytes(row.wrapped), case_id, row.kek_version


def destroy(case_id: UUID) -> None:
    """Destroy a case's data key for good: what was sealed for the case cannot be opened again, by anybody.

    The row stays, empty, so that a restore knows it. Call inside `acting_as`, as the worker, while an erasure is under
    way: the database refuses anything else. It takes effect with the transaction.
    Backups still hold the wrapped key until `keys shred` destroys the KEK that opens it. Raises KeyMissing when there
    is no key to destroy.
    """
    from cases.models import CaseKey

    if case_id == SYSTEM_CHAIN:
        raise ValueError("The key of the system belongs to no case.")
    done = CaseKey.objects.living().filter(case_id=case_id).update(wrapped=b"", kek_version=0, destroyed_at=Now())
    if not done:
        raise KeyMissing(f"There is no key of case {case_id} to destroy.", case_id=case_id)
    opened = access.opened_keys()
    if opened is not None:
        opened.pop(case_id, None)


def _remember(case_id: UUID, key: bytes) -> None:
    opened = access.opened_keys()
    if opened is not None:
        opened[case_id] = key


_system_keys: dict[bytes, bytes] = {}


def _system_key() -> bytes:
    from cases.models import CaseKey

    row = CaseKey.objects.filter(case_id=SYSTEM_CHAIN).first()
    if row is None:
        version = version_for_new()
        wrapped = wrap(os.urandom(KEY_BYTES), SYSTEM_CHAIN, version)
        CaseKey.objects.bulk_create(
            [CaseKey(case_id=SYSTEM_CHAIN, kek_version=version, wrapped=wrapped)], ignore_conflicts=True
        )
        row = CaseKey.objects.get(case_id=SYSTEM_CHAIN)
    wrapped = bytes(row.wrapped)
    opened = _system_keys.get(wrapped)
    if opened is None:
        opened = _open_stored(SYSTEM_CHAIN)
        _system_keys.clear()
        _system_keys[wrapped] = opened
    return opened


def blind_index(kind: str, value: str, version: int | None = None) -> tuple[int, bytes]:
    """Return (key version, HMAC-SHA256) of an exact value, so that it can be looked up but not read."""
    held = ring()
    number = version if version is not None else held.newest("lookup")
    key = held.get("lookup", number)
    return number, hmac.new(key, f"{kind}|{value}".encode(), sha256).digest()


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of a random token of 128 bits or more; only this is stored."""
    return sha256(token.encode()).digest()
