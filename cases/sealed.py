"""Sealed rows: every personal value of a row lives in one AES-256-GCM blob, bound to its table, row and case.

Blob: format byte (1), key version (2 bytes, big-endian), nonce (12), ciphertext and tag of one JSON object.
The tag also covers `table|row|case`, so a blob copied to another row does not open.
"""

import json
import os
from collections.abc import Iterable
from typing import Any, Generic, Self, TypeVar, overload
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from cases import keys

FORMAT = 1
KEY_VERSION = 1
HEADER_BYTES = 3
T = TypeVar("T")


class CannotOpen(Exception):
    """A sealed value does not open: wrong key, or it was changed or moved."""

    def __init__(self, message: str, *, case_id: UUID | None = None) -> None:
        super().__init__(message)
        self.case_id = case_id


def _bound_to(table: str, row: UUID, case_id: UUID) -> bytes:
    return f"{table}|{row}|{case_id}".encode("ascii")


def seal(values: dict[str, Any], *, key: bytes, table: str, row: UUID, case_id: UUID) -> bytes:
    """Return the sealed blob of a JSON object."""
    nonce = os.urandom(keys.NONCE_BYTES)
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
    header = bytes([FORMAT]) + KEY_VERSION.to_bytes(2, "big")
    return header + nonce + AESGCM(key).encrypt(nonce, text, _bound_to(table, row, case_id))


def unseal(blob: bytes, *, key: bytes, table: str, row: UUID, case_id: UUID) -> dict[str, Any]:
    """Return the JSON object of a blob; raise CannotOpen when the key, the row or a byte is not the right one."""
    if not blob or blob[0] != FORMAT:
        raise CannotOpen(f"The sealed value of {table} {row} has an unknown format.", case_id=case_id)
    start = HEADER_BYTES + keys.NONCE_BYTES
    try:
        text = AESGCM(key).decrypt(blob[HEADER_BYTES:start], blob[start:], _bound_to(table, row, case_id))
    except (InvalidTag, ValueError):
        said = f"The sealed value of {table} {row} does not open with its case's key."
        raise CannotOpen(said, case_id=case_id) from None
    values: dict[str, Any] = json.loads(text)
    return values


class SealedValue(Generic[T]):
    """One value inside a row's sealed blob, read and set like a field."""

    def __init__(self, default: T) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: "SealedRow", owner: type) -> T: ...
    def __get__(self, row: "SealedRow | None", owner: type) -> Self | T:
        if row is None:
            return self
        value: T = row.opened().get(self.name, self.default)
        return value

    def __set__(self, row: "SealedRow", value: T) -> None:
        row.opened()[self.name] = value
        row.reseal_needed = True


class SealedText(SealedValue[str]):
    """A text inside the sealed blob; empty when it was not given."""

    def __init__(self) -> None:
        super().__init__("")


class SealedQuerySet(models.QuerySet["Any"]):
    """A queryset whose bulk writes seal too."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Seal every row, then insert them together."""
        rows = list(objs)
        for row in rows:
            row.close_seal()
        return super().bulk_create(rows, *args, **kwargs)

    def _fetch_all(self) -> None:
        """Let each row know the cases of its neighbours: the first that is opened fetches the keys of all."""
        is_fresh = self._result_cache is None
        super()._fetch_all()
        rows = self._result_cache or []
        if is_fresh and len(rows) > 1 and all(isinstance(row, SealedRow) for row in rows):
            together = frozenset(row.sealing_case() for row in rows)
            for row in rows:
                row.__dict__["_together"] = together


class SealedRow(models.Model):
    """A row with personal values. Subclasses have a `case_id` (or none, then the system key is used)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    sealed = models.BinaryField(default=b"", editable=False)

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = [name for name in kwargs if isinstance(getattr(type(self), name, None), SealedValue)]
        values = {name: kwargs.pop(name) for name in names}
        super().__init__(*args, **kwargs)
        for name, value in values.items():
            setattr(self, name, value)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seal, then save; `sealed` joins update_fields when a sealed value was set."""
        if self.reseal_needed and kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sealed"}
        self.close_seal()
        super().save(*args, **kwargs)

    @classmethod
    def make(cls, **values: Any) -> Self:
        """Return an unsaved row; sealed values are given by name like fields."""
        return cls(**values)

    def sealing_case(self) -> UUID:
        """Return the case whose key seals this row."""
        case_id: UUID | None = getattr(self, "case_id", None)
        return case_id or keys.SYSTEM_CHAIN

    def opened(self) -> dict[str, Any]:
        """Return the opened values; opened once per loaded row."""
        values: dict[str, Any] | None = self.__dict__.get("_opened")
        if values is None:
            values = self._open() if self.sealed else {}
            self.__dict__["_opened"] = values
        return values

    def _open(self) -> dict[str, Any]:
        case_id = self.sealing_case()
        key = keys.case_key(case_id, together=self.__dict__.get("_together", ()))
        return unseal(bytes(self.sealed), key=key, table=self._meta.db_table, row=self.pk, case_id=case_id)

    @property
    def reseal_needed(self) -> bool:
        """Whether a sealed value was set since the row was loaded."""
        return bool(self.__dict__.get("_reseal", False))

    @reseal_needed.setter
    def reseal_needed(self, value: bool) -> None:
        self.__dict__["_reseal"] = value

    def close_seal(self) -> None:
        """Seal the values if any was set, or if the row is new."""
        if self.reseal_needed or not self.sealed:
            case_id = self.sealing_case()
            key = keys.case_key(case_id)
            self.sealed = seal(self.opened(), key=key, table=self._meta.db_table, row=self.pk, case_id=case_id)
            self.reseal_needed = False

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Forget opened values, then load again."""
        self.__dict__.pop("_opened", None)
        self.reseal_needed = False
        super().refresh_from_db(*args, **kwargs)
