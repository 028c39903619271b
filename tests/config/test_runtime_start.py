"""bin/start on a data folder of its own: real processes, ended in every way that they can end."""

import os
import re
import select
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.runtime.checks import FOREIGN
from config.runtime.stack import BASE

SECONDS = 240.0
KEPT = ("env.json", "keys", "secret_key", "prepared", "database_passwords", "services.lock")
PORT = re.compile(r"http://localhost:(\d+)/")


def environment(data: Path, **added: str) -> dict[str, str]:
    """What a person's shell would have: nothing of the tests' own database and queue."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*FOREIGN, "PYTEST"))}
    return {**kept, "RECOURSE_DATA": str(data), **added}


def run(module: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one of the commands to its end."""
    command = [sys.executable, "-m", f"config.runtime.{module}", *arguments]
    return subprocess.run(command, env=env, cwd=BASE, capture_output=True, text=True, timeout=SECONDS, check=False)


class Started:
    """A running bin/start whose lines can be waited for."""

    def __init__(self, data: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "config.runtime.up", "--bind", "127.0.0.1:0", *arguments]
        self.process = subprocess.Popen(
            command, env=environment(data), cwd=BASE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.said = ""

    def says(self, text: str) -> str:
        """Read until a line holds `text`; return it. Fails at the deadline or when the output ends first."""
        assert self.process.stdout is not None
        until = time.monotonic() + SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while (found := re.search(rf"^.*{re.escape(text)}.*$", self.said, re.MULTILINE)) is None:
                assert selector.select(max(0.0, until - time.monotonic())), f"nothing said {text!r}: {self.said}"
                chunk = os.read(self.process.stdout.fileno(), 65536)
                assert chunk, f"ended without {text!r}: {self.said}"
                self.said += chunk.decode(errors="replace")
        return found.group(0)

    def address(self) -> str:
        """Return the printed address, which answers by then."""
        found = PORT.search(self.says("Recourse is at"))
        assert found
        return found.group(0)


@contextmanager
def started(data: Path, *arguments: str) -> Iterator[Started]:
    """A running stack that is certainly gone afterwards."""
    stack = Started(data, *arguments)
    try:
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.process.terminate()
            stack.process.wait(SECONDS)
        assert stack.process.stdout is not None
        stack.process.stdout.close()


def processes() -> dict[int, tuple[int, str]]:
    """Every process: its parent and its start time, which with the number tells it from a later one."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(entry.name)] = (int(fields[1]), fields[19])
    return found


def descendants(root: int) -> set[tuple[int, str]]:
    """Return all processes below one, each with its start time."""
    every = processes()
    found: set[int] = set()
    edge = {root}
    while edge:
        edge = {number for number, (parent, _) in every.items() if parent in edge} - found
        found |= edge
    return {(number, every[number][1]) for number in found}


def gone(them: set[tuple[int, str]], seconds: float = 60.0) -> bool:
    """Wait for the end of all these processes; return whether it came in time."""
    end = time.monotonic() + seconds
    for number, begun in them:
        try:
            handle = os.pidfd_open(number)
        except ProcessLookupError:
            continue
        try:
            same = processes().get(number, (0, ""))[1] == begun
            if same and not select.select([handle], [], [], max(0.0, end - time.monotonic()))[0]:
                return False
        finally:
            os.close(handle)
    return True


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all of these: the first start makes everything, the later ones find it."""
    return tmp_path_factory.mktemp("start") / "data"


def test_it_serves_and_a_second_start_says_so_and_sigterm_leaves_nothing(data: Path) -> None:
    with started(data) as stack:
        address = stack.address()
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(address.replace("localhost", "127.0.0.1"), timeout=10) as answer:
            assert answer.status == 200

        before = {name: (data / name).read_bytes() for name in KEPT}
        again = run("up", "--bind", "127.0.0.1:0", env=environment(data))
        assert again.returncode == 1
        assert again.stderr == f"Recourse is already running on {data} at {address} (nothing was changed).\n"
        assert again.stdout == ""
        assert {name: (data / name).read_bytes() for name in KEPT} == before

        borrowed = run("manage", "showmigrations", "cases", env=environment(data))
        assert borrowed.returncode == 0, borrowed.stderr
        assert "[X] 0001_initial" in borrowed.stdout

        below = descendants(stack.process.pid)
        ours = {number for number, (parent, _) in processes().items() if parent == stack.process.pid}
        commands = [Path(f"/proc/{number}/cmdline").read_bytes() for number in ours]
        for mark in (b"postgres", b"valkey", b"gunicorn", b"worker@%h", b"slow@%h", b"beat"):
            assert any(mark in command for command in commands), mark
        stack.process.send_signal(signal.SIGTERM)
        assert stack.process.wait(SECONDS) == 0
        assert gone(below)
    assert not (data / "env.json").exists()


def test_kill_9_of_the_parent_leaves_nothing_and_the_next_start_goes_on(data: Path) -> None:
    with started(data) as stack:
        stack.address()
        below = descendants(stack.process.pid)
        stack.process.kill()
        stack.process.wait(SECONDS)
        with started(data) as following:
            following.address()
            assert gone(below)


@pytest.mark.parametrize("name", ["postgres", "slow worker"])
def test_a_part_that_dies_ends_the_whole_and_is_named(data: Path, name: str) -> None:
    with started(data) as stack:
        stack.address()
        below = descendants(stack.process.pid)
        for number, _ in below:
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            is_it = words[0].endswith(b"/postgres") if name == "postgres" else b"slow@%h" in words
            if is_it and processes()[number][0] == stack.process.pid:
                os.kill(number, signal.SIGKILL)
        stack.says(f"The {name} process was ended by signal 9. Stopping everything.")
        assert stack.process.wait(SECONDS) == 1
        assert gone(below)


def test_a_command_without_a_running_stack_gets_one_for_as_long_as_it_takes(data: Path) -> None:
    done = run("manage", "showmigrations", "cases", env=environment(data))
    assert done.returncode == 0, done.stderr
    assert "[X] 0001_initial" in done.stdout
    assert not (data / "env.json").exists()


def test_a_lost_key_file_stops_the_start_before_anything_runs(data: Path) -> None:
    (data / "keys").rename(data / "keys.away")
    try:
        done = run("up", "--bind", "127.0.0.1:0", env=environment(data))
    finally:
        (data / "keys.away").rename(data / "keys")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"The key file {data / 'keys'} is missing")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("EMAIL_URL", "smtp://127.0.0.1:1/"),
        ("STORAGE_URL", "file:///proc/nowhere"),
        ("DATABASE_URL", "postgresql://recourse_web@127.0.0.1:1/recourse"),
    ],
)
def test_a_part_that_is_set_and_unreachable_gets_one_line_and_code_1(tmp_path: Path, name: str, url: str) -> None:
    added = {name: url}
    if name == "DATABASE_URL":
        added |= {"DATABASE_WORKER_URL": url, "DATABASE_OWNER_URL": url}
    done = run("up", "--bind", "127.0.0.1:0", env=environment(tmp_path / "data", **added))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{name} is set, but")
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["lock"]
