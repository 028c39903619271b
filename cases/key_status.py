"""Which keys this database needs, and which of them are here: numbers and dates, never a key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, ProgrammingError, connection

from cases import keys
from cases.key_check import ASK_SYSTEM, COUNTS, KNOWN, LOOKUPS, SYSTEM, Needed, refuse_wrong_keys
from cases.models import CaseKey, KekVersion


def _rows(statement: str, values: tuple[UUID, ...] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def needed() -> Needed:
    """Return what the data in this database needs; every login may ask."""
    system = _rows(SYSTEM, ASK_SYSTEM)
    return Needed(
        case_keys=dict(_rows(COUNTS)),
        lookups=dict(_rows(LOOKUPS)),
        known={version: bytes(value) for version, value in _rows(KNOWN)},
        system=(system[0][0], bytes(system[0][1])) if system else None,
    )


def refuse_to_start() -> None:
    """Raise KeyMissing, one line, when this process could not open what is stored.

    A database that does not answer, or has no tables yet, is another trouble: then only the keys themselves are
    looked at, and every page checks again what it opens.
    """
    held = keys.source().ring()
    try:
        wanted = needed()
    except (OperationalError, ProgrammingError):
        return
    refuse_wrong_keys(held, wanted)


@dataclass(frozen=True)
class VersionStatus:
    """One version of the key-encryption key."""

    version: int
    case_keys: int
    is_held: bool
    made_at: datetime | None = None
    retired_at: datetime | None = None
    destroyed_at: datetime | None = None
    escrowed_at: datetime | None = None


def versions() -> list[VersionStatus]:
    """Return every version that is held, used, or was once; oldest first."""
    held = keys.ring()
    counts = dict(_rows(COUNTS))
    known = {row.version: row for row in KekVersion.objects.all()}
    found = []
    for version in sorted({*counts, *known, *held.versions("kek")}):
        row = known.get(version)
        found.append(
            VersionStatus(
                version,
                counts.get(version, 0),
                held.holds("kek", version),
                *((row.made_at, row.retired_at, row.destroyed_at, row.escrowed_at) if row else ()),
            )
        )
    return found


def lookups() -> dict[int, int]:
    """Return how many look-ups each version of the look-up key made."""
    return dict(_rows(LOOKUPS))


def unopenable() -> list[UUID]:
    """Return the cases whose keys do not open although their version is held: damaged, or another case's. Worker."""
    found = []
    for row in CaseKey.objects.living().order_by("case_id"):
        try:
            keys.unwrap(bytes(row.wrapped), row.case_id, row.kek_version)
        except keys.KeyMissing:
            found.append(row.case_id)
    return found


def warnings() -> list[str]:
    """Return what a custodian should do next; no fault that stops anything."""
    found = versions()
    said = []
    in_use = [one for one in found if one.case_keys]
    if len(in_use) > 1:
        said.append("A rotation is not finished. Run: keys rotate")
    said.extend(
        f"Version {one.version} is retired and still held. Run: keys shred --finish"
        for one in found
        if one.retired_at is not None and one.is_held
    )
    if in_use and in_use[-1].escrowed_at is None:
        said.append(f"No escrow file was written since version {in_use[-1].version} is in use. Run: keys export-escrow")
    return said
