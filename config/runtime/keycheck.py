"""Do the keys that are held open this database? Asked before anything serves, without loading Django."""

from collections.abc import Mapping
from pathlib import Path

import psycopg

from cases import key_check
from cases.key_check import Needed
from cases.key_sources import source_of
from config.runtime.parts import SECONDS


def refuse_wrong_keys(environment: Mapping[str, str], default: Path) -> None:
    """Raise KeyMissing, in one line, when a key of the data is missing or wrong. Asks as the worker's login."""
    held = source_of(environment, default).ring()
    with psycopg.connect(environment["DATABASE_WORKER_URL"], connect_timeout=SECONDS) as connection:
        system = connection.execute(key_check.SYSTEM, key_check.ASK_SYSTEM).fetchone()
        needed = Needed(
            case_keys=dict(connection.execute(key_check.COUNTS).fetchall()),
            lookups=dict(connection.execute(key_check.LOOKUPS).fetchall()),
            known=dict(connection.execute(key_check.KNOWN).fetchall()),
            system=(int(system[0]), bytes(system[1])) if system else None,
        )
    key_check.refuse_wrong_keys(held, needed)
