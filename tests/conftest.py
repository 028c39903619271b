"""A database that is made and migrated as its owner and then used as the runtime login, as in production."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

import config.celery  # noqa: F401 — the bell rings through the app that it sets up
from cases import pulse
from tests.emptying import emptied_as_cluster_owner

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
        with emptied_as_cluster_owner():
            yield
        connection.close()
        end_other_sessions(str(connection.settings_dict["NAME"]))
        with logged_in_as("owner"):
            teardown_databases(made, verbosity=0)


LONG = {"journeys": 0, "config": 1, "matrix": 1}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that in the end no process waits long for the others.

    A journey, which waits for its browser, takes turns with a file that computes.
    """
    turns: dict[Path, tuple[int, int]] = {}
    begun: Counter[int] = Counter()
    for item in items:
        kind = LONG.get(item.path.parent.name)
        if kind is not None and item.path not in turns:
            turns[item.path] = (begun[kind], kind)
            begun[kind] += 1
    last = (len(turns), 0)
    items.sort(key=lambda item: turns.get(item.path, last))


@pytest.fixture
def as_worker(transactional_db: None) -> Iterator[None]:
    """Run a test as the worker's login; what it writes is committed."""
    with logged_in_as("worker"):
        yield


@pytest.fixture
def hearts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """cases.pulse, with signs of life of this test alone: nobody lives until it says so."""
    monkeypatch.setattr(pulse, "ALIVE_KEY", f"recourse:alive:{uuid4()}")
    monkeypatch.setattr(pulse, "_said", {})
    yield pulse
    pulse._client().delete(pulse.ALIVE_KEY)
