"""Codes and PINs of the portal's door, and how tries are slowed. Pure: the rows are in cases/actions/door.py."""

import ipaddress
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

from cases import keys

ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
"""No sign that looks like another: no 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B."""
CODE_LENGTH = 8
PIN_LENGTH = 6
INVITATION_LASTS = timedelta(days=7)
STARTER_LASTS = timedelta(days=7)
"""A code that staff read out is replaced by the client's own at the first opening, or runs out."""

QUIET_RESETS = timedelta(hours=12)
"""After this long without a try the count starts again (house rule)."""
TRIES_KEPT = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)
"""How long it is remembered, as a keyed hash, that a code was used rightly from a network (house rule)."""


@dataclass(frozen=True)
class Limit:
    """So many tries are free, then each further one waits twice as long, up to the longest wait."""

    free: int
    first_wait: timedelta
    longest_wait: timedelta

    def wait_after(self, tries: int) -> timedelta:
        """Return how long the next try must wait after so many wrong ones."""
        if tries < self.free:
            return timedelta(0)
        doubled: int = 2 ** min(tries - self.free, 20)
        return min(self.first_wait * doubled, self.longest_wait)


PAIR = Limit(5, timedelta(seconds=30), timedelta(minutes=15))
"""One code from one source: the person who mistypes, or guesses."""
CODE = Limit(25, timedelta(seconds=30), timedelta(minutes=5))
"""One code from everywhere: high, so that a stranger elsewhere cannot keep its owner out."""
SOURCE = Limit(40, timedelta(seconds=30), timedelta(minutes=15))
"""One source with any codes: high, because a whole phone network may share it."""


def make_code() -> str:
    """Return a fresh case code: 8 signs of 25, about 37 bits, always used with a PIN and slowed tries."""
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))


def spoken_code(code: str) -> str:
    """Return a code as it is shown and read out: two groups of four."""
    return f"{code[:4]} {code[4:]}"


def tidy_code(text: str) -> str:
    """Return a code as typed, without blanks, hyphens and case."""
    return "".join(sign for sign in text.upper() if not sign.isspace() and sign not in "-‐‑–.·")


def tidy_pin(text: str) -> str:
    """Return the digits of a PIN; digits of any script count, blanks do not."""
    signs = [sign for sign in text if not sign.isspace()]
    return "".join(
        str(unicodedata.digit(sign)) if unicodedata.digit(sign, None) is not None else sign for sign in signs
    )


def make_pin() -> str:
    """Return a random PIN that is not a weak one."""
    while True:
        pin = f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}}"
        if pin_problem(pin) is None:
            return pin


def pin_problem(pin: str) -> str | None:
    """Say in plain words why a PIN cannot be used, or None."""
    if len(pin) != PIN_LENGTH or not pin.isascii() or not pin.isdigit():
        return _("A PIN has 6 digits, like 4 0 7 1 9 2.")
    if len(set(pin)) == 1:
        return _("This PIN is one digit six times. Others try that first. Choose another.")
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if steps in ({1}, {-1}):
        return _("This PIN counts up or down. Others try that first. Choose another.")
    if pin in (pin[:2] * 3, pin[:3] * 2):
        return _("This PIN repeats a short part. Others try that first. Choose another.")
    if len(set(pin)) == 2 and pin[:3] == pin[0] * 3 and pin[3:] == pin[3] * 3:
        return _("This PIN has two digits only. Others try that first. Choose another.")
    return None


def code_hashes(code: str) -> list[bytes]:
    """Return a code's keyed hashes, newest key first: a code is too short for a hash without a key."""
    held = reversed(keys.ring().versions("lookup"))
    return [keys.blind_index("door-code", tidy_code(code), version)[1] for version in held]


def try_keys(code: str, source: str) -> list[tuple[bytes, Limit]]:
    """Return the counters that one try is counted on: the pair, the code, the source."""
    typed, place = tidy_code(code)[:40], coarse_source(source)
    wanted = ((f"{typed}|{place}", "door-pair", PAIR), (typed, "door-try", CODE), (place, "door-source", SOURCE))
    return [(keys.blind_index(kind, value)[1], limit) for value, kind, limit in wanted]


def place_key(code: str, source: str) -> bytes:
    """Return the keyed hash under which it is remembered that a code was used rightly from a network."""
    return keys.blind_index("door-known", f"{tidy_code(code)[:40]}|{coarse_source(source)}")[1]


def coarse_source(address: str) -> str:
    """Return the network an address belongs to (/24 or /48); an address that cannot be read is one source."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    size = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, size), strict=False))


def longest_wait(until: Iterable[datetime | None], *, at: datetime) -> timedelta:
    """Return how long the slowest of several counters still waits."""
    return max((moment - at for moment in until if moment is not None and moment > at), default=timedelta(0))
