"""Files of this process, and where it keeps what it stores."""

from pathlib import Path
from typing import Any


def open_handles(path: Path) -> int:
    """Return how often this process has a file open."""
    wanted, found = str(path.resolve()), 0
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found += str(handle.readlink()) == wanted
        except OSError:
            continue
    return found


def own_folders(settings: Any, folder: Path) -> None:
    """Keep what is stored and what is on its way there below a folder."""
    settings.STAGING_DIR = folder / "staging"
    vault = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder / "vault"}}
    settings.STORAGES = {**settings.STORAGES, "vault": vault}
