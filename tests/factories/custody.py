"""Case keys to rotate, destroy and restore, in a database of a test's own."""

import io
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from django.core.management import call_command
from django.db import connection

from cases import key_status, keys
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Event
from tests.conftest import logged_in_as

BASE = Path(__file__).resolve().parent.parent.parent
SYSTEM = Actor.system("test")
PASSPHRASE = "correct horse battery staple"


def make_keys(count: int) -> dict[UUID, bytes]:
    """Make so many case keys of cases that exist nowhere else; return them in the clear."""
    with acting_as(SYSTEM):
        keys.case_key(keys.SYSTEM_CHAIN)
        return {case: keys.make_case_key(case) for case in (uuid4() for _ in range(count))}


def opened_keys_of(made: dict[UUID, bytes]) -> dict[UUID, bytes]:
    """Open the keys of the same cases anew."""
    with acting_as(SYSTEM):
        return {case: keys.case_key(case) for case in made}


def destroy(case: UUID) -> None:
    """Destroy one key as the owner, who needs no granted erasure; the worker's way is tested with erasures."""
    with logged_in_as("owner"), acting_as(SYSTEM):
        keys.destroy(case)


def counts() -> dict[int, int]:
    """Return how many case keys each version wraps."""
    return dict(key_status.needed().case_keys)


def events_of(kind: str) -> list[dict]:
    """Return what events of a kind said."""
    with acting_as(SYSTEM):
        return [event.body for event in Event.objects.filter(kind=f"cases.{kind}").order_by("seq")]


def run_keys(*words: str) -> str:
    """Run the keys command; return what it printed."""
    out = io.StringIO()
    call_command("keys", *words, stdout=out)
    return out.getvalue()


def environment(path: Path) -> dict[str, str]:
    """Return the environment of a process that works on the test database with this key file."""
    name = str(connection.settings_dict["NAME"])
    worker = os.environ["DATABASE_WORKER_URL"].rpartition("/")[0] + f"/{name}"
    return {**os.environ, "RECOURSE_ROLE": "worker", "DATABASE_WORKER_URL": worker, "RECOURSE_KEY_FILE": str(path)}


def run_python(program: str, path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *words], cwd=BASE, env=environment(path), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def key_rows() -> list[tuple]:
    """Return the rows of case keys, as a backup would hold them."""
    with connection.cursor() as cursor:
        cursor.execute("select case_id, kek_version, wrapped, created_at from cases_casekey")
        return cursor.fetchall()


def restore_backup(rows: list[tuple]) -> None:
    """Bring the key tables back to what a backup held, as somebody with the whole database in hand does."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name) as cluster:
        cluster.execute("set session_replication_role = replica")
        cluster.execute("delete from cases_casekey")
        cluster.execute("update cases_kekversion set retired_at = null, destroyed_at = null, escrowed_at = null")
        cluster.execute("delete from cases_kekversion where version > 1")
        for row in rows:
            cluster.execute(
                "insert into cases_casekey (case_id, kek_version, wrapped, created_at) values (%s, %s, %s, %s)", row
            )
