"""Child processes that cannot outlive the process that started them."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TypeVar

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65534

Answer = TypeVar("Answer")


class Refused(Exception):
    """A start, command or check that cannot go on; the message is one plain line for the person at the keyboard."""


class Drop(StrEnum):
    """How a child that refuses to run as root gives root up."""

    NONE = "none"
    USERNS = "userns"
    SETUID = "setuid"


def drop_for_this_user() -> Drop:
    """Return how PostgreSQL has to be started by the user we are.

    Root maps itself to nobody inside a user namespace, so that files stay root's; where namespaces are
    refused (most containers) the child really becomes nobody. A user without a name, as some containers have, is
    mapped likewise: PostgreSQL insists on a name. RECOURSE_DROP overrides the choice.
    """
    if chosen := os.environ.get("RECOURSE_DROP"):
        return Drop(chosen)
    user = os.geteuid()
    if user != 0 and _has_name(user):
        return Drop.NONE
    pid = os.fork()
    if pid == 0:
        os._exit(0 if LIBC.unshare(CLONE_NEWUSER) == 0 else 1)
    if os.waitpid(pid, 0)[1] == 0:
        return Drop.USERNS
    if user != 0:
        raise Refused(f"The user number {user} has no name on this machine, which PostgreSQL needs; add one (useradd).")
    return Drop.SETUID


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def tied(death: signal.Signals = signal.SIGTERM, drop: Drop = Drop.NONE) -> Callable[[], None]:
    """Return a preexec function: own session, root given up as `drop` says, signal `death` when the parent is gone."""
    parent, user, group = os.getpid(), os.geteuid(), os.getegid()

    def prepare() -> None:
        os.setsid()
        if drop is Drop.USERNS:
            if LIBC.unshare(CLONE_NEWUSER) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")
        elif drop is Drop.SETUID:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        os.umask(0o077)
        # A change of credentials clears the death signal, so it is set last; a parent that died before it was set
        # shows as a new parent.
        LIBC.prctl(PR_SET_PDEATHSIG, int(death))
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass(frozen=True)
class Child:
    """A running process with the name a person knows it by, and how it is asked to stop.

    `stop` goes to the process alone, `patience` is how many seconds it has before its whole session is killed.
    """

    name: str
    process: "subprocess.Popen[str]"
    stop: signal.Signals = signal.SIGTERM
    patience: float = 10.0

    @property
    def ended(self) -> int | None:
        """Return the exit code (negative: the signal that ended it), or None while the process runs.

        The process is left unreaped until `end`: its number then still belongs to its session and to nobody else.
        """
        if self.process.returncode is not None:
            return self.process.returncode
        found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def end(self, *, now: bool = False) -> None:
        """Stop the process and whatever is left in its session; `now` skips the patience."""
        if self.ended is None:
            self.process.send_signal(signal.SIGKILL if now else self.stop)
            until(lambda: self.ended, seconds=5 if now else self.patience)
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes] | None = None,
    errors: int | IO[bytes] | None = None,
    folder: Path | None = None,
    death: signal.Signals = signal.SIGTERM,
    stop: signal.Signals = signal.SIGTERM,
    patience: float = 10.0,
    drop: Drop = Drop.NONE,
    keep: Sequence[int] = (),
    pipe: bool = False,
) -> Child:
    """Start `command` tied to this process.

    `output` and `errors` are file handles for what it prints (default: ours), `pipe` reads its output instead.
    `keep` are descriptors it inherits. Must be called from the main thread: the death signal follows the thread.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        env=dict(env),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if pipe else output,
        stderr=errors,
        preexec_fn=tied(death, drop),
        pass_fds=keep,
        text=True,
    )
    return Child(name, process, stop, patience)


def until(ready: Callable[[], Answer | None], *, seconds: float, every: float = 0.02) -> Answer | None:
    """Ask `ready` again and again for up to `seconds`; return its first answer that is not None, else None."""
    end = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer is not None or time.monotonic() > end:
            return answer
        time.sleep(every)
