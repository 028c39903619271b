"""A database that is made and migrated as its owner and then used as the runtime login, as in production."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test.utils import setup_databases, teardown_databases

import config.celery  # noqa: F401 — the bell rings through the app that it sets up

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@contextmanager
def logged_in_as(role: str) -> Iterator[None]:
    """Use another database login for a while."""
    before = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
    name = {"owner": "DATABASE_OWNER_URL", "worker": "DATABASE_WORKER_URL", "web": "DATABASE_URL"}[role]
    parts = urlsplit(os.environ[name])
    connection.close()
    connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = parts.username, parts.password or ""
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = before


def _flush_as_cluster_owner(self: DatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables with triggers off: the record refuses it from every login of ours."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name) as cluster:
        cluster.execute("set session_replication_role = replica")
        for statement in sql_list:
            cluster.execute(statement)  # type: ignore[call-overload]


def end_other_sessions(name: str) -> None:
    """End what else is connected to a database: Chromium's driver may leave a connection in its own context."""
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname="postgres", autocommit=True) as cluster:
        cluster.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """Make the database as owner, run as recourse_web, remove it as owner."""
    settings.KEY_SOURCE.ring()
    with django_db_blocker.unblock():
        with logged_in_as("owner"):
            made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        flush = DatabaseOperations.execute_sql_flush
        DatabaseOperations.execute_sql_flush = _flush_as_cluster_owner  # type: ignore[method-assign]
        yield
        DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
        connection.close()
        end_other_sessions(str(connection.settings_dict["NAME"]))
        with logged_in_as("owner"):
            teardown_databases(made, verbosity=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run journeys last: Chromium's driver keeps an event loop here, and tests of coroutines need their own."""
    items.sort(key=lambda item: item.path.parent.name == "journeys")


@pytest.fixture
def as_worker(transactional_db: None) -> Iterator[None]:
    """Run a test as the worker's login; what it writes is committed."""
    with logged_in_as("worker"):
        yield
