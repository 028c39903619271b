"""Opens a stored file for the sandbox: its plain bytes go from the vault into sealed memory and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from cases.vault import Vault, VaultError
from evidence.models import Exhibit
from evidence.sandbox import Source


@contextmanager
def opened_source(exhibit: Exhibit, key: bytes, *, vault: Vault | None = None) -> Iterator[Source]:
    """Give an exhibit to the sandbox. `key` is its case's (`case_key`, taken inside `acting_as`); call this outside.

    Raises VaultError when the file is missing or changed, also from the reads.
    """
    with stored_source(exhibit.object_name, exhibit.cipher_size, key, exhibit.case_id, exhibit.pk, vault=vault) as got:
        yield got


@contextmanager
def stored_source(
    name: str, sealed_bytes: int, key: bytes, case_id: UUID, file_id: UUID, *, vault: Vault | None = None
) -> Iterator[Source]:
    """Give any stored file to the sandbox, by its name and the id it was sealed for. Raises VaultError."""
    vault = vault or Vault()
    with vault.open(name, key, case_id, file_id, sealed_bytes=sealed_bytes) as opener:

        def read(start: int, stop: int) -> Iterator[bytes]:
            try:
                yield from opener.iter_chunks(start, stop)
            except VaultError:
                raise
            except Exception as error:
                raise VaultError("The stored file could not be read.") from error

        yield Source(opener.size, read)
