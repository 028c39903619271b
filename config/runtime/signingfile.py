"""A signing key of one's own, made beside the data where none was named: bundles are signed from the first day."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from config.runtime.children import Refused
from evidence.proofs import certificates


def ensure(folder: Path, environ: Mapping[str, str]) -> bool:
    """Make root, key, certificate and withdrawal list in a folder (0600) where there are none; return whether it did.

    Where RECOURSE_SIGNING_KEY names a key, or a key lies there already, nothing is made. A root without its key was
    left by a start that was killed: it signed nothing, and is made anew.
    """
    if environ.get("RECOURSE_SIGNING_KEY") or (folder / certificates.KEY).exists():
        return False
    try:
        for name in (certificates.ROOT_KEY, certificates.CHAIN, certificates.LIST):
            (folder / name).unlink(missing_ok=True)
        certificates.make_own(folder, environ.get("RECOURSE_ORG_NAME") or "Our helpline", at=datetime.now(UTC))
    except OSError as error:
        raise Refused(f"The signing key {folder / certificates.KEY} cannot be written ({error.strerror}).") from error
    return True
