"""Programs that read hostile bytes run here and nowhere else: bubblewrap, no network, no home, no environment.

What is inside sees the system's programs and our own decoders (evidence.sandbox_tools) read-only, a small scratch
folder in memory, and one file through a sealed descriptor. It sees no setting, no key, no stored file and no other
process. Limits of memory, processor time, files and output hold per process; the clock on the wall ends all of it.
Plain bytes of evidence lie in memory only, for as long as one run lasts.
"""

import fcntl
import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from evidence.sandbox_filter import filter_program
from evidence.sandbox_outcome import Ended, Outcome, Source, Unavailable
from evidence.sandbox_tools import NO_ARGUMENT

__all__ = ["Ended", "Outcome", "Source", "Unavailable", "python", "run", "unavailable"]

MEGABYTE = 1 << 20
WHOLE_BYTES = 256 * MEGABYTE
"""Up to this size a file is given whole; of a larger one only its two ends, with nothing between them."""
HEAD_BYTES = 96 * MEGABYTE
TAIL_BYTES = 32 * MEGABYTE
SCRATCH_BYTES = 64 * MEGABYTE
FILE = "{file}"
"""Stands for the path of the given file in an argument."""
TOOLS = Path(__file__).resolve().parent / "sandbox_tools"
INSIDE = "/opt/inside"
SCRATCH = "/tmp"  # noqa: S108 — the one inside, in memory
PIECE = 1 << 16
KEPT_ERROR = 4096
ENDING_SECONDS = 5.0
TRY_AGAIN_SECONDS = 60.0
log = logging.getLogger("recourse.sandbox")


def run(
    argv: Sequence[str],
    *,
    source: Source | None = None,
    seconds: float = 10.0,
    memory: int = 256 * MEGABYTE,
    output_limit: int = 4 * MEGABYTE,
    scratch: int = SCRATCH_BYTES,
    forks: bool = False,
    beside: Sequence[Path] = (),
) -> Outcome:
    """Run one program in a sandbox of its own and wait for it; `{file}` in an argument is the path of the source.

    `seconds` are of the wall's clock, and as many of processor time; `memory` bytes are address space of one process;
    `scratch` bytes is the room in /tmp. With `forks` the program may start others. Files `beside` it are public lists
    of ours that it may read under INSIDE. A program that fails, hangs or floods is a result. Raises Unavailable where
    there is no sandbox, and whatever reading the source raises.
    """
    if reason := unavailable():
        raise Unavailable(reason)
    with ExitStack() as stack:
        descriptors: list[int] = []
        whole = True
        if source is not None:
            given = stack.enter_context(_in_memory(source))
            descriptors.append(given)
            whole = source.size <= WHOLE_BYTES
            argv = [word.replace(FILE, f"/proc/self/fd/{given}") for word in argv]
        rules = stack.enter_context(_sealed(filter_program(forks=forks)))
        descriptors.append(rules)
        command = _command(
            argv, seconds=seconds, memory=memory, scratch=scratch, forks=forks, rules=rules, beside=beside
        )
        outcome = _run(command, descriptors, seconds=seconds, output_limit=output_limit, whole=whole)
    if outcome.ended not in (Ended.WELL, Ended.FAILED):
        log.info("a sandbox was ended", extra={"event": "sandbox"})
    return outcome


def python(
    module: str,
    arguments: Mapping[str, Any],
    *,
    source: Source | None = None,
    seconds: float = 20.0,
    memory: int = 1024 * MEGABYTE,
    output_limit: int = 16 * MEGABYTE,
    scratch: int = SCRATCH_BYTES,
    forks: bool = False,
    beside: Sequence[Path] = (),
) -> Outcome:
    """Run `main(arguments, path, out)` of evidence.sandbox_tools.<module> inside; see `run` for the rest."""
    argv = [sys.executable, "-I", "-B", f"{INSIDE}/evidence/sandbox_tools/runner.py", module, json.dumps(arguments)]
    argv.append(FILE if source is not None else NO_ARGUMENT)
    return run(
        argv,
        source=source,
        seconds=seconds,
        memory=memory,
        output_limit=output_limit,
        scratch=scratch,
        forks=forks,
        beside=beside,
    )


_known: tuple[float, str] | None = None


def unavailable() -> str:
    """Why no sandbox can be made here, or nothing. Tried for real once; a failure is tried again after a minute."""
    global _known
    if _known is None or (_known[1] and time.monotonic() - _known[0] > TRY_AGAIN_SECONDS):
        _known = (time.monotonic(), _try())
        if _known[1]:
            log.warning(_known[1], extra={"event": "sandbox"})
    return _known[1]


def _try() -> str:
    if settings.SANDBOX == "none":
        return "It is switched off by RECOURSE_SANDBOX."
    if shutil.which(settings.SANDBOX) is None:
        return "The program bwrap (bubblewrap) is not installed."
    if shutil.which("prlimit") is None:
        return "The program prlimit (util-linux) is not installed."
    with _sealed(filter_program(forks=False)) as rules:
        try:
            tried = _run(
                _command(
                    ["/usr/bin/true"],
                    seconds=5,
                    memory=256 * MEGABYTE,
                    scratch=MEGABYTE,
                    forks=False,
                    rules=rules,
                ),
                [rules],
                seconds=20,
                output_limit=MEGABYTE,
                whole=True,
            )
        except Unavailable:
            return "The program bwrap could not be started, or may not make user namespaces here."
    return "" if tried.ended == Ended.WELL else "A trial run in the sandbox failed."


