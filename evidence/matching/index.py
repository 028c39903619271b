"""The hashes of every case that may be compared, held by one worker process and kept up with the table.

Only a worker's login sees every row; the web process holds no hash. What is held are hashes and places, no case and no
exhibit: whatever a search finds is read again from the table, so a fingerprint that is gone is never found.
Rows are read in the order of their places, which are given under one lock; so none can come in behind the last.
"""

import logging
from typing import Final

from django.db import connection

from cases.rowsecurity import OWNER, WORKER
from evidence.matching.scan import Hashes
from evidence.matching.turns import LEAST_QUALITY

LOCK: Final = 0x7064_7121
"""The advisory lock under which places are given: one comparison at a time over all workers."""

ROWS: Final = """
  from evidence_fingerprinthash h join evidence_fingerprint f on f.id = h.fingerprint_id
    join cases_case c on c.id = f.case_id
  where f.place is not null and f.place > %s and h.quality >= %s and c.age_answer = 'adult'
"""
log = logging.getLogger("recourse.tasks")


class WouldBeBlind(Exception):
    """This login does not see every row: a search would miss what it may not see and say "nothing"."""


class Index:
    """Hashes up to a place. One lives in each worker process; tests make their own."""

    def __init__(self) -> None:
        self.hashes = Hashes.of([])
        self.last = 0

    def refresh(self) -> None:
        """Read what was compared since; inside a transaction of a worker that holds the lock."""
        with connection.cursor() as cursor:
            cursor.execute(f"select f.place, h.pdq {ROWS} order by f.place", [self.last, LEAST_QUALITY])
            rows = [(int(place), bytes(pdq)) for place, pdq in cursor.fetchall()]
            cursor.execute("select coalesce(max(place), 0) from evidence_fingerprint")
            (last,) = cursor.fetchone()
        if rows:
            self.hashes = self.hashes.joined_with(Hashes.of(rows))
        self.last = int(last)

    def check(self) -> None:
        """Forget everything where rows went since (a yes was taken back, a case was locked or erased)."""
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            (login,) = cursor.fetchone()
            if login not in (OWNER, WORKER):
                raise WouldBeBlind(f"Comparing fingerprints needs {WORKER}; this is {login}.")
            cursor.execute(f"select count(*) {ROWS} and f.place <= %s", [0, LEAST_QUALITY, self.last])
            (count,) = cursor.fetchone()
        if count != len(self.hashes):
            log.info("fingerprints are read anew", extra={"event": "fingerprints"})
            self.hashes, self.last = Hashes.of([]), 0


def take_turn() -> None:
    """Wait until no other worker compares; held until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


held = Index()
"""This process's own."""
