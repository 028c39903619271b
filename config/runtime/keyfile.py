"""The two secrets that live in files beside the data: the key file and Django's secret key.

`python3 -m config.runtime.keyfile add FILE` adds a version of the key-encryption key, `remove FILE VERSION` takes one
out: for a production host, whose processes cannot write their secrets. Standard library only.
"""

import base64
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cases.key_sources import ByHand, FileSource, KeyMissing, Source, source_of
from config.runtime.children import Refused

KEY_BYTES = 32
NOTE = """\
# Keys of this Recourse. Without this file nothing in the database or the vault can be read.
# Keep a copy apart from the backups of the data. Lines are kind:version:key; newer versions are added below.
"""


def file_of(environ: Mapping[str, str], default: Path) -> Path | None:
    """Return the key file, or None where keys come from elsewhere. Raise Refused when two places are named."""
    try:
        source = source_of(environ, default)
    except KeyMissing as refusal:
        raise Refused(str(refusal)) from None
    if isinstance(source, FileSource):
        return source.path
    _check(source)
    return None


def ensure(key_file: Path | None, secret_key_file: Path, *, first_use: bool) -> None:
    """Make both files (mode 0600) where they are missing and check the key file where it is there.

    `key_file` None means that keys come from elsewhere. `first_use` says that no data exists yet. Raises Refused when
    data exists and its key file is gone: a new one could open nothing, and would hide that the old one is lost.
    """
    if key_file is None:
        pass
    elif key_file.exists():
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
    _check(FileSource(key_file))


def _check(source: Source) -> None:
    try:
        source.ring()
    except KeyMissing as refusal:
        raise Refused(str(refusal)) from None


def add(key_file: Path) -> int:
    """Add a version of the key-encryption key, keeping the file's mode; return it. Raises Refused."""
    with _ours_for_a_while(key_file):
        return FileSource(key_file).add("kek")


def remove(key_file: Path, versions: set[int]) -> None:
    """Take versions of the key-encryption key out, keeping the file's mode. Raises Refused."""
    with _ours_for_a_while(key_file):
        FileSource(key_file).remove("kek", versions)


@contextmanager
def _ours_for_a_while(key_file: Path) -> Iterator[None]:
    mode = key_file.stat().st_mode & 0o777
    key_file.chmod(0o600)
    try:
        yield
    except (KeyMissing, ByHand) as refusal:
        raise Refused(str(refusal)) from None
    finally:
        key_file.chmod(mode)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


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


def main(arguments: list[str]) -> int:
    """Add a version, or take versions out; a refusal is one line and code 1."""
    try:
        if len(arguments) == 2 and arguments[0] == "add":
            print(f"Added kek:{add(Path(arguments[1]))}. Restart every process, then run: keys rotate")
            return 0
        if len(arguments) >= 3 and arguments[0] == "remove" and all(word.isdigit() for word in arguments[2:]):
            remove(Path(arguments[1]), {int(word) for word in arguments[2:]})
            print("Taken out. Restart every process, then run: keys shred --finish")
            return 0
    except (Refused, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print("Say: add FILE, or: remove FILE VERSION...", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
