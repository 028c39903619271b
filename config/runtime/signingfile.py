"""A signing key of one's own, made beside the data where none was named: bundles are signed from the first day.

`python -m config.runtime.signingfile FOLDER` makes it among the secrets of a production host.
"""

import os
import sys
import tempfile
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


SECRETS = {
    certificates.ROOT_KEY: "signing_root_key",
    certificates.CHAIN: "signing_chain",
    certificates.LIST: "signing_crl",
    certificates.KEY: "signing_key",
}
"""How the files are called among the secrets of a host, the key last: where it is, everything is."""


def make_secrets(folder: Path, organisation: str, *, at: datetime) -> list[str]:
    """Make root, key, certificate and withdrawal list among a host's secrets where no key is; return their names.

    Containers run under numbers that own nothing on the host, so what they get is readable (0444) in a closed folder;
    the root's key, which no container gets, is its owner's alone.
    """
    if (folder / SECRETS[certificates.KEY]).exists():
        return []
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        made = Path(fresh) / "signing"
        certificates.make_own(made, organisation, at=at)
        for name, secret in SECRETS.items():
            (made / name).chmod(0o400 if name == certificates.ROOT_KEY else 0o444)
            (made / name).replace(folder / secret)
    return list(SECRETS.values())


def main(arguments: list[str]) -> int:
    """Make the secrets in the folder that is named; a key that is there is left alone."""
    if len(arguments) != 1:
        print("Name the folder of the secrets.", file=sys.stderr)
        return 1
    organisation = os.environ.get("RECOURSE_ORG_NAME") or "Our helpline"
    try:
        made = make_secrets(Path(arguments[0]), organisation, at=datetime.now(UTC))
    except OSError as error:
        print(f"The signing key cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"Made {', '.join(made)}" if made else "There is a signing key already; nothing was changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
