"""Send a shut-in browser to one page: start the proxy and the sandbox, wait, end both. Nothing plain touches a disk."""

import functools
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from evidence.capture.frames import Broken, unpack
from evidence.capture.proxy import Limits

ROOT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1024 * 1024
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{major}.0.0.0 Safari/537.36"
)
# All that the proxy's process may know of this one. A list of what passes, so that a new secret never does.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "RECOURSE_FETCH_LOOPBACK")
BROWSERS = (
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
)
GRACE = 6.0
ASK_EVERY = 1.0
PROFILE_BYTES = 384 * MEGABYTE
SCRATCH = "/tmp"  # noqa: S108 — the one inside, in memory
HOME = f"{SCRATCH}/home"
SHARED_MEMORY = "/dev/shm"  # noqa: S108 — a folder of our own in it, for a socket
NAMESPACES = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
)


class Unavailable(Exception):
    """No browser, or no sandbox to shut it in: pages are never opened without. `code` is no_browser or no_sandbox."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BrowserFailed(Exception):
    """The browser or the proxy ended without handing anything over. `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Stopped(Exception):
    """Somebody stopped the capture while it ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One visit. Seconds for all and for loading, bytes, pixels; what is stated in the record of the capture."""

    url: str
    with_media: bool = False
    seconds: float = 42.0
    load_seconds: float = 28.0
    settle_seconds: float = 6.0
    memory: int = 1024 * MEGABYTE
    viewport: tuple[int, int] = (1280, 800)
    locale: str = "en-US"
    languages: str = "en-US,en"
    timezone: str = "UTC"
    user_agent: str = USER_AGENT
    most_height: int = 12_000
    most_requests: int = 600
    most_body: int = 16_000_000
    most_kept: int = 48_000_000
    trusted_keys: tuple[str, ...] = ()
    """SHA-256 of public keys (base64) whose certificates pass without an authority: for tests."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back: the facts of the visit, its bytes by name, the proxy's log. All of it is a stranger's word."""

    job: Job
    facts: Mapping[str, Any]
    blobs: Mapping[str, bytes]
    proxy: Mapping[str, Any]
    limits: Limits = field(default_factory=Limits)


def proxy_limits(*, with_media: bool) -> Limits:
    """Return the bounds of one capture; pictures and films need room."""
    return Limits(down=96_000_000, connections=600) if with_media else Limits()


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the environment that the proxy's process gets. The browser's gets nothing."""
    return {name: environment[name] for name in PASSED_ON if name in environment}


def find_browser() -> str:
    """Return the browser's own program, not the script that starts it. Raises Unavailable."""
    named = os.environ.get("RECOURSE_CHROMIUM", "")
    for path in [named] if named else [*BROWSERS, shutil.which("chromium") or "", shutil.which("google-chrome") or ""]:
        if path and os.access(path, os.X_OK):
            return path
    raise Unavailable("no_browser")


def sandbox(inner: Sequence[str], *, binds: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return the command that runs `inner` shut in: own namespaces (no network), read-only system, empty environment.

    The browser keeps its own sandbox inside of this one. Raises Unavailable where bubblewrap is missing.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise Unavailable("no_sandbox")
    command = [bwrap, *NAMESPACES, "--uid", "65534", "--gid", "65534", "--hostname", "capture"]
    command += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in (("HOME", HOME), ("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("TZ", "UTC")):
        command += ["--setenv", name, value]
    # Before the rest: an installation may itself lie below a folder that is scratch inside.
    command += ["--size", str(PROFILE_BYTES), "--tmpfs", SCRATCH, "--dir", HOME]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    for readable in ("/etc/fonts", "/etc/ssl/certs", "/etc/alternatives", "/etc/ld.so.cache", "/opt/google"):
        command += ["--ro-bind-try", readable, readable]
    if not sys.base_prefix.startswith("/usr"):
        command += ["--ro-bind", sys.base_prefix, sys.base_prefix]
    command += ["--proc", "/proc", "--dev", "/dev", "--size", str(64 * MEGABYTE), "--tmpfs", SHARED_MEMORY]
    for source, target in binds:
        command += ["--ro-bind", source, target]
    command += ["--remount-ro", "/"]
    return [*command, "--chdir", "/app" if binds else "/", "--", *inner]


@functools.lru_cache(maxsize=1)
def _works() -> str:
    """Return why captures cannot run on this machine, or an empty text. Tried once per process, without a page."""
    try:
        browser = find_browser()
        done = subprocess.run(
            sandbox([browser, "--version"]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=15,
            env={},
            check=False,
        )
    except Unavailable as problem:
        return problem.code
    except (OSError, subprocess.SubprocessError):
        return "no_sandbox"
    return "" if done.returncode == 0 and done.stdout.strip() else "no_sandbox"


def trouble() -> str:
    """Return why captures cannot run here: "no_browser", "no_sandbox", or an empty text when they can."""
    return _works()


class RunningProxy(Protocol):
    """A policy proxy that listens. `log` ends its work and returns what went through; `stop` ends it in any case."""

    def log(self) -> Mapping[str, Any]: ...
    def stop(self) -> None: ...


class ProxyChild:
    """The proxy in a process of its own, without secrets."""

    def __init__(self, path: Path, limits: Limits, seconds: float) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-s", "-m", "evidence.capture.proxy_child"],
            cwd=ROOT,
            env=child_environment(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            start_new_session=True,
        )
        assert self._child.stdin is not None
        order = {"socket": str(path), "seconds": seconds, "limits": asdict(limits)}
        try:
            self._child.stdin.write(json.dumps(order).encode() + b"\n")
            self._child.stdin.flush()
            if _line(self._child, deadline=time.monotonic() + 15) != b"ready\n":
                raise BrowserFailed("no_proxy")
        except BaseException:
            self.stop()
            raise

    def log(self) -> Mapping[str, Any]:
        """End the proxy and return its log."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        log: dict[str, Any] = json.loads(_line(self._child, deadline=time.monotonic() + 5))
        return log

    def stop(self) -> None:
        """End the process."""
        _end(self._child)


def visit(
    job: Job,
    *,
    limits: Limits | None = None,
    proxy: Callable[[Path, Limits, float], RunningProxy] = ProxyChild,
    stopped: Callable[[], bool] = lambda: False,
) -> Seen:
    """Make one visit. A hostile or dead page is a result. Raises Unavailable, BrowserFailed or Stopped.

    `stopped` is asked about once a second: once it says so, the browser is ended and nothing is handed over.
    """
    browser, limits = find_browser(), limits or proxy_limits(with_media=job.with_media)
    folder = Path(tempfile.mkdtemp(prefix="capture-", dir=SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None))
    way_out: RunningProxy | None = None
    box: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + job.seconds + GRACE
    try:
        way_out = proxy(folder / "proxy.sock", limits, job.seconds + GRACE)
        binds = [
            (str(ROOT / "evidence" / "__init__.py"), "/app/evidence/__init__.py"),
            (str(ROOT / "evidence" / "capture"), "/app/evidence/capture"),
            (str(folder / "proxy.sock"), "/run/capture.sock"),
        ]
        python = os.path.realpath(sys.executable)
        box = subprocess.Popen(
            sandbox([python, "-E", "-s", "-B", "-m", "evidence.capture.inside"], binds=binds),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            close_fds=True,
            start_new_session=True,
        )
        order = {**asdict(job), "socket": "/run/capture.sock", "browser": browser}
        assert box.stdin is not None
        box.stdin.write(json.dumps(order).encode() + b"\n")
        box.stdin.close()
        reader = _Reader(box, deadline=deadline, stopped=stopped)
        facts, blobs = unpack(reader.read, limit=job.most_kept + 64 * MEGABYTE)
        return Seen(job, facts, blobs, way_out.log(), limits)
    except (OSError, Broken, ValueError) as problem:
        raise BrowserFailed(type(problem).__name__) from problem
    finally:
        if box is not None:
            _end(box)
        if way_out is not None:
            way_out.stop()
        shutil.rmtree(folder, ignore_errors=True)


class _Reader:
    """Reads from a child until a deadline, and asks now and then whether it should go on."""

    def __init__(self, child: "subprocess.Popen[bytes]", *, deadline: float, stopped: Callable[[], bool]) -> None:
        self._child, self._deadline, self._stopped = child, deadline, stopped

    def read(self, size: int) -> bytes:
        """Read so many bytes, or fewer at the end of the pipe. Raises TimeoutError or Stopped."""
        assert self._child.stdout is not None
        data = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while len(data) < size:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                if not selector.select(min(left, ASK_EVERY)):
                    if self._stopped():
                        raise Stopped
                    continue
                piece = os.read(self._child.stdout.fileno(), min(size - len(data), 1 << 20))
                if not piece:
                    break
                data += piece
        return bytes(data)


def _line(child: "subprocess.Popen[bytes]", *, deadline: float) -> bytes:
    reader, line = _Reader(child, deadline=deadline, stopped=lambda: False), bytearray()
    while not line.endswith(b"\n"):
        piece = reader.read(1)
        if not piece:
            raise BrowserFailed("no_proxy")
        line += piece
    return bytes(line)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End a child with everything that it started, and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    child.wait()
