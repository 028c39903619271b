"""A throw-away database and queue for tests and checks: in memory where there is room, gone afterwards."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config.runtime import keyfile
from config.runtime.services import Services

MEMORY = Path("/dev/shm")
PREFIX = "recourse-test-"


@contextlib.contextmanager
def throwaway() -> Iterator[dict[str, str]]:
    """Give the environment of a fresh cluster, queue, keys and data folder; erase all of it in the end.

    The owner may create databases here, and RECOURSE_CLUSTER_URL is the superuser's, for emptying tables.
    """
    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    services = Services(folder, throwaway=True)
    try:
        keyfile.ensure(folder / "keys", folder / "secret_key", first_use=True)
        yield {
            **services.start(),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "RECOURSE_DATA": str(folder),
            "RECOURSE_KEY_FILE": str(folder / "keys"),
            "SECRET_KEY_FILE": str(folder / "secret_key"),
            "STORAGE_URL": f"file://{folder / 'vault'}",
        }
    finally:
        services.stop()
        services.erase()


def _sweep(place: Path) -> None:
    """Remove what a killed run left: folders of ours that no service holds any more."""
    for folder in place.glob(f"{PREFIX}*"):
        lock = folder / "services.lock"
        with contextlib.suppress(OSError), lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
