"""Opens what was made from exhibits: metadata, text, transcripts. Pictures among them leave by the look pages only."""

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.vault import Vault, VaultError
from evidence.models import Derivative, DerivativeState


def open_bytes(derivative: Derivative, limit: int, *, by: Actor, vault: Vault | None = None) -> bytes:
    """Return the plain bytes of a derivative, at most `limit` of them; call this outside of `acting_as`.

    Raises VaultError when it was removed, is missing or changed, or is larger than `limit`.
    """
    if derivative.state != DerivativeState.MADE or not derivative.object_name:
        raise VaultError("Nothing is kept of this.")
    if derivative.size > limit:
        raise VaultError("This is larger than what may be opened at once.")
    with acting_as(by):
        key = case_key(derivative.case_id)
    vault = vault or Vault()
    with vault.open(
        derivative.object_name, key, derivative.case_id, derivative.pk, sealed_bytes=derivative.cipher_size
    ) as opener:
        return opener.read_range(0, limit)
