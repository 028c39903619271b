"""Sealed originals that a second person let leave: for the build of a bundle, as age files in a stream."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.utils.translation import gettext as _

from cases.models import Case
from cases.vault import Vault, VaultError
from evidence.looking.age_file import age_size, encrypted
from evidence.models import Exhibit, ExhibitState, Reader, Release


@dataclass(frozen=True, slots=True)
class Original:
    """One original that may go into a bundle now. `size` is that of the age file; its hash is known once written."""

    release_id: UUID
    exhibit: Exhibit
    recipient: str
    until: datetime
    size: int
    passphrase: str = field(repr=False)

    def chunks(self, key: bytes, *, vault: Vault | None = None) -> Iterator[bytes]:
        """Yield the age file. `key` is the case's. Raises VaultError when the stored file is not what was taken in.

        The plain bytes pass through memory in pieces of 64 KiB and are written nowhere.
        """
        yield from encrypted(self._plain(key, vault or Vault()), self.passphrase)

    def _plain(self, key: bytes, vault: Vault) -> Iterator[bytes]:
        exhibit, digest = self.exhibit, sha256()
        with vault.open(
            exhibit.object_name, key, exhibit.case_id, exhibit.pk, sealed_bytes=exhibit.cipher_size
        ) as opener:
            for piece in opener.iter_chunks():
                digest.update(piece)
                yield piece
        if digest.hexdigest() != exhibit.sha256:
            raise VaultError(_("The stored file differs from what was taken in."))


def released_for(
    case: Case, reader: Reader, *, at: datetime, only: Collection[UUID] | None = None
) -> dict[UUID, Original]:
    """Return the originals that may leave for a kind of reader now, by exhibit; call inside `acting_as`.

    `only` narrows it to some releases (their ids): those that a person ticked for this recipient. Nothing leaves a
    case under the age lock, and nothing that a rule removed. `note_packed` (evidence.actions.release) belongs into the
    transaction that seals the bundle.
    """
    if case.is_age_locked:
        return {}
    rows = Release.objects.allowed(at=at).filter(case=case, reader=reader, exhibit__state=ExhibitState.SEALED)
    if only is not None:
        rows = rows.filter(pk__in=only)
    return {
        release.exhibit_id: Original(
            release.pk,
            release.exhibit,
            release.recipient,
            release.expires_at or at,
            age_size(release.exhibit.size),
            release.passphrase,
        )
        for release in rows.select_related("exhibit").order_by("allowed_at", "pk")
    }
