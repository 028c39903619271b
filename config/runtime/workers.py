"""The two workers of an installation: what each is called, which queues it empties, how Celery starts it.

Standard library only: the container's entry point reads it before anything else is there.
"""

from dataclasses import dataclass

QUICK_QUEUE, SLOW_QUEUE, CAPTURE_QUEUE = "celery", "slow", "capture"


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One worker process: the name a person knows it by, its part in a container, its queues, its own options."""

    name: str
    part: str
    queues: tuple[str, ...]
    options: tuple[str, ...]

    def arguments(self, *, processes: int | None = None) -> list[str]:
        """Return what follows `celery -A config`; `processes` overrides how many things it does at once."""
        limits = [option for option in self.options if processes is None or not option.startswith("--concurrency=")]
        if processes is not None:
            limits.append(f"--concurrency={processes}")
        calm = ["-l", "warning", "--without-gossip", "--without-mingle"]
        return ["worker", "-Q", ",".join(self.queues), "-n", f"{self.part}@%h", *calm, *limits]


QUICK = WorkerPlan("worker", "worker", (QUICK_QUEUE,), ("--concurrency=2",))
SLOW = WorkerPlan(
    "slow worker",
    "slow",
    (CAPTURE_QUEUE, SLOW_QUEUE),
    # One for the build that may run, one for all the rest. A long packet leaves memory behind that Python does not
    # give back: a process that holds more than this many KiB after a task is replaced.
    ("--concurrency=2", "--max-memory-per-child=500000", "--max-tasks-per-child=200"),
)
PLANS = (QUICK, SLOW)
