"""Verifies that stored files are still what was stored: every one within a week, a share of them opened as well.

The hash of a file as it lies in the store needs no key and tells every change. Opening a sample shows that what lies
there can still be read with its case's key. A file that differs stops no other; a store that cannot be read says
nothing about a file. Work goes file by file, paced in bytes and seconds, and goes on where it stopped.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.key_sources import KeyMissing
from cases.keys import case_key
from cases.models import Case
from cases.rvlt import NotOpened
from cases.vault import Differs, Missing, Stored, Vault, VaultError
from evidence.actions import scrub as scrub_actions
from evidence.models import StoredCheck, StoredState
from evidence.scrub_subjects import StoredFile, described, subjects

SCRUBBER = Actor.system("scrub")
BATCH = 50
ONE_IN = 20
"""Of so many files one is opened each week, another one each time."""
log = logging.getLogger("recourse.scrub")


@dataclass(slots=True)
class Counts:
    """What one run came to. `opened` are those of the verified whose plain bytes were hashed too."""

    verified: int = 0
    opened: int = 0
    differ: int = 0
    missing: int = 0
    not_checked: int = 0
    read_bytes: int = 0

    @property
    def looked(self) -> int:
        """How many files were looked at."""
        return self.verified + self.differ + self.missing + self.not_checked

    def as_dict(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def run(
    *,
    at: datetime,
    most_bytes: int | None = None,
    seconds: float | None = None,
    everything: bool = False,
    vault: Vault | None = None,
) -> Counts:
    """Look at what is due, or at everything, until nothing is left or a bound is reached; return what was found.

    Call outside of `acting_as`, as the worker's login. At least one file is looked at, however large. Several workers
    at once share the work.
    """
    store, counts, began = vault or Vault(), Counts(), time.monotonic()
    for model, file in _due(at, everything=everything):
        with acting_as(SCRUBBER):
            if not scrub_actions.claim(file=file, since=at, at=timezone.now()):
                continue
        try:
            _look(model, file, store, counts, at=at)
        except Exception:
            # One row that cannot be dealt with leaves the others alone; its lease ends by itself.
            log.exception("a stored file could not be looked at", extra={"event": "scrub"})
            counts.not_checked += 1
        is_enough = most_bytes is not None and counts.read_bytes >= most_bytes
        if is_enough or (seconds is not None and time.monotonic() - began >= seconds):
            break
    if counts.looked:
        with acting_as(SCRUBBER):
            scrub_actions.add_to_day(counts=counts.as_dict(), at=at)
    return counts


def _due(at: datetime, *, everything: bool) -> Iterator[tuple[type[Model], StoredFile]]:
    """Yield files whose time has come, those never looked at first; a batch is in memory at a time."""
    for model in subjects():
        last = None
        while True:
            with acting_as(SCRUBBER):
                batch = _batch(model, at, everything=everything, after=last)
            for row in batch:
                yield model, described(model, row)
            if len(batch) < BATCH:
                break
            last = batch[-1].pk


def _batch(model: type[Model], at: datetime, *, everything: bool, after: Any) -> list[Any]:
    checks = StoredCheck.objects.filter(subject=model._meta.db_table, subject_id=OuterRef("pk"))
    not_due = Q(leased_until__gt=at) if everything else Q(next_at__gt=at) | Q(leased_until__gt=at)
    rows = model._base_manager.exclude(object_name="").filter(~Exists(checks.filter(not_due)))
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.defer("sealed").order_by("pk")[:BATCH])


def _look(model: type[Model], file: StoredFile, store: Vault, counts: Counts, *, at: datetime) -> None:
    state = _stored_state(file, store)
    opened = False
    if state in (StoredState.VERIFIED, StoredState.DIFFERS):
        counts.read_bytes += file.sealed_bytes
    if state == StoredState.VERIFIED and _is_sampled(file, at) and (key := _key(file)) is not None:
        state, opened = _opened_state(file, key, store)
        counts.read_bytes += file.sealed_bytes
    with acting_as(SCRUBBER):
        noted = scrub_actions.note(file=file, model=model, state=state, opened=opened, by=SCRUBBER, at=timezone.now())
    if noted is None:
        return
    names = {StoredState.DIFFERS: "differ", StoredState.MISSING: "missing", StoredState.NOT_CHECKED: "not_checked"}
    name = names.get(noted, "verified")
    setattr(counts, name, getattr(counts, name) + 1)
    counts.opened += opened and noted == StoredState.VERIFIED


def _stored_state(file: StoredFile, store: Vault) -> StoredState:
    try:
        store.check(Stored(file.name, file.sealed_bytes, file.sealed_sha256))
    except Differs:
        return StoredState.DIFFERS
    except Missing:
        return StoredState.MISSING if store.answers() else StoredState.NOT_CHECKED
    except VaultError:
        return StoredState.NOT_CHECKED
    return StoredState.VERIFIED


def _opened_state(file: StoredFile, key: bytes, store: Vault) -> tuple[StoredState, bool]:
    digest = hashlib.sha256()
    try:
        with store.open(file.name, key, file.case_id, file.file_id, sealed_bytes=file.sealed_bytes) as opener:
            for piece in opener.iter_chunks():
                digest.update(piece)
    except NotOpened:
        return StoredState.DIFFERS, True
    except VaultError as error:
        changed = isinstance(error.__cause__, NotOpened)
        return (StoredState.DIFFERS, True) if changed else (StoredState.VERIFIED, False)
    except Exception:
        # The store failed between two reads: the first of them verified the file.
        return StoredState.VERIFIED, False
    is_same = digest.hexdigest() == file.plain_sha256
    return (StoredState.VERIFIED if is_same else StoredState.DIFFERS), True


def _is_sampled(file: StoredFile, at: datetime) -> bool:
    week = at.date().toordinal() // 7  # counted through, because a year's own numbers repeat one or two at its end
    return bool(file.plain_sha256) and (file.subject_id.int + week) % ONE_IN == 0


def _key(file: StoredFile) -> bytes | None:
    """Return the case's key; None while the case is locked for age, when no file of it is opened by anybody."""
    with acting_as(SCRUBBER):
        case = Case.objects.only("age_answer").get(pk=file.case_id)
        if case.is_age_locked:
            return None
        try:
            return case_key(file.case_id)
        except KeyMissing:
            return None


def totals() -> dict[str, int]:
    """Return how many stored files are in each state now, over all cases; as the worker's or owner's login."""
    with acting_as(SCRUBBER):
        return {state.value: StoredCheck.objects.filter(state=state).count() for state in StoredState}
