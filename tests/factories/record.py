"""A record that takes nothing for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection


@contextmanager
def record_refuses(login: str) -> Iterator[None]:
    """Let the record take no event from one database login, as when its disk is full."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name, autocommit=True) as cluster:
        cluster.execute(f"revoke insert on cases_event from {login}")  # type: ignore[call-overload]
        try:
            yield
        finally:
            cluster.execute(f"grant insert on cases_event to {login}")  # type: ignore[call-overload]
