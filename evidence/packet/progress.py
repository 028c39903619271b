"""Keeps a claim alive while a bundle is built, and says on its page how far it is; notices when somebody stops it."""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from uuid import UUID

from django.db import connection
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from evidence.actions import bundle as bundle_actions
from evidence.actions.bundle import LeaseLost

EVERY_SECONDS = 60.0
LATER, NOW, DONE = "later", "now", "done"

log = logging.getLogger("recourse.bundles")


class Progress:
    """The claim of one build. Used as a context: a thread renews it every minute until the end.

    A part that takes long (gigabytes into the store) is thus no reason for another worker to take over; a worker that
    is killed renews nothing.
    """

    def __init__(self, bundle_id: UUID, lease: datetime, by: Actor) -> None:
        self._bundle_id, self._lease, self._by = bundle_id, lease, by
        self._labels: list[str] = []
        self._done = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._lost: LeaseLost | None = None
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> "Progress":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Renew no more; the lease that `lease` names stays as it is."""
        self._over.set()
        self._thread.join()

    @property
    def lease(self) -> datetime:
        """Return the lease that names the claim now."""
        with self._lock:
            return self._lease

    def plan(self, labels: Sequence[str]) -> None:
        """Say which parts there will be; what was done before counts as done."""
        with self._lock:
            self._labels = list(labels)
        self._renew()

    def done(self, number: int) -> None:
        """Say that so many parts are done. Raises LeaseLost when the bundle is not ours any more."""
        with self._lock:
            self._done = number
        self._renew()

    def _parts(self) -> list[dict[str, str]]:
        return [
            {"label": label, "state": DONE if place < self._done else NOW if place == self._done else LATER}
            for place, label in enumerate(self._labels)
        ]

    def _renew(self) -> None:
        with self._lock:
            if self._lost is not None:
                raise self._lost
            with acting_as(self._by):
                self._lease = bundle_actions.renew(
                    bundle_id=self._bundle_id, lease=self._lease, at=timezone.now(), parts=self._parts()
                )

    def _beat(self) -> None:
        try:
            while not self._over.wait(EVERY_SECONDS):
                try:
                    self._renew()
                except LeaseLost as lost:
                    self._lost = lost
                    return
                except Exception:
                    # A database that is away for a moment: the lease outlives several tries.
                    log.exception("a claim could not be renewed", extra={"event": "bundle"})
        finally:
            # A thread has a connection of its own.
            connection.close()
