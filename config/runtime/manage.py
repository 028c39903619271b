"""`bin/manage`: a management command against the running stack, or with one started for as long as it takes."""

import os
import signal
import subprocess
import sys

from config.runtime.bind import DEFAULT, Bind
from config.runtime.children import LIBC, PR_SET_PDEATHSIG, Refused
from config.runtime.held import Held, State, Taken, running
from config.runtime.stack import BASE, Stack, data_folder

# Commands that change or read the schema run as its owner; the rest, like the sweeps, as the worker.
# RECOURSE_ROLE chooses otherwise.
OWNER_COMMANDS = frozenset(
    {
        "dbshell",
        "flush",
        "load_reference",
        "makemigrations",
        "migrate",
        "recover_admin",
        "showmigrations",
        "sqlmigrate",
    }
)
# It destroys keys that no erasure in the database speaks of: what a backup brought back.
OWNER_WORDS = frozenset({("keys", "import-escrow")})
WEB_COMMANDS = frozenset({"first_admin_link"})
# Commands that must not find the schema already brought up to date.
AS_IT_IS = frozenset(
    {
        "help",
        "makemigrations",
        "migrate",
        "showmigrations",
        "sqlmigrate",
    }
)
SECONDS_TO_WAIT = 30.0


def role_of(arguments: list[str]) -> str:
    """Return the database role that a command runs as."""
    command = arguments[0] if arguments else "help"
    if command in OWNER_COMMANDS or tuple(arguments[:2]) in OWNER_WORDS:
        default = "owner"
    else:
        default = "web" if command in WEB_COMMANDS else "worker"
    return os.environ.get("RECOURSE_ROLE") or default


def run(arguments: list[str], environment: dict[str, str]) -> int:
    """Run manage.py in the foreground, keyboard and all; return its exit code."""

    def tie() -> None:
        # No session of its own: a shell command needs the terminal.
        LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))

    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        env={**os.environ, **environment, "RECOURSE_ROLE": role_of(arguments)},
        cwd=BASE,
        preexec_fn=tie,
    )
    # Ctrl-C reaches the command by itself; we stay to stop the services after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code


def manage(arguments: list[str]) -> int:
    """Run the command with the environment of the stack on the data folder, starting one where none runs."""
    data = data_folder(os.environ)
    if (state := running(data)) and state.environment:
        return run(arguments, state.environment)
    try:
        held = Held(data, "bin/manage", patience=SECONDS_TO_WAIT)
    except Taken as taken:
        if taken.state.environment:
            return run(arguments, taken.state.environment)
        raise
    with held:
        stack = Stack(data, dict(os.environ))
        try:
            stack.start(Bind.parse(DEFAULT).hosts())
            if arguments and arguments[0] not in AS_IT_IS:
                stack.prepare()
            held.tell(State(by="bin/manage"))
            return run(arguments, stack.environment)
        finally:
            stack.stop()


def main(arguments: list[str]) -> int:
    """Run; a refusal is one line and code 1."""
    # A command may be typed with hyphens; Python's modules have underscores.
    named = [word.replace("-", "_") for word in arguments[:1] if not word.startswith("-")]
    try:
        return manage([*named, *arguments[len(named) :]])
    except Refused as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
