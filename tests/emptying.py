"""How the tables are emptied after a test that commits: quickly, and past the triggers that keep the record."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import sql

MADE_BY_MIGRATE = {"django_content_type", "auth_permission"}
"""Filled once with the schema. They stay, so nothing has to fill them again after each test."""


LARGE = "select relname from pg_class where relkind = 'r' and pg_relation_size(oid) > 1048576"


class Emptier:
    """One connection of the cluster's superuser, whom neither row security nor a trigger stops."""

    def __init__(self) -> None:
        self._cluster: psycopg.Connection[tuple[Any, ...]] | None = None

    def empty(self, names: set[str]) -> None:
        """Delete every row of these tables; most are empty after any one test, so only the others are touched."""
        try:
            self._empty(names)
        except psycopg.OperationalError:  # sessions are ended where a database is cloned
            self.close()
            self._empty(names)

    def close(self) -> None:
        """End the connection."""
        if self._cluster:
            self._cluster.close()
        self._cluster = None

    def _empty(self, names: set[str]) -> None:
        database = str(connection.settings_dict["NAME"])
        if self._cluster is None or self._cluster.closed or self._cluster.info.dbname != database:
            self.close()
            self._cluster = psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=database, autocommit=True)
            self._cluster.execute("set session_replication_role = replica")
        asked = sql.SQL(" union all ").join(
            sql.SQL("select {} where exists (select from {})").format(sql.Literal(name), sql.Identifier(name))
            for name in sorted(names)
        )
        with self._cluster.transaction():
            filled = [name for (name,) in self._cluster.execute(asked, prepare=True)]
            large = {name for (name,) in self._cluster.execute(LARGE, prepare=True)}
            for name in filled:
                # Deleted rows stay in the file: a test that counts pages would read those of the one before it.
                how = "truncate {} cascade" if name in large else "delete from {}"
                self._cluster.execute(sql.SQL(how).format(sql.Identifier(name)))  # type: ignore[arg-type]


@contextmanager
def emptied_as_cluster_owner() -> Iterator[None]:
    """Let Django's flush empty the tables through the superuser, and let it fill nothing afterwards."""
    emptier = Emptier()

    def execute(self: DatabaseOperations, statements: list[str]) -> None:
        found = {name for statement in statements for name in re.findall(r'"(\w+)"', statement)}
        emptier.empty(found - MADE_BY_MIGRATE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_arguments, **_named: None)
        yield
    emptier.close()
