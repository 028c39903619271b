"""Where a try to sign in comes from, and what it is counted on. Pure: the rows are in cases/actions/sign_in.py.

A stranger must not be able to keep a person out. So tries are counted per account and place, and the slow limit of a
whole account counts only for places that the account was never seen at.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from cases import keys
from cases.doors import Limit, coarse_source

PAIR = Limit(5, timedelta(seconds=30), timedelta(minutes=15))
"""One account from one place: the person who mistypes, or guesses."""
ACCOUNT = Limit(25, timedelta(seconds=30), timedelta(minutes=5))
"""One account from all places where it was never signed in: high and short, for a person on a new device."""
SOURCE = Limit(40, timedelta(seconds=30), timedelta(minutes=15))
"""One network with any accounts: high, because a whole office may share it."""
LETTER_PAIR = Limit(3, timedelta(minutes=10), timedelta(hours=6))
LETTER_ACCOUNT = Limit(6, timedelta(minutes=30), timedelta(hours=12))
LETTER_SOURCE = Limit(20, timedelta(minutes=1), timedelta(hours=1))
"""Letters with which a password is set anew: what is slowed is not sent, and the page says the same."""

KNOWN_FOR = timedelta(days=90)
DEVICE_BYTES = 24
_DEVICE_SHAPE = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True)
class Place:
    """A coarse network, and the mark of a browser that was signed in before (empty without)."""

    source: str
    device: str


def make_place(*, address: str, device: str) -> Place:
    """Return the place of a request; a mark that is not of our shape counts for none."""
    return Place(coarse_source(address), device if _DEVICE_SHAPE.fullmatch(device) else "")


def device_key(who: str, place: Place) -> bytes:
    """Return the keyed hash of one browser of one account."""
    return keys.blind_index("signin-device", f"{who.lower()}|{place.device}")[1]


def source_key(who: str, place: Place) -> bytes:
    """Return the keyed hash of one network of one account."""
    return keys.blind_index("signin-place", f"{who.lower()}|{place.source}")[1]


def counters(step: str, who: str, place: Place, *, known: set[bytes]) -> list[tuple[bytes, Limit]]:
    """Return what one try of a step ("password", "code") is counted on.

    A known browser has a counter of its own that nobody else can fill. A known network is spared the account's limit.
    """
    account = who.lower()[:254]
    if place.device and device_key(who, place) in known:
        return [(_key(f"{step}-device", f"{account}|{place.device}"), PAIR)]
    wanted = [(_key(f"{step}-pair", f"{account}|{place.source}"), PAIR), (_key("signin-source", place.source), SOURCE)]
    if source_key(who, place) not in known:
        wanted.append((_key(f"{step}-account", account), ACCOUNT))
    return wanted


def letter_counters(who: str, place: Place) -> list[tuple[bytes, Limit]]:
    """Return what one wish for a new password is counted on."""
    account = who.lower()[:254]
    return [
        (_key("letter-pair", f"{account}|{place.source}"), LETTER_PAIR),
        (_key("letter-source", place.source), LETTER_SOURCE),
        (_key("letter-account", account), LETTER_ACCOUNT),
    ]


def _key(kind: str, value: str) -> bytes:
    return keys.blind_index(kind, value)[1]
