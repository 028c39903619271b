"""Files of this process."""

from pathlib import Path


def open_handles(path: Path) -> int:
    """Return how often this process has a file open."""
    wanted, found = str(path.resolve()), 0
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found += str(handle.readlink()) == wanted
        except OSError:
            continue
    return found
