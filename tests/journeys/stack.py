"""A whole running Recourse for journeys: web, workers, beat and the demo site on a clone of the test database."""

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
import redis

from config.demo.client import DemoSite
from config.runtime.workers import PLANS
from tests.factories.children import environment as environment_of_a_child

BASE = Path(__file__).resolve().parent.parent.parent
FIRST_QUEUE, QUEUES, PROCESSES = 4, 4, 3
"""Queues for stacks: four for each of three test processes, behind those that the processes use themselves."""
PATIENCE = 30_000
"""Milliseconds that a page may take: two browsers and two stacks share a small machine."""
_clones = itertools.count(1)
_queues = itertools.count()
_DATABASES = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL")


def free_port() -> int:
    """Return a port on loopback that nobody uses right now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_queue() -> str:
    """Return the address of an empty queue that nobody else in this run looks into; the server has sixteen."""
    process = os.environ.get("PYTEST_XDIST_WORKER", f"gw{os.getpid()}").removeprefix("gw")
    number = FIRST_QUEUE + int(process) % PROCESSES * QUEUES + next(_queues) % QUEUES
    url = os.environ["REDIS_URL"].replace("virtual_host=0", f"virtual_host={number}")
    with closing(redis.from_url(url.replace("redis+socket", "unix").replace("virtual_host", "db"))) as queue:
        queue.flushdb()
    return url


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
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the clone's database as its owner."""
        with psycopg.connect(self.environment["DATABASE_OWNER_URL"], autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def start(self, name: str, *command: str, role: str, keep: tuple[int, ...] = ()) -> None:
        """Start one process of the stack, which keeps these open descriptors."""
        log = (Path(self.environment["RECOURSE_DATA"]) / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=BASE,
            env={**self.environment, "RECOURSE_ROLE": role},
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=keep,
        )

    def start_workers(self) -> None:
        """Start both workers, of fewer processes than in earnest, and beat."""
        for plan in PLANS:
            self.start(plan.part, "celery", "-A", "config", *plan.arguments(processes=1), role="worker")
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
        end = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10)
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
        door = ending.enter_context(closing(socket.create_server(("127.0.0.1", 0), backlog=64)))
        port = int(door.getsockname()[1])
        whole = {
            **environment_of_a_child(),
            **{key: _with_database(os.environ[key], name) for key in _DATABASES},
            "REDIS_URL": own_queue(),
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
            "RECOURSE_SWEEP_SECONDS": "2",
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
        # Given as it is open: a port that is only named could be somebody else's by the time that it is wanted.
        bind = ("-b", f"fd://{door.fileno()}")
        web = ("gunicorn", "config.wsgi", *bind, "-k", "gthread", "--threads", "8")
        stack.start("web", *web, role="web", keep=(door.fileno(),))
        if with_worker:
            stack.start_workers()
        stack.manage("load_reference", role="owner")
        stack.wait_until_up()
        yield stack
