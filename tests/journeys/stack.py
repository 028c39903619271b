"""A whole running Recourse for journeys: web, worker, beat and the demo site on a clone of the test database."""

import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from config.demo.client import DemoSite

BASE = Path(__file__).resolve().parent.parent.parent
_clones = itertools.count(1)
_DATABASES = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL")


def free_port() -> int:
    """Return a port on loopback that nobody uses right now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


@dataclass
class RunningStack:
    """Addresses and processes of one running stack."""

    port: int
    demo: DemoSite
    environment: dict[str, str]
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def staff(self) -> str:
        """Return the staff address."""
        return f"http://localhost:{self.port}"

    @property
    def portal(self) -> str:
        """Return the portal's address."""
        return f"http://portal.localhost:{self.port}"

    def manage(self, *words: str, role: str = "worker") -> str:
        """Run one management command and return what it printed; fail with its error text."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE,
            env={**self.environment, "RECOURSE_ROLE": role},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the clone's database as its owner."""
        with psycopg.connect(self.environment["DATABASE_OWNER_URL"], autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def start(self, name: str, *command: str, role: str) -> None:
        """Start one process of the stack."""
        log = (Path(self.environment["RECOURSE_DATA"]) / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=BASE,
            env={**self.environment, "RECOURSE_ROLE": role},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def start_worker(self) -> None:
        """Start worker and beat."""
        options = ("-l", "warning", "--without-mingle", "--without-gossip")
        self.start("worker", "celery", "-A", "config", "worker", "-c", "1", *options, role="worker")
        schedule = Path(self.environment["RECOURSE_DATA"]) / "beat"
        self.start(
            "beat", "celery", "-A", "config", "beat", "-l", "warning", "-s", str(schedule), "--pidfile=", role="worker"
        )

    def stop(self) -> None:
        """Stop every process of the stack."""
        for child in reversed(self.children.values()):
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def log(self, name: str) -> str:
        """Return what a process wrote."""
        return (Path(self.environment["RECOURSE_DATA"]) / f"{name}.log").read_text(errors="replace")

    def wait_until_up(self) -> None:
        """Wait for the web process to answer."""
        end = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2)
                return
            except (OSError, urllib.error.URLError) as error:
                assert self.children["web"].poll() is None, self.log("web")
                assert time.monotonic() < end, f"web did not answer: {error}\n{self.log('web')}"
                time.sleep(0.05)


@contextmanager
def running(template: str, data: Path, *, with_worker: bool = True, **environment: str) -> Iterator[RunningStack]:
    """Clone the database `template` and run everything on the clone; stop and drop it in the end."""
    name = f"{template}_clone{os.getpid()}_{next(_clones)}"
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname="postgres", autocommit=True) as cluster:
        cluster.execute(f'create database "{name}" template "{template}" owner recourse_owner')
    with ExitStack() as ending:

        def drop() -> None:
            with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname="postgres", autocommit=True) as cluster:
                cluster.execute(f'drop database "{name}" with (force)')

        ending.callback(drop)
        data.mkdir(parents=True, exist_ok=True)
        demo = ending.enter_context(DemoSite.start(data / "demo", hang=3.0, slow=1.0))
        port = free_port()
        whole = {
            **os.environ,
            **{key: _with_database(os.environ[key], name) for key in _DATABASES},
            "REDIS_URL": os.environ["REDIS_URL"].replace("virtual_host=0", f"virtual_host={1 + next(_clones) % 14}"),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "RECOURSE_DATA": str(data),
            "STORAGE_URL": f"file://{data / 'vault'}",
            "EMAIL_URL": f"smtp://127.0.0.1:{demo.smtp_port}",
            "RECOURSE_STAFF_HOST": f"localhost:{port}",
            "RECOURSE_PORTAL_HOST": f"portal.localhost:{port}",
            "RECOURSE_MEDIA_HOST": f"media.localhost:{port}",
            "RECOURSE_FETCH_LOOPBACK": demo.fetch_allowance(),
            "RECOURSE_DEMO_SITE": str(demo.port),
            "RECOURSE_EXIT_URL": demo.url("steady", "/"),
            "RECOURSE_SWEEP_SECONDS": "1",
            "RECOURSE_FETCH_HOST_GAP": "0",
            "RECOURSE_FETCH_SECONDS": "4",
            "RECOURSE_CHECK_GAP": "2",
            "RECOURSE_CAPTURE_GAP": "0",
            "RECOURSE_CHECK_EVERY": "3",
            "RECOURSE_UNDO_SECONDS": "1",
            **environment,
        }
        stack = RunningStack(port=port, demo=demo, environment=whole)
        ending.callback(stack.stop)
        bind = f"127.0.0.1:{port}"
        stack.start("web", "gunicorn", "config.wsgi", "-b", bind, "-k", "gthread", "--threads", "8", role="web")
        if with_worker:
            stack.start_worker()
        stack.manage("load_reference", role="owner")
        stack.wait_until_up()
        yield stack
