"""Parts brought from outside: what is set and cannot be used gets one line before anything starts."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.runtime import parts
from config.runtime.children import Refused

CLUSTER = os.environ["RECOURSE_CLUSTER_URL"]
GIVEN = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL")}


@pytest.fixture
def nobody_listens() -> int:
    """A port on loopback that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def login() -> Iterator[str]:
    """A plain login without rights, for a test to spoil."""
    name = "part_of_a_test"
    with psycopg.connect(CLUSTER, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE recourse TO {}").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def as_login(name: str) -> dict[str, str]:
    return {**GIVEN, "DATABASE_URL": GIVEN["DATABASE_URL"].replace("recourse_web", name)}


def as_cluster_owner(statement: str) -> None:
    with psycopg.connect(CLUSTER, autocommit=True) as connection:
        connection.execute(statement.encode())


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(Refused) as caught:
        parts.check(environ)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_three_logins_of_our_own_database_are_taken() -> None:
    parts.check(GIVEN)


def test_one_database_url_alone_is_refused() -> None:
    assert "DATABASE_WORKER_URL and DATABASE_OWNER_URL" in refusal({"DATABASE_URL": GIVEN["DATABASE_URL"]})


def test_a_database_that_does_not_answer_is_named(nobody_listens: int) -> None:
    url = f"postgresql://recourse_web:hidden@127.0.0.1:{nobody_listens}/recourse"
    said = refusal({**GIVEN, "DATABASE_URL": url})
    assert said.startswith("DATABASE_URL is set, but the database cannot be used")
    assert "hidden" not in said


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ALTER ROLE part_of_a_test SUPERUSER", "is a superuser"),
        ("ALTER ROLE part_of_a_test BYPASSRLS", "bypasses row-level security"),
        ("GRANT recourse_owner TO part_of_a_test", "is a member of another role"),
        ("CREATE SCHEMA AUTHORIZATION part_of_a_test CREATE TABLE owned (x int)", "owns tables"),
    ],
)
def test_a_web_login_that_could_step_around_the_row_rules_is_refused(login: str, statement: str, reason: str) -> None:
    parts.check(as_login(login))
    as_cluster_owner(statement)
    assert f"the login {login} {reason}" in refusal(as_login(login))


def test_two_processes_may_not_share_a_login() -> None:
    assert "use the same login" in refusal({**GIVEN, "DATABASE_WORKER_URL": GIVEN["DATABASE_URL"]})


def test_the_queue_is_asked_in_both_spellings() -> None:
    parts.queue(os.environ["REDIS_URL"])
    parts.queue(os.environ["REDIS_URL"].replace("redis+socket", "unix").replace("virtual_host", "db"))


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", "redis://127.0.0.1:{port}/0"),
        ("REDIS_URL", "redis+socket:///nowhere/valkey.sock?virtual_host=0"),
        ("EMAIL_URL", "smtp://user:hidden@127.0.0.1:{port}/"),
        ("EMAIL_URL", "http://127.0.0.1:{port}/"),
        ("STORAGE_URL", "file:///proc/nowhere"),
        ("STORAGE_URL", "ftp://127.0.0.1/x"),
        ("STORAGE_URL", "s3://key:hidden@127.0.0.1:{port}/bucket?tls=false"),
    ],
)
def test_what_is_set_and_cannot_be_used_is_named_in_one_line(nobody_listens: int, name: str, url: str) -> None:
    said = refusal({name: url.format(port=nobody_listens)})
    assert said.startswith(f"{name} is set, but")
    assert "hidden" not in said


def test_a_folder_for_files_is_made_and_left_empty(tmp_path: Path) -> None:
    parts.storage(f"file://{tmp_path / 'vault'}")
    assert list((tmp_path / "vault").iterdir()) == []
