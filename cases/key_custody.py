"""The custodian's work, step by step: each step commits by itself, and a run that was killed is simply run again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection

from cases import key_escrow, keys
from cases.access import acting_as
from cases.actions import key as actions
from cases.actor import Actor
from cases.key_sources import ByHand
from cases.models import CaseKey, KekVersion

BY = Actor.system("keys")
_TURN = (7, 2)


class Busy(Exception):
    """Somebody else is doing custodian's work on this database."""


@contextmanager
def turn() -> Iterator[None]:
    """Let one custodian work at a time; raise Busy for a second. Held by the session, so it dies with the process."""
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        raise Busy("Behind a pooler this lock would hold nobody: run it with addresses straight to Postgres.")
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", _TURN)
        if not cursor.fetchone()[0]:
            raise Busy("Another keys command is at work on this database; wait for it.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, %s)", _TURN)


def rotate(*, at: datetime, each: Callable[[int], None] = lambda count: None) -> int:
    """Wrap every case key anew under the newest KEK version and return it.

    A version is added only when every key is under the newest already: otherwise this finishes what was begun, or uses
    the version that the operator supplied. Raises ByHand, with what to do, when a version is wanted and cannot be added
    here. `each` hears the number of keys after every batch.
    """
    newest = keys.source().look_again().newest("kek")
    with acting_as(BY):
        is_used = KekVersion.objects.filter(version=newest).exists()
        is_under_way = CaseKey.objects.living().exclude(kek_version=newest).exists()
    if is_used and not is_under_way:
        newest = keys.source().add("kek")
    return _rewrap_all(newest, at=at, each=each)


def _rewrap_all(to: int, *, at: datetime, each: Callable[[int], None]) -> int:
    while True:
        with acting_as(BY):
            done = actions.rewrap(to=to, by=BY, at=at, limit=actions.BATCH)
        if not done:
            return to
        each(done)


def export(path: Path, passphrase: str, *, at: datetime) -> key_escrow.Escrow:
    """Write an escrow file where none is yet, and record it."""
    with acting_as(BY):
        # A case that is being opened is either in the file or visibly younger than it.
        keys.lock_making()
        escrow = actions.escrow_now(at=at)
        key_escrow.write_new(path, key_escrow.seal(escrow, passphrase))
        actions.note_escrow(escrow=escrow, by=BY, at=at)
    return escrow


def restore(data: bytes, passphrase: str, *, at: datetime) -> actions.Restored:
    """Put the keys of an escrow file in place; see `cases.actions.key.restore`. Raises EscrowUnreadable too."""
    escrow = key_escrow.unseal(data, passphrase)
    with acting_as(BY):
        return actions.restore(escrow=escrow, by=BY, at=at)


def shred(path: Path, passphrase: str, *, at: datetime) -> list[int]:
    """Make every key that was destroyed unreadable in every backup; return the KEK versions destroyed for it.

    All living keys go under a new KEK, an escrow file is written, then the old versions leave their source. Raises
    ByHand, with what to do, when the last step is the operator's: `finish` then verifies it.
    """
    key_escrow.check_passphrase(passphrase)
    if path.exists():
        raise FileExistsError(17, "it is there already", str(path))
    newest = keys.source().look_again().newest("kek")
    if not _is_fresh(newest):
        newest = keys.source().add("kek")
    _rewrap_all(newest, at=at, each=lambda count: None)
    with acting_as(BY):
        actions.retire(
            to=newest,
            keep=lambda escrow: key_escrow.write_new(path, key_escrow.seal(escrow, passphrase)),
            by=BY,
            at=at,
        )
    old = {version for version in keys.ring().versions("kek") if version < newest}
    if old:
        keys.source().remove("kek", old)
    return finish(at=at)


def finish(*, at: datetime) -> list[int]:
    """Verify that retired versions are held no longer and record their destruction; return which."""
    with acting_as(BY):
        return actions.note_destroyed(by=BY, at=at)


def _is_fresh(version: int) -> bool:
    """Whether no key that was destroyed was ever wrapped by this version, and an older one is there to be retired."""
    with acting_as(BY):
        known = KekVersion.objects.filter(pk=version).first()
        if known is None:
            return True
        older = KekVersion.objects.filter(version__lt=version, destroyed_at=None).exists()
        return older and not CaseKey.objects.filter(destroyed_at__gte=known.made_at).exists()


def add_lookup() -> int:
    """Add a version of the look-up key; new look-ups use it, old ones are found under theirs."""
    return keys.source().add("lookup")


__all__ = ["BY", "Busy", "ByHand", "add_lookup", "export", "finish", "restore", "rotate", "shred", "turn"]
