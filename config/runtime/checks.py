"""`bin/test`: every check of this repository in order, then pytest, on a throw-away database and queue.

Without arguments everything runs, the tests in three processes side by side. With arguments only pytest runs and gets
them; `--faults` alone runs the long fault-injection tests.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType

from config.runtime.children import Refused, tied
from config.runtime.stack import BASE
from config.runtime.testing import throwaway

# What one production host would set; the values are never connected to.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "RECOURSE_SCHEME": "https",
    "RECOURSE_PROXIES": "1",
    "RECOURSE_STAFF_HOST": "casework.example.org",
    "RECOURSE_PORTAL_HOST": "page.example.net",
    "RECOURSE_MEDIA_HOST": "media.example.org",
    "EMAIL_URL": "smtp://mail.example.org:587/?tls=true",
}
# Set by whoever started us, for a stack of theirs: never for tests.
FOREIGN = ("DATABASE_", "REDIS_", "STORAGE_", "EMAIL_", "RECOURSE_", "SECRET_KEY", "DJANGO_")


@dataclass(frozen=True)
class Check:
    """One command; `environment` is added to that of the tests."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


CHECKS = (
    Check("ruff", ("-m", "ruff", "check", "-q", ".")),
    Check("ruff format", ("-m", "ruff", "format", "-q", "--check", ".")),
    Check("djlint", ("-m", "djlint", "--lint", "--quiet", "templates")),
    Check("mypy", ("-m", "mypy", "--no-error-summary")),
    Check("import contracts", ("-c", "from importlinter.cli import lint_imports_command as run; run()")),
    Check("migrations", ("manage.py", "makemigrations", "--check", "--dry-run"), {"RECOURSE_ROLE": "owner"}),
    Check("deployment", ("manage.py", "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
)


TRANSLATIONS = Check("translations", ("manage.py", "compile_locale"))
"""Comes before everything, also before a quick run of some tests: the compiled files are not kept in the repository."""


SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
"""Three, because many tests wait for a browser or a sandbox of theirs. A file stays in one process; the files are given
out in our order, long ones first (tests/conftest.py)."""


class StopAsked(BaseException):
    """Somebody asked us to stop."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise StopAsked


def passes(check: Check, environment: Mapping[str, str]) -> bool:
    """Run one check; print its name and, when it fails, all that it said."""
    done = subprocess.run(
        [sys.executable, *check.command],
        env={**environment, **check.environment},
        cwd=BASE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=tied(),
        check=False,
    )
    print(f"{check.name}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def pytest(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run pytest with its output as it comes; return its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments], env=dict(environment), cwd=BASE, preexec_fn=tied(signal.SIGINT)
    )
    try:
        return process.wait()
    except StopAsked:
        # It has a session of its own, so Ctrl-C did not reach it; a second one does not wait for its clean-up.
        process.send_signal(signal.SIGINT)
        try:
            process.wait()
        except StopAsked:
            process.kill()
            process.wait()
        raise


def run(arguments: list[str]) -> int:
    """Run the checks and pytest; return 0 when all of them pass. Checks that fail keep pytest from starting."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    if arguments == ["--faults"]:
        arguments = ["-m", "faults"]
    with throwaway() as made:
        environment = {**kept, **made}
        if not passes(TRANSLATIONS, environment):
            return 1
        if not arguments:
            failed = [check.name for check in CHECKS if not passes(check, environment)]
            if failed:
                print(f"Failed: {', '.join(failed)}. pytest was not started.", flush=True)
                return 1
            arguments = [*SIDE_BY_SIDE]
        return pytest(arguments, environment)


def main(arguments: list[str]) -> int:
    """Run; a refusal is one line and code 1, a stop that was asked for is code 130."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return run(arguments)
    except Refused as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    except StopAsked:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
