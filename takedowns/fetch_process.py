"""The recorder's side of the pipe: starts the fetch child without secrets, feeds it batches, replaces a dead one."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from takedowns.observations import LookError, Observation, without_answer

ROOT = Path(__file__).resolve().parent.parent
# All that the child may know of this process. A list of what passes, so that a new secret never does.
PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RECOURSE_FETCH_LOOPBACK",
    "RECOURSE_FETCH_HOST_GAP",
    "RECOURSE_FETCH_SECONDS",
)
GRACE = 5.0
MAX_ANSWER = 64 * 1024 * 1024


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the environment that the child gets."""
    return {name: environment[name] for name in PASSED_ON if name in environment}


def spawn(environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start the fetch child: only the two pipes are open, its errors go nowhere since they could name an address."""
    return subprocess.Popen(
        [sys.executable, "-s", "-m", "takedowns.fetch_child"],
        cwd=ROOT,
        env=child_environment(os.environ if environment is None else environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
    )


class FetchProcess:
    """One fetch child for one worker. Not to be shared between threads or across a fork."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment
        self._child: subprocess.Popen[bytes] | None = None
        self._batch = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the living child, if there is one."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def look_many(self, items: Mapping[str, str], *, seconds: float = 60.0) -> dict[str, Observation]:
        """Look at each URL of {id: url} and give {id: Observation}, always one for every id.

        Takes at most `seconds` and a short grace. A child that died, hangs or talks nonsense is killed and replaced at
        the next batch; its items come back with FETCHER_FAILED, which never counts as an answer.
        """
        began = datetime.now(UTC)
        self._batch += 1
        question = {
            "batch": self._batch,
            "seconds": seconds,
            "items": [{"id": key, "url": url} for key, url in items.items()],
        }
        try:
            found = self._exchange(json.dumps(question).encode() + b"\n", time.monotonic() + seconds + GRACE)
            return {key: found[key] for key in items}
        except (OSError, ValueError, KeyError, TypeError) as problem:
            self.stop()
            return {
                key: without_answer(url, error=LookError.FETCHER_FAILED, at=began, detail=type(problem).__name__)
                for key, url in items.items()
            }

    def stop(self) -> None:
        """End the child, if there is one, and wait for it."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        child.wait()

    def _exchange(self, question: bytes, deadline: float) -> dict[str, Observation]:
        if self.pid is None:
            self.stop()
            self._child = spawn(self._environment)
        assert self._child is not None
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        _write(self._child.stdin.fileno(), question, deadline)
        answer = json.loads(_read_line(self._child.stdout.fileno(), deadline))
        if answer["batch"] != self._batch:
            raise ValueError("The child answered another batch.")
        return {key: Observation.from_json(values) for key, values in answer["observations"].items()}


def _write(descriptor: int, data: bytes, deadline: float) -> None:
    """Write all by the deadline, so that a child that stopped reading stops nobody. Raises TimeoutError or OSError."""
    os.set_blocking(descriptor, False)
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_WRITE)
        while data:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            data = data[os.write(descriptor, data) :]


def _read_line(descriptor: int, deadline: float) -> bytes:
    """One line, by the deadline. Raises TimeoutError, ConnectionError at its end, or ValueError when it is too long."""
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            chunk = os.read(descriptor, 1 << 20)
            if not chunk:
                raise ConnectionError("The fetch child ended.")
            line += chunk
            if len(line) > MAX_ANSWER:
                raise ValueError("The answer is too long.")
    return bytes(line)
