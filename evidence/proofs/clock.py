"""How far is this machine's clock off? A bundle says what is known, and none is built where it is known to be wrong."""

import ctypes
import ctypes.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

MOST = timedelta(seconds=2)
"""A bundle is not built when the clock is known to be off by more."""
SECONDS = 3
STA_UNSYNC, STA_NANO = 0x0040, 0x2000
TIME_ERROR = 5


class ClockOff(Exception):
    """The clock is known to be wrong; the message can be shown to a caseworker."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says. `offset` is our clock minus the true time; None where the source knows no number.

    `within` is how far it may be off at most by the source's own account.
    """

    source: str
    offset: timedelta | None = None
    within: timedelta | None = None

    def said(self) -> str:
        """Return this as it is printed in a bundle."""
        if self.offset is not None:
            return _("%(source)s: the clock was off by %(seconds)s s") % {
                "source": self.source,
                "seconds": f"{self.offset.total_seconds():+.3f}",
            }
        if self.within is not None:
            return _("%(source)s: the clock was right to within %(seconds)s s") % {
                "source": self.source,
                "seconds": f"{self.within.total_seconds():.3f}",
            }
        return self.source


def read() -> Reading:
    """Return the first thing that a source of settings.CLOCK_SOURCES knows, or that nobody knows."""
    for path in settings.CLOCK_SOURCES:
        source: Callable[[], Reading | None] = import_string(path)
        if (found := source()) is not None:
            return found
    return Reading(_("The clock of the organisation’s server; how far it was off is not known"))


def refuse_if_off(reading: Reading) -> None:
    """Raise ClockOff when a clock is known to be off by more than two seconds."""
    if reading.offset is not None and abs(reading.offset) > MOST:
        raise ClockOff(
            _("The clock of this server is off by %(seconds)s seconds. Nothing is built until it is right.")
            % {"seconds": f"{abs(reading.offset.total_seconds()):.0f}"}
        )


def against_stamp(stamped_at: datetime, *, sent_at: datetime, received_at: datetime) -> Reading | None:
    """Return how far we are off by a time stamp's account: nothing where its time lies between question and answer.

    An authority may cut its time to whole seconds, so the second after it counts as its time too.
    """
    earliest, latest = stamped_at, stamped_at + timedelta(seconds=1)
    source = _("a time-stamp authority")
    if received_at < earliest:
        return Reading(source, received_at - earliest)
    if sent_at > latest:
        return Reading(source, sent_at - latest)
    return None


def chrony() -> Reading | None:
    """Ask chrony, where it runs on this machine: the sixth part of `chronyc -c tracking` is the offset in seconds."""
    program = shutil.which("chronyc")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-c", "tracking"], capture_output=True, timeout=SECONDS, check=False, env={"LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_chrony(done.stdout.decode("ascii", "replace")) if done.returncode == 0 else None


def read_chrony(line: str) -> Reading | None:
    """Read one line of `chronyc -c tracking`: id, name, stratum, time, system time offset, … ; stratum 0 is none.

    The offset there is how much the clock must still be moved: positive means that ours is slow.
    """
    parts = line.strip().split(",")
    try:
        stratum, slow = int(parts[2]), float(parts[4])
    except (IndexError, ValueError):
        return None
    if stratum == 0 or parts[-1].startswith("Not"):
        return None
    return Reading("chrony", timedelta(seconds=-slow))


class _Timex(ctypes.Structure):
    # struct timex of Linux on 64-bit machines (adjtimex(2)).
    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("constant", "precision", "tolerance", "tv_sec", "tv_usec", "tick")),
        *((name, ctypes.c_long) for name in ("ppsfreq", "jitter")),
        ("shift", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("stabil", "jitcnt", "calcnt", "errcnt", "stbcnt")),
        ("tai", ctypes.c_int),
        ("padding", ctypes.c_int * 11),
    )


def kernel() -> Reading | None:
    """Ask the kernel whether a time service holds its clock, and how far it may be off at most."""
    name = ctypes.util.find_library("c")
    if name is None:
        return None
    try:
        ask = ctypes.CDLL(name).adjtimex
    except (OSError, AttributeError):
        return None
    told = _Timex()
    state = ask(ctypes.byref(told))
    if state < 0 or state == TIME_ERROR or told.status & STA_UNSYNC:
        return None
    return Reading(_("The server’s time service"), within=timedelta(microseconds=told.maxerror))
