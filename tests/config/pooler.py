"""A real pgbouncer in front of the test database, in transaction mode, for the length of a block."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import psycopg

from config.runtime.children import drop_for_this_user, start, until

PORT = 6432
CONFIGURATION = """
[databases]
{name} = host={sockets} dbname={name}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {port}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
logfile = {folder}/log
pidfile = {folder}/pid
"""


def binary() -> str:
    """Return where pgbouncer is; fail with what to do when it is not here."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    assert found, (
        "pgbouncer is missing: bin/test installs it (as root: apt-get install --no-install-recommends pgbouncer)"
    )
    return found


@contextmanager
def pooled(name: str, *, size: int) -> Iterator[str]:
    """Run a pooler with `size` connections to the database; give the folder of its socket. No port is opened."""
    sockets = unquote(urlsplit(os.environ["DATABASE_URL"]).netloc.rpartition("@")[2])
    with TemporaryDirectory(prefix="pool") as made:
        folder = Path(made)
        users = "".join(f'"{login}" ""\n' for login in ("recourse_web", "recourse_worker"))
        (folder / "users").write_text(users, encoding="ascii")
        text = CONFIGURATION.format(name=name, sockets=sockets, folder=folder, port=PORT, size=size)
        (folder / "configuration").write_text(text, encoding="utf-8")
        log = (folder / "errors").open("wb")
        command = [binary(), "-q", folder / "configuration"]
        child = start("pgbouncer", command, env={"PATH": os.defpath}, errors=log, output=log, drop=drop_for_this_user())
        try:
            assert until(lambda: _answers(folder, name) or child.ended, seconds=60) is True, _told(folder)
            yield made
        finally:
            child.end()
            log.close()


def _answers(folder: Path, name: str) -> bool | None:
    try:
        with psycopg.connect(host=str(folder), port=PORT, dbname=name, user="recourse_web", connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return None


def _told(folder: Path) -> str:
    return "".join(
        (folder / name).read_text(errors="replace") for name in ("errors", "log") if (folder / name).exists()
    )
