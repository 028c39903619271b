"""What processes get that a test starts."""

import os


def environment() -> dict[str, str]:
    """Return our environment without the name of the test process, after which settings choose folders and queue.

    For children that are given folders and a queue of their own.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
