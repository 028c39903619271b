"""Are the right keys here? Asked before a process serves anybody; knows the database only by what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cases.key_sources import KeyMissing, Ring
from cases.key_wrap import SYSTEM_CHAIN, check_value, unwrap

COUNTS = "select kek_version, count from recourse_key_counts()"
LOOKUPS = "select key_version, count from recourse_lookup_counts()"
KNOWN = "select version, check_value from cases_kekversion where destroyed_at is null"
SYSTEM = "select kek_version, wrapped from cases_casekey where case_id = %s and destroyed_at is null"
ASK_SYSTEM: tuple[UUID] = (SYSTEM_CHAIN,)


@dataclass(frozen=True)
class Needed:
    """What a database needs: case keys and look-ups by version, check values, and the wrapped key of the system."""

    case_keys: Mapping[int, int] = field(default_factory=dict)
    lookups: Mapping[int, int] = field(default_factory=dict)
    known: Mapping[int, bytes] = field(default_factory=dict)
    system: tuple[int, bytes] | None = None


def refuse_wrong_keys(held: Ring, needed: Needed) -> None:
    """Raise KeyMissing, in one line with counts, when a needed version is not held or is not the one it should be."""
    missing = {version: count for version, count in needed.case_keys.items() if not held.holds("kek", version)}
    if missing:
        text = " and ".join(f"kek:{version} ({count} case keys)" for version, count in sorted(missing.items()))
        raise KeyMissing(
            f"The data needs {text}, which {held.place} does not hold. Put the key back; after a restore run: "
            "bin/manage keys import-escrow FILE"
        )
    for version, value in sorted(needed.known.items()):
        if held.holds("kek", version) and check_value(held.get("kek", version), version) != value:
            raise KeyMissing(f"The key kek:{version} in {held.place} is not the one that the data was sealed with.")
    if needed.system is not None:
        version, wrapped = needed.system
        try:
            unwrap(wrapped, SYSTEM_CHAIN, version, held)
        except KeyMissing:
            raise KeyMissing(f"The key of the system does not open with kek:{version} of {held.place}.") from None
    missing = {version: count for version, count in needed.lookups.items() if not held.holds("lookup", version)}
    if missing:
        text = " and ".join(f"lookup:{version} ({count} look-ups)" for version, count in sorted(missing.items()))
        raise KeyMissing(f"The data needs {text}, which {held.place} does not hold. Put the key back.")