def _command(
    argv: Sequence[str],
    *,
    seconds: float,
    memory: int,
    scratch: int,
    forks: bool,
    rules: int,
    beside: Sequence[Path] = (),
) -> list[str]:
    limits = {
        "as": memory,
        "cpu": max(1, round(seconds)) + 1,
        "fsize": max(scratch, MEGABYTE),
        "nofile": 64,
        "nproc": 64 if forks else 16,
        "core": 0,
    }
    return [
        settings.SANDBOX,
        *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
        *("--clearenv", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "inside"),
        *("--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", SCRATCH, "--setenv", "LC_ALL", "C.UTF-8"),
        *("--setenv", "OPENBLAS_NUM_THREADS", "1"),
        # Before the rest: an installation may itself lie below the folder that is scratch inside.
        *("--size", str(scratch), "--tmpfs", SCRATCH),
        *_system(),
        *("--ro-bind", str(TOOLS), f"{INSIDE}/evidence/sandbox_tools"),
        *(word for path in beside for word in ("--ro-bind", str(path), f"{INSIDE}/{path.name}")),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--remount-ro", "/", "--remount-ro", "/dev", "--chdir", SCRATCH, "--seccomp", str(rules)),
        *("--", "/usr/bin/prlimit", *(f"--{name}={value}" for name, value in limits.items()), "--"),
        *argv,
    ]


def _system() -> Iterator[str]:
    """Mount what programs need, read-only: /usr with its links, the linker's list, the interpreter's packages."""
    yield from ("--ro-bind", "/usr", "/usr")
    for folder in ("/bin", "/sbin", "/lib", "/lib64"):
        path = Path(folder)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), folder)
        elif path.is_dir():
            yield from ("--ro-bind", folder, folder)
    for file in ("/etc/ld.so.cache", "/etc/alternatives"):
        yield from ("--ro-bind-try", file, file)
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(prefix).is_relative_to("/usr"):
            yield from ("--ro-bind", prefix, prefix)


def _run(
    command: Sequence[str], descriptors: Sequence[int], *, seconds: float, output_limit: int, whole: bool
) -> Outcome:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            env={},
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable("The program bwrap could not be started.") from error
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        out, err, stopped = _collect(process.stdout, process.stderr, seconds=seconds, output_limit=output_limit)
        if stopped is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
    finally:
        # Whoever waits may be interrupted itself: nothing inside may outlive it.
        _end(process)
    if stopped is not None:
        return Outcome(process.returncode, out, err, stopped, whole)
    if process.returncode == 1 and err.startswith("bwrap: "):
        raise Unavailable("The sandbox could not be set up.")
    if process.returncode == 0:
        return Outcome(0, out, err, Ended.WELL, whole)
    killed = process.returncode < 0 or process.returncode > 128
    return Outcome(process.returncode, out, err, Ended.KILLED if killed else Ended.FAILED, whole)


def _collect(
    stdout: IO[bytes], stderr: IO[bytes], *, seconds: float, output_limit: int
) -> tuple[bytes, str, Ended | None]:
    """Read both pipes to their ends; stop early, and say why, when the time is up or too much was written."""
    until = time.monotonic() + seconds
    out, tail = bytearray(), b""
    stopped: Ended | None = None
    with selectors.DefaultSelector() as ready:
        for pipe in (stdout, stderr):
            ready.register(pipe, selectors.EVENT_READ)
        while ready.get_map() and stopped is None:
            left = until - time.monotonic()
            if left <= 0:
                stopped = Ended.TIMED_OUT
            for key, _events in ready.select(max(0.0, left)):
                data = os.read(key.fd, PIECE)
                if not data:
                    ready.unregister(key.fileobj)
                elif key.fileobj is stdout:
                    out += data
                else:
                    tail = (tail + data)[-KEPT_ERROR:]
            if len(out) > output_limit:
                stopped = Ended.TOO_MUCH_OUTPUT
    kept = b"" if stopped == Ended.TOO_MUCH_OUTPUT else bytes(out)
    return kept, tail.decode("utf-8", "replace"), stopped


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        # The kernel ends all that is inside when the outermost process is gone (--die-with-parent, own pid namespace).
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _drain(process)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _drain(process: "subprocess.Popen[bytes]") -> None:
    """Wait a little until the kernel has ended all that is inside: its end of the pipe is closed then."""
    assert process.stdout is not None
    until = time.monotonic() + ENDING_SECONDS
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while ready.select(max(0.0, until - time.monotonic())):
            if not os.read(process.stdout.fileno(), PIECE):
                return


@contextmanager
def _in_memory(source: Source) -> Iterator[int]:
    """Put a source, or the two ends of a large one, into memory that nobody can write to any more."""
    with _memory() as descriptor:
        os.ftruncate(descriptor, source.size)
        ranges = [(0, source.size)]
        if source.size > WHOLE_BYTES:
            ranges = [(0, HEAD_BYTES), (source.size - TAIL_BYTES, source.size)]
        for start, stop in ranges:
            at = start
            for data in source.read(start, stop):
                if at + len(data) > stop:
                    raise ValueError("The source gave more bytes than it has.")
                os.pwrite(descriptor, data, at)
                at += len(data)
            if at != stop:
                raise ValueError("The source gave fewer bytes than it has.")
        _seal(descriptor)
        yield descriptor


@contextmanager
def _sealed(data: bytes) -> Iterator[int]:
    with _memory() as descriptor:
        os.pwrite(descriptor, data, 0)
        _seal(descriptor)
        yield descriptor


@contextmanager
def _memory() -> Iterator[int]:
    # The name shows in /proc of the machine: it is the same for all.
    descriptor = os.memfd_create("source", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _seal(descriptor: int) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(
        descriptor,
        fcntl.F_ADD_SEALS,
        fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL,
    )
