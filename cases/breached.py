"""Is a password known from a leak? Looked up offline in a list that the organisation put on the host.

The list is a text file of SHA-1 in capital hexadecimal, a colon and a count, sorted by hash, one a line: the shape in
which the well-known collection of leaked passwords can be downloaded. It may have gigabytes: it is searched by halving
with seeks, and no more than a line is held.
"""

import re
from hashlib import sha1
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(rb"[0-9A-Fa-f]{40}:[0-9]{1,12}\r?\n?")
HASH_BYTES = 40
LONGEST_LINE = 64
SAMPLES = 64


def _line_after(file: BinaryIO, place: int) -> bytes:
    """Return the first line that starts at or after a place, empty at the end."""
    file.seek(max(0, place - 1))
    if place:
        # A line longer than any of ours is not read on: the file is then not of our shape.
        file.readline(LONGEST_LINE)
    return file.readline(LONGEST_LINE)


def check(path: Path) -> None:
    """Raise ImproperlyConfigured with one clear line when the file cannot be read or is not of the right shape.

    Looks at samples all through the file, so that starting stays quick.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            lines = [_line_after(file, size * part // SAMPLES) for part in range(SAMPLES)]
            lines.append(_line_after(file, max(0, size - LONGEST_LINE)))
    except OSError as error:
        raise ImproperlyConfigured(f"RECOURSE_BREACHED_PASSWORDS: {path} cannot be read ({error.strerror}).") from error
    found = [line for line in lines if line]
    if not found:
        raise ImproperlyConfigured(f"RECOURSE_BREACHED_PASSWORDS: {path} is empty.")
    if not all(LINE.fullmatch(line) for line in found):
        raise ImproperlyConfigured(
            f"RECOURSE_BREACHED_PASSWORDS: {path} has a line that is not a SHA-1, a colon and a count."
        )
    hashes = [line[:HASH_BYTES].upper() for line in found]
    if hashes != sorted(hashes):
        raise ImproperlyConfigured(f"RECOURSE_BREACHED_PASSWORDS: {path} is not sorted by hash.")


def refusals(**_: Any) -> list[CheckMessage]:
    """Return what is wrong with the list that the settings name, for Django's checks: commands then end with a line."""
    if settings.BREACHED_PASSWORDS is None:
        return []
    try:
        check(settings.BREACHED_PASSWORDS)
    except ImproperlyConfigured as refusal:
        return [Error(str(refusal), id="cases.E001")]
    return []


def holds(path: Path, password: str) -> bool:
    """Whether the list holds this password. About log2(size) reads of one line each."""
    wanted = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode("ascii")
    low, high = 0, path.stat().st_size
    with path.open("rb") as file:
        while low < high:
            middle = (low + high) // 2
            line = _line_after(file, middle)
            if not line or line[:HASH_BYTES].upper() >= wanted:
                high = middle
            else:
                low = middle + 1
        return _line_after(file, low)[:HASH_BYTES].upper() == wanted
