"""Who is using a data folder: a lock that dies with its holder, and the environment the holder made."""

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from config.runtime.children import Refused, until

# Settings that a running stack hands to `bin/manage`. Everything else comes from the caller's own environment.
STATE = "env.json"


@dataclass(frozen=True)
class State:
    """What the holder of a data folder says of itself; `address` is empty until something is served."""

    by: str = ""
    address: str = ""
    environment: dict[str, str] = field(default_factory=dict)


class Taken(Refused):
    """The data folder is in use; `state` says by whom."""

    def __init__(self, folder: Path, state: State) -> None:
        self.state = state
        if state.address:
            text = f"Recourse is already running on {folder} at {state.address} (nothing was changed)."
        else:
            text = f"{state.by or 'Another start'} is using {folder}; try again when it is done (nothing was changed)."
        super().__init__(text)


class Held:
    """The lock on a data folder. A context manager: the state is removed when it is let go."""

    def __init__(self, folder: Path, by: str, *, patience: float = 0.0) -> None:
        """Take the folder, waiting up to `patience` seconds; raise Taken when somebody else keeps it."""
        # Whatever we and our children write from here on concerns nobody else on this machine.
        os.umask(0o077)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if until(self._lock, seconds=patience, every=0.2) is None:
            os.close(self._handle)
            raise Taken(folder, read(folder))
        self.tell(State(by=by))

    def _lock(self) -> bool | None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return True

    def tell(self, state: State) -> None:
        """Write the state for others to read; it holds passwords, so the file is ours alone."""
        fresh = self.folder / f"{STATE}.new"
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"by": state.by, "address": state.address, "environment": state.environment}, file, indent=1)
        fresh.rename(self.folder / STATE)

    def __enter__(self) -> "Held":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        (self.folder / STATE).unlink(missing_ok=True)
        os.close(self._handle)


def read(folder: Path) -> State:
    """Return what the last holder wrote; an empty state when there is nothing to read."""
    try:
        return State(**json.loads((folder / STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return State()


def running(folder: Path) -> State | None:
    """Return the state of the stack that runs on the folder now, or None when nobody holds it."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return read(folder)
    finally:
        os.close(handle)
    return None
