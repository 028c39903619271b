"""Case keys under a new key-encryption key, into escrow, back from it, and old versions out of use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from cases import key_wrap, keys, ledger
from cases.actions import erasure
from cases.actor import Actor
from cases.events import CaseEvent
from cases.key_escrow import Escrow, EscrowRow
from cases.models import CaseKey, KekVersion

BATCH = 1000
YOUNG = timedelta(minutes=5)
"""How far the clocks of two machines may differ: a case is taken for younger than an escrow file within this time."""
REWRAP = """
update cases_casekey k set kek_version = %s, wrapped = d.fresh
from unnest(%s::uuid[], %s::bytea[], %s::bytea[]) as d (case_id, old, fresh)
where k.case_id = d.case_id and k.wrapped = d.old"""
REPLACE = """
update cases_casekey k set kek_version = d.version, wrapped = d.fresh
from unnest(%s::uuid[], %s::int[], %s::bytea[]) as d (case_id, version, fresh)
where k.case_id = d.case_id and k.destroyed_at is null"""
DESTROY = """
update cases_casekey set kek_version = 0, wrapped = '', destroyed_at = %s
where case_id = any(%s) and destroyed_at is null"""


class OldEscrow(Exception):
    """An escrow file from before keys were destroyed: with it, what was erased would come back."""


@transaction.atomic
def rewrap(*, to: int, by: Actor, at: datetime, limit: int) -> int:
    """Wrap up to `limit` case keys anew, under KEK version `to`; return how many were still to do.

    What is left to do is what the rows themselves say, so a run that was killed goes on where it stopped. The batch
    that finishes records the rotation. Raises KeyMissing when a version that a row needs is not held.
    """
    if keys.version_for_new() != to:
        raise keys.KeyMissing(f"Version {to} is not the newest key-encryption key that is held here.")
    before = sorted(CaseKey.objects.living().exclude(kek_version=to).values_list("kek_version", flat=True).distinct())
    rows = list(CaseKey.objects.living().exclude(kek_version=to).order_by("case_id")[:limit])
    done = _rewrap(rows, to)
    if rows and not CaseKey.objects.living().exclude(kek_version=to).exists():
        count = CaseKey.objects.living().count()
        ledger.record(CaseEvent.KEYS_ROTATED, case=None, by=by, at=at, before=before, to=to, count=count)
    return done


def _rewrap(rows: list[CaseKey], to: int) -> int:
    held = keys.ring()
    fresh = [
        key_wrap.wrap(keys.unwrap(bytes(row.wrapped), row.case_id, row.kek_version), row.case_id, to, held)
        for row in rows
    ]
    with connection.cursor() as cursor:
        old = [bytes(row.wrapped) for row in rows]
        # Only what is still as it was read: a key that was destroyed meanwhile does not come back.
        cursor.execute(REWRAP, [to, [row.case_id for row in rows], old, fresh])
    return len(rows)


def escrow_now(*, at: datetime) -> Escrow:
    """Return every living case key as it is wrapped now. Raises KeyMissing when one of them does not open."""
    rows = [
        EscrowRow(row.case_id, row.kek_version, row.created_at, bytes(row.wrapped))
        for row in CaseKey.objects.living().order_by("case_id")
    ]
    for row in rows:
        keys.unwrap(row.wrapped, row.case_id, row.kek_version)
    return Escrow(at, keys.ring().newest("kek"), rows)


@transaction.atomic
def note_escrow(*, escrow: Escrow, by: Actor, at: datetime) -> None:
    """Record that an escrow file was written."""
    KekVersion.objects.filter(version=escrow.kek_version).update(escrowed_at=escrow.made_at)
    ledger.record(CaseEvent.KEYS_ESCROWED, case=None, by=by, at=at, count=len(escrow.rows), version=escrow.kek_version)


@transaction.atomic
def retire(*, to: int, keep: Callable[[Escrow], None], by: Actor, at: datetime) -> list[int]:
    """Take every KEK version before `to` out of use, once all living keys are under `to` and `keep` has an escrow.

    No case key is made meanwhile. From the commit on the database takes no key wrapped by a retired version, whatever
    an old process still holds. Returns the versions that are retired now.
    """
    keys.lock_making()
    while rows := list(CaseKey.objects.living().exclude(kek_version=to).order_by("case_id")[:BATCH]):
        _rewrap(rows, to)
    escrow = escrow_now(at=at)
    keep(escrow)
    note_escrow(escrow=escrow, by=by, at=at)
    KekVersion.objects.filter(version__lt=to, retired_at=None).update(retired_at=at)
    return list(KekVersion.objects.filter(version__lt=to, destroyed_at=None).values_list("version", flat=True))


@transaction.atomic
def note_destroyed(*, by: Actor, at: datetime) -> list[int]:
    """Record that retired versions are held no longer, and with them that erasures are complete; return which.

    Raises KeyMissing when the source still gives one of them.
    """
    held = keys.source().look_again()
    waiting = KekVersion.objects.filter(destroyed_at=None).exclude(retired_at=None)
    versions = sorted(waiting.values_list("version", flat=True))
    if still := [version for version in versions if held.holds("kek", version)]:
        raise keys.KeyMissing(f"{held.place} still holds kek {', '.join(map(str, still))}.")
    if versions:
        waiting.update(destroyed_at=at)
        destroyed = CaseKey.objects.exclude(destroyed_at=None).count()
        living = CaseKey.objects.living().count()
        erasure.keys_destroyed(by=by, at=at, versions=versions)
        ledger.record(
            CaseEvent.KEYS_SHREDDED, case=None, by=by, at=at, versions=versions, living=living, destroyed=destroyed
        )
    return versions


@dataclass(frozen=True)
class Restored:
    """What came of an escrow file: case keys replaced, destroyed (erased since the backup), and newer than the file."""

    replaced: int
    destroyed: int
    newer: int


@transaction.atomic
def restore(*, escrow: Escrow, by: Actor, at: datetime) -> Restored:
    """Put the case keys of an escrow file in the place of those that a backup brought.

    A case that the escrow does not know was erased before it was written: its key is destroyed. A case that was opened
    after it was written keeps the key it has. Raises OldEscrow when keys were destroyed after the file was written, and
    KeyMissing when a key in it is not wrapped by a KEK that is held, for the case that it stands for.
    """
    held = keys.ring()
    oldest = held.versions("kek")[0]
    later = KekVersion.objects.filter(retired_at__gt=escrow.made_at).exists()
    if escrow.kek_version < oldest or later:
        raise OldEscrow(
            f"This escrow file is of {escrow.made_at:%Y-%m-%d %H:%M} UTC and kek {escrow.kek_version}; keys were "
            "destroyed after that. Take the newest one."
        )
    by_case = {row.case_id: row for row in escrow.rows}
    if keys.SYSTEM_CHAIN not in by_case:
        raise keys.KeyMissing("The escrow file lacks the key of the system.")
    for row in escrow.rows:
        key_wrap.unwrap(row.wrapped, row.case_id, row.kek_version, held)
    keys.lock_making()
    keys.version_for_new()
    stored = {row.case_id: row for row in CaseKey.objects.living()}
    found = [row for row in escrow.rows if row.case_id in stored]
    unknown = [row for case_id, row in stored.items() if case_id not in by_case]
    # A key under a version that was destroyed belongs to an erased case, however young.
    gone = [row.case_id for row in unknown if row.created_at <= escrow.made_at - YOUNG or row.kek_version < oldest]
    _replace(found)
    _destroy(gone, at)
    unused = KekVersion.objects.filter(destroyed_at=None).exclude(version__in=held.versions("kek"))
    unused.filter(version__lt=oldest).update(retired_at=at, destroyed_at=at)
    result = Restored(len(found), len(gone), len(unknown) - len(gone))
    ledger.record(
        CaseEvent.KEYS_RESTORED,
        case=None,
        by=by,
        at=at,
        made_at=escrow.made_at,
        replaced=result.replaced,
        destroyed=result.destroyed,
        newer=result.newer,
    )
    return result


def _replace(rows: list[EscrowRow]) -> None:
    with connection.cursor() as cursor:
        columns = ([row.case_id for row in rows], [row.kek_version for row in rows], [row.wrapped for row in rows])
        cursor.execute(REPLACE, list(columns))


def _destroy(case_ids: list[UUID], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DESTROY, [at, case_ids])
