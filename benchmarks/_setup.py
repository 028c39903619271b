"""What benchmarks share: Django, and a stopwatch that takes the middle of several runs."""

import os
import statistics
import time
from collections.abc import Callable

import django


def begin() -> None:
    """Load Django with the environment of the stack that was started for this."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()


def middle_seconds(what: Callable[[], object], *, runs: int = 5) -> float:
    """Return the median of several runs, after one that is not counted."""
    what()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        what()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
