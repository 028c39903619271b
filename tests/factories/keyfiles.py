"""Key files for tests that change keys: the installation's own is never touched."""

import base64
import os
from pathlib import Path


def line(name: str, version: int) -> str:
    """Return one line with fresh random bytes."""
    return f"{name}:{version}:{base64.b64encode(os.urandom(32)).decode()}"


def make_key_file(folder: Path, *, name: str = "keys", versions: int = 1) -> Path:
    """Write a key file as the first start would, with so many versions of the key-encryption key."""
    path = folder / name
    path.touch(mode=0o600)
    lines = ["# a note", *(line("kek", number) for number in range(1, versions + 1)), line("lookup", 1)]
    path.write_text("\n".join(lines) + "\n")
    return path
