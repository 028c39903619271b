"""Encrypted storage: sealed files (RVLT1) kept under random names in the storage called "vault".

The storage, a folder or an S3 bucket, never sees a plain byte, a case number or a file name. Whoever calls holds the
case key; the vault knows none.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast
from uuid import UUID

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from cases.rvlt import NotOpened, Opener

READ_BYTES = 1024 * 1024


class VaultError(Exception):
    """The store failed, or gave back other bytes than it was given. The message can be shown to a caseworker."""


class Differs(VaultError):
    """What is stored is not what was given to the store."""


class Missing(VaultError):
    """The store answers, and has no file of this name."""


class Staged(Protocol):
    """A sealed file waiting on local disk: what the vault needs to know of it."""

    @property
    def path(self) -> Path: ...
    @property
    def sealed_sha256(self) -> str: ...
    @property
    def sealed_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a sealed file lies: its random name, its length and SHA-256 (hex) as stored."""

    name: str
    sealed_bytes: int
    sealed_sha256: str


class Vault:
    """The one door to stored files. `storage` defaults to Django's storage named "vault"."""

    def __init__(self, storage: Storage | None = None) -> None:
        self._storage: Storage = storages["vault"] if storage is None else storage

    def put(self, staged: Staged) -> Stored:
        """Store a staged file and read it back before saying so. The staged file stays where it is.

        Raises VaultError if it could not be written or reads back differently; then nothing is left behind.
        """
        token = secrets.token_hex(16)
        name = f"{token[:2]}/{token}"
        with _plain_words(_("The file could not be stored. Nothing was changed. Try again in a few minutes.")):
            try:
                with staged.path.open("rb") as sealed:
                    name = self._storage.save(name, File(sealed))
                self._settle(name)
            except BaseException:
                # A folder that filled up keeps the first part of the file.
                with suppress(Exception):
                    self._storage.delete(name)
                raise
        stored = Stored(name, staged.sealed_bytes, staged.sealed_sha256)
        try:
            self.check(stored)
        except VaultError:
            self.delete(name)
            raise
        return stored

    def check(self, stored: Stored) -> None:
        """Read a stored file and compare its length and hash; no key is needed.

        Raises Differs or Missing for what is wrong with the file, another VaultError when the store cannot be read.
        """
        digest, length = hashlib.sha256(), 0
        with _plain_words(_("The stored file could not be read.")), self._storage.open(stored.name, "rb") as file:
            while piece := file.read(READ_BYTES):
                digest.update(piece)
                length += len(piece)
        if length != stored.sealed_bytes or digest.hexdigest() != stored.sealed_sha256:
            raise Differs(_("The stored file differs from what was given to the store."))

    def open(self, name: str, key: bytes, case_id: UUID, file_id: UUID, *, sealed_bytes: int | None = None) -> Opener:
        """A stored file, opened with its case's key. The caller closes it.

        Raises VaultError if it is missing, cut, changed, or belongs to another case or file.
        """
        with _plain_words(_("The stored file could not be read.")):
            file = self._storage.open(name, "rb")
            try:
                return Opener(cast(BinaryIO, file), key, case_id, file_id, sealed_bytes=sealed_bytes)
            except BaseException:
                file.close()
                raise

    def answers(self) -> bool:
        """Whether the store is there and holds anything: a folder that is not mounted looks like an empty one."""
        try:
            return any(self._storage.listdir(""))
        except Exception:
            # Each storage has exceptions of its own for this.
            return False

    def delete(self, name: str) -> None:
        """Remove a stored file; one that is already gone is no error. Raises VaultError if the store refuses.

        This frees the place. What makes a file unreadable for good is the destruction of its case's key.
        """
        with _plain_words(_("The stored file could not be removed. Try again in a few minutes.")):
            self._storage.delete(name)

    def delete_every_version(self, name: str) -> None:
        """Remove a stored file and every version of it that a bucket keeps; what is gone already is no error.

        Raises VaultError if the store refuses. Overwriting is no control on disks or buckets and is not tried.
        """
        with _plain_words(_("The stored file could not be removed. Try again in a few minutes.")):
            bucket = getattr(self._storage, "bucket", None)
            if bucket is None:
                self._storage.delete(name)
                return
            location = getattr(self._storage, "location", "").strip("/")
            key = f"{location}/{name}" if location else name
            for version in bucket.object_versions.filter(Prefix=key):
                if version.object_key == key:
                    version.delete()

    def _settle(self, name: str) -> None:
        # A folder keeps new bytes in memory for a while; a bucket has no path and answers only once they are safe.
        try:
            path = Path(self._storage.path(name))
        except NotImplementedError:
            return
        for place in (path, path.parent, path.parent.parent):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextmanager
def _plain_words(message: str) -> Iterator[None]:
    try:
        yield
    except VaultError:
        raise
    except FileNotFoundError as error:
        raise Missing(message) from error
    except NotOpened as error:
        raise VaultError(_("The stored file was changed, or belongs to another case.")) from error
    except Exception as error:
        # Each storage behind django-storages has exceptions of its own; all of them mean the same to the reader.
        raise VaultError(message) from error
