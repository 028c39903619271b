"""The fetch child as a real process: what it knows, what it answers, and that it is replaced when it dies."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from takedowns.fetch_process import ROOT, FetchProcess, child_environment, spawn
from takedowns.observations import LookError

SECRETS = {
    "DATABASE_URL": "postgresql://recourse_web:password@db/recourse",
    "DATABASE_OWNER_URL": "postgresql://owner@db/recourse",
    "SECRET_KEY_FILE": "/run/secret_key",
    "RECOURSE_KEY_FILE": "/run/keys",
    "RECOURSE_KEYS": "kek:1:AAAA",
    "RECOURSE_KEY_COMMAND": "/usr/bin/keys",
    "REDIS_URL": "redis://localhost/0",
    "EMAIL_URL": "smtp://user:password@mail",
    "STORAGE_URL": "s3://key:secret@endpoint/bucket",
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "http_proxy": "http://127.0.0.1:1",
}


class Street(BaseHTTPRequestHandler):
    silence = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/silent":
            self.silence.wait(30)
            return
        body = f"<title>{self.path}</title><video></video>".encode()
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def street() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Street)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_address[1]
    Street.silence.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def environment(street: int) -> dict[str, str]:
    hosts = ("one.localhost", "two.localhost")
    return {
        **SECRETS,
        "PATH": os.environ["PATH"],
        "RECOURSE_FETCH_LOOPBACK": ",".join(f"{host}:{street}" for host in hosts),
        "RECOURSE_FETCH_HOST_GAP": "0",
        "RECOURSE_FETCH_SECONDS": "10",
    }


@pytest.fixture(scope="module")
def fetcher(environment: dict[str, str]) -> Iterator[FetchProcess]:
    with FetchProcess(environment) as process:
        yield process


def test_a_batch_is_answered_item_by_item(fetcher: FetchProcess, street: int) -> None:
    found = fetcher.look_many(
        {
            "up": f"http://one.localhost:{street}/v/1",
            "gone": f"http://two.localhost:{street}/gone",
            "inside": f"http://127.0.0.1:{street}/secret",
            "odd": "no address \ud83d\ude00 <b>",
        }
    )
    assert (found["up"].status, found["up"].title, found["up"].has_player) == (200, "/v/1", True)
    assert found["gone"].status == 404
    assert found["inside"].error is LookError.ADDRESS_REFUSED
    assert found["odd"].error is LookError.ADDRESS_REFUSED


def test_an_empty_batch_has_an_empty_answer(fetcher: FetchProcess) -> None:
    assert fetcher.look_many({}) == {}


def test_many_looks_at_two_hosts_all_come_back(fetcher: FetchProcess, street: int) -> None:
    urls = {str(n): f"http://{('one', 'two')[n % 2]}.localhost:{street}/v/{n}" for n in range(100)}
    found = fetcher.look_many(urls)
    assert [found[key].title for key in urls] == [f"/v/{n}" for n in range(100)]


def test_what_is_not_reached_in_time_says_so(fetcher: FetchProcess, street: int) -> None:
    found = fetcher.look_many(
        {"slow": f"http://one.localhost:{street}/silent", "up": f"http://two.localhost:{street}/v/2"}, seconds=2
    )
    assert (found["slow"].error, found["up"].status) == (LookError.NOT_REACHED, 200)


def test_a_killed_child_is_replaced(fetcher: FetchProcess, street: int) -> None:
    fetcher.look_many({})
    first = fetcher.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    found = fetcher.look_many({"a": f"http://one.localhost:{street}/v/3"})
    if found["a"].error:
        # The kill was noticed only while asking: the items fail honestly and the next batch has a new child.
        assert found["a"].error is LookError.FETCHER_FAILED
        found = fetcher.look_many({"a": f"http://one.localhost:{street}/v/3"})
    assert found["a"].status == 200
    assert fetcher.pid not in (None, first)


def test_a_child_that_hangs_is_killed_at_the_deadline(
    fetcher: FetchProcess, street: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("takedowns.fetch_process.GRACE", 0.1)
    fetcher.look_many({})
    hanging = fetcher.pid
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    started = time.monotonic()
    # More than a pipe holds, so that even the question cannot be handed over.
    urls = {str(n): f"http://one.localhost:{street}/v/{n}" for n in range(5000)}
    found = fetcher.look_many(urls, seconds=0.2)
    assert {one.error for one in found.values()} == {LookError.FETCHER_FAILED}
    assert time.monotonic() - started < 20
    assert not Path(f"/proc/{hanging}").exists()


def test_the_child_gets_no_secret(environment: dict[str, str]) -> None:
    child = spawn(environment)
    try:
        known = Path(f"/proc/{child.pid}/environ").read_bytes().decode()
        for name, value in SECRETS.items():
            assert name not in known
            assert value not in known
        assert "RECOURSE_FETCH_LOOPBACK" in known
    finally:
        child.kill()
        child.communicate()


def test_only_named_settings_pass() -> None:
    assert child_environment({"PATH": "/bin", "ANYTHING_NEW": "x"}) == {"PATH": "/bin"}


def test_the_child_holds_no_descriptor_of_its_parent(environment: dict[str, str]) -> None:
    read_end, write_end = os.pipe()
    os.set_inheritable(read_end, True)
    child = spawn(environment)
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b'{"batch": 1, "seconds": 1, "items": []}\n')
        child.stdin.flush()
        assert json.loads(child.stdout.readline()) == {"batch": 1, "observations": {}}
        held = {path.readlink() for path in Path(f"/proc/{child.pid}/fd").iterdir()}
        assert Path(f"/proc/self/fd/{read_end}").readlink() not in held
        limits = Path(f"/proc/{child.pid}/limits").read_text()
        assert "Max file size             0                    0" in limits
    finally:
        os.close(read_end)
        os.close(write_end)
        child.kill()
        child.communicate()


def test_the_child_ends_when_its_parent_lets_go(environment: dict[str, str], street: int) -> None:
    child = spawn(environment)
    assert child.stdin is not None
    item = {"id": "a", "url": f"http://one.localhost:{street}/silent"}
    child.stdin.write(json.dumps({"batch": 1, "seconds": 30, "items": [item]}).encode() + b"\n")
    child.stdin.close()
    assert child.wait(timeout=60) == 0
    assert child.stdout is not None
    child.stdout.close()


def test_the_child_loads_no_framework_and_no_driver() -> None:
    code = (
        "import sys, takedowns.fetch_child; "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('django', 'psycopg', 'redis', 'celery', 'cryptography', 'boto3', 'storages')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert shown.stdout.strip() == "[]"
