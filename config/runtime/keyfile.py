"""The two secrets that live in files beside the data: the key file and Django's secret key."""

import base64
import binascii
import os
import secrets
from pathlib import Path

from config.runtime.children import Refused

KEY_BYTES = 32
NOTE = """\
# Keys of this Recourse. Without this file nothing in the database or the vault can be read.
# Keep a copy apart from the backups of the data. Lines are kind:version:key; newer versions are added below.
"""


def ensure(key_file: Path, secret_key_file: Path, *, first_use: bool) -> None:
    """Make both files (mode 0600) where they are missing and check the key file where it is there.

    `first_use` says that no data exists yet. Raises Refused when data exists and its key file is gone: a new one
    could open nothing, and would hide that the old one is lost.
    """
    if key_file.exists():
        check(key_file)
    elif not first_use:
        raise Refused(
            f"The key file {key_file} is missing, and the data was sealed with it. Put it back; nothing was changed."
        )
    else:
        _write(key_file, NOTE + "".join(f"{kind}:1:{_new_key()}\n" for kind in ("kek", "lookup")))
    if not secret_key_file.exists():
        _write(secret_key_file, secrets.token_urlsafe(48) + "\n")


def check(key_file: Path) -> None:
    """Raise Refused unless the file is ours alone and holds at least one `kek` and one `lookup` key of 32 bytes."""
    try:
        mode = key_file.stat().st_mode
        lines = key_file.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The key file {key_file} cannot be read ({type(error).__name__}).") from error
    if mode & 0o077:
        raise Refused(f"The key file {key_file} can be read by others. Run: chmod 600 {key_file}")
    kinds = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        kind, _, rest = line.strip().partition(":")
        version, _, key = rest.partition(":")
        if kind not in {"kek", "lookup"} or not version.isdigit() or not _is_key(key):
            raise Refused(f"Line {number} of the key file {key_file} is not kind:version:key.")
        kinds.add(kind)
    if kinds != {"kek", "lookup"}:
        raise Refused(f"The key file {key_file} needs both a kek and a lookup key.")


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _write(path: Path, text: str) -> None:
    """Write a new file, safe on disk before anything is sealed with what it holds; never over an existing one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
