"""What runs inside the production image: `python -m config.runtime.container web|worker|slow|beat|migrate|…`.

Secrets come as files: NAME_FILE names the file that holds the setting NAME.
"""

import http.client
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from config.runtime import workers

FROM_FILES = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL", "REDIS_URL", "STORAGE_URL", "EMAIL_URL")
ROLE_OF = {"web": "web", "worker": "worker", "slow": "worker", "beat": "worker", "migrate": "owner"}
LOGIN_OF = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL", "owner": "DATABASE_OWNER_URL"}
SCHEDULE = Path("/tmp/beat-schedule")
# Beat writes its schedule every three minutes.
OLDEST_SCHEDULE = 600
WEB_PORT = 8000

GUNICORN = ["gunicorn", "config.wsgi", "-b", f"0.0.0.0:{WEB_PORT}", "-k", "gthread", "--workers", "2", "--threads", "8"]
CELERY = ["celery", "-q", "-A", "config"]
COMMANDS = {
    "web": [*GUNICORN, "--timeout", "120", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"],
    **{plan.part: [*CELERY, *plan.arguments()] for plan in workers.PLANS},
    "beat": [*CELERY, "beat", "-l", "warning", "-s", str(SCHEDULE), "--pidfile="],
    "migrate": ["config.runtime.several", "migrate", "load_reference", "collectstatic -v0 --no-input"],
}


class Unusable(Exception):
    """A secret that cannot be read; the message is one line."""


def environment(environ: Mapping[str, str], part: str) -> dict[str, str]:
    """Return the environment of one part: every NAME_FILE replaced by NAME, and the database role of the part.

    Raises Unusable when a file cannot be read or is empty: nothing falls back to a default.
    """
    made = dict(environ)
    for name in FROM_FILES:
        path = made.pop(f"{name}_FILE", "")
        if not path:
            continue
        try:
            made[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unusable(f"{name}_FILE: {path} cannot be read ({error.strerror}).") from error
        if not made[name]:
            raise Unusable(f"{name}_FILE: {path} is empty.")
    if part in ROLE_OF:
        made["RECOURSE_ROLE"] = ROLE_OF[part]
    elif part == "manage" and not made.get("RECOURSE_ROLE"):
        # A container has one login; a command runs as that one.
        made["RECOURSE_ROLE"] = next((role for role, url in LOGIN_OF.items() if made.get(url)), "web")
    return made


def web_answers(environ: Mapping[str, str]) -> bool:
    """Return whether the web process answers its own host name with anything but an error of its own."""
    headers = {"Host": environ.get("RECOURSE_STAFF_HOST", "localhost"), "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers=headers)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def beat_is_alive(now: float) -> bool:
    """Return whether beat wrote its schedule lately; `now` is in seconds since 1970."""
    written = [path.stat().st_mtime for path in SCHEDULE.parent.glob(f"{SCHEDULE.name}*")]
    return bool(written) and now - max(written) < OLDEST_SCHEDULE


def main(arguments: list[str]) -> int:
    """Become the part that is named; return 1 when it is none or a secret is missing."""
    part, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if part == "healthy":
        return 0 if (web_answers(os.environ) if rest == ["web"] else beat_is_alive(time.time())) else 1
    try:
        made = environment(os.environ, part)
    except Unusable as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if part == "manage":
        command = ["manage.py", *rest]
    elif part == "ping":
        worker = rest[0] if rest else workers.QUICK.part
        command = ["-m", *CELERY, "inspect", "ping", "-d", f"{worker}@{os.uname().nodename}"]
    elif part == "signing-key":
        command = ["-m", "config.runtime.signingfile", *rest]
    elif part in COMMANDS:
        command = ["-m", *COMMANDS[part], *rest]
    else:
        print(f"Name one of {', '.join([*COMMANDS, 'manage', 'ping', 'healthy', 'signing-key'])}.", file=sys.stderr)
        return 1
    return os.execve(sys.executable, [sys.executable, *command], made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
