"""Make fingerprints that may be kept and are not yet, then compare what is new. A worker's work.

One sweep serves both beginnings: a file that came in, and a yes that came later. A file is opened outside of any
transaction and decoded in the sandbox; whether its fingerprint may be kept is asked again when it is written.
"""

import logging
import time
from datetime import datetime
from typing import Final

from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.vault import VaultError
from evidence import sandbox
from evidence.actions import fingerprint as actions
from evidence.matching import index
from evidence.matching.reading import NoFingerprint, look
from evidence.models import Exhibit, Fingerprint
from evidence.sources import opened_source

ACTOR: Final = Actor.system("fingerprints")
AT_ONCE: Final = 20
STOP_AFTER_SECONDS: Final = 60.0
NOT_STORED: Final = "not_stored"
log = logging.getLogger("recourse.tasks")


def sweep(*, at: datetime) -> int:
    """Make what is missing, compare what is new; return how many were made. What is left waits for the next sweep."""
    made = _make()
    _compare(at=at)
    return made


def _make() -> int:
    started = time.monotonic()
    with acting_as(ACTOR):
        waiting = [(exhibit, case_key(exhibit.case_id)) for exhibit in actions.to_make()[:AT_ONCE]]
    made = 0
    for exhibit, key in waiting:
        if time.monotonic() - started > STOP_AFTER_SECONDS:
            break
        try:
            made += make(exhibit, key)
        except sandbox.Unavailable:
            # Nothing is noted: the file was not looked at, and will be once there is a sandbox.
            break
        except Exception:
            log.exception("a fingerprint failed", extra={"event": "fingerprints"})
    return made


def make(exhibit: Exhibit, key: bytes) -> bool:
    """Make the fingerprint of one exhibit, outside of any transaction. Raises sandbox.Unavailable."""
    try:
        with opened_source(exhibit, key) as source:
            looked = look(source, media_type=exhibit.media_type)
    except (NoFingerprint, VaultError) as reason:
        told = str(reason) if isinstance(reason, NoFingerprint) else NOT_STORED
        with acting_as(ACTOR):
            return actions.fail(exhibit_id=exhibit.pk, reason=told, by=ACTOR, at=timezone.now()) is not None
    with acting_as(ACTOR):
        kept = actions.keep(exhibit_id=exhibit.pk, seen=looked.seen, tool=looked.tool, by=ACTOR, at=timezone.now())
    return kept is not None


def _compare(*, at: datetime) -> None:
    with acting_as(ACTOR):
        waiting = list(Fingerprint.objects.to_compare().filter(case__in=actions.agreed()).values_list("pk", flat=True))
        if waiting:
            index.held.check()
    for fingerprint_id in waiting:
        try:
            with acting_as(ACTOR):
                actions.compare_one(fingerprint_id=fingerprint_id, by=ACTOR, at=at)
        except Exception:
            log.exception("a comparison failed", extra={"event": "fingerprints"})
