"""Sources that know how far a clock is off, for settings.CLOCK_SOURCES."""

from datetime import timedelta

from evidence.proofs.clock import Reading


def day_late() -> Reading:
    """A clock that is 25 hours fast."""
    return Reading("a test", timedelta(hours=25))


def right() -> Reading:
    """A clock that is off by a little."""
    return Reading("a test", timedelta(milliseconds=-3))


def silent() -> None:
    """A source that knows nothing."""
    return
