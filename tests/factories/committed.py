"""Rows that stay for a whole module of tests, and a look at the database as nobody in production has it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection


@contextmanager
def committed(blocker: Any) -> Iterator[None]:
    """Let a module make rows that its tests all meet; empty every table in the end."""
    with blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)


@contextmanager
def as_cluster_owner() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a connection of the cluster's superuser, in one transaction that is rolled back in the end."""
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name) as cluster:
        yield cluster
        cluster.rollback()
