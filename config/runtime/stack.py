"""Database, queue, keys and schema of one data folder, and the environment that the processes on top of them get."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from cases.key_sources import KeyMissing
from config.runtime import keycheck, keyfile, parts, signingfile
from config.runtime.children import Child, Refused, tied
from config.runtime.services import Services

BASE = Path(__file__).resolve().parent.parent.parent
DATABASE_OF = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL", "owner": "DATABASE_OWNER_URL"}
PREPARED_FROM = ("migrations/*.py", "**/*.toml", "management/commands/load_reference.py", "reference.py", "static/**/*")


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that RECOURSE_DATA names, or var/data."""
    return Path(environ.get("RECOURSE_DATA") or BASE / "var" / "data").resolve()


@dataclass
class Stack:
    """Everything below the processes that serve people. `environment` is what those processes get added."""

    data: Path
    environ: Mapping[str, str]
    environment: dict[str, str] = field(default_factory=dict)
    services: Services | None = None

    @property
    def children(self) -> list[Child]:
        """Return the running services, first to stop first."""
        return self.services.children if self.services else []

    def start(self, hosts: Mapping[str, str]) -> None:
        """Start what is not brought from outside, make the keys on first use, fill in `environment`.

        Raises Refused before anything is written when a part from outside cannot be used.
        """
        parts.check(self.environ)
        services = Services(self.data)
        outside = bool(self.environ.get("DATABASE_URL"))
        secret_key_file = Path(self.environ.get("SECRET_KEY_FILE") or self.data / "secret_key")
        first_use = not (_has_tables(self.environ["DATABASE_OWNER_URL"]) if outside else services.has_cluster())
        # Keys that come from elsewhere stay where they are: neither a file nor env.json ever holds them.
        key_file = keyfile.file_of(self.environ, self.data / "keys")
        keyfile.ensure(key_file, secret_key_file, first_use=first_use)
        signingfile.ensure(self.data / "signing", self.environ)
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "PYTHONUNBUFFERED": "1",
            "RECOURSE_DATA": str(self.data),
            **({"RECOURSE_KEY_FILE": str(key_file)} if key_file else {}),
            "SECRET_KEY_FILE": str(secret_key_file),
            **hosts,
        }
        self.services = services
        self.environment |= services.start(database=not outside, queue=not self.environ.get("REDIS_URL"))
        # What the caller set wins over what we made; kept here too, for a later bin/manage from another shell.
        kept = ("DJANGO_SETTINGS_MODULE", "DATABASE_", "REDIS_URL", "STORAGE_URL", "EMAIL_URL", "RECOURSE_")
        mine = {"RECOURSE_DATA", "RECOURSE_ROLE", "RECOURSE_DROP", "RECOURSE_KEYS"}
        self.environment |= {
            name: value for name, value in self.environ.items() if value and name.startswith(kept) and name not in mine
        }

    def environment_for(self, role: str) -> dict[str, str]:
        """Return the whole environment of a process: it learns the database login of its own role and no other."""
        whole = {**self.environ, **self.environment, "RECOURSE_ROLE": role}
        return {name: value for name, value in whole.items() if name not in DATABASE_OF.values()} | {
            DATABASE_OF[role]: whole[DATABASE_OF[role]]
        }

    def run(self, role: str, *lines: str) -> None:
        """Run management commands one after another in one process; raise Refused when one fails."""
        done = subprocess.run(
            [sys.executable, "-m", "config.runtime.several", *lines],
            env=self.environment_for(role),
            cwd=BASE,
            stdin=subprocess.DEVNULL,
            preexec_fn=tied(),
            check=False,
        )
        if done.returncode:
            raise Refused("Cannot go on: the command above did not go through.")

    def prepare(self) -> bool:
        """Bring schema, reference facts and static files up to date; return whether there was anything to do.

        A stamp of every file that decides the outcome, and of what the database says was applied, saves the work on
        later starts. The month is part of it because the owner's step also makes the coming months' partitions.
        """
        stamp = self.data / "prepared"
        demo = self.environment.get("RECOURSE_DEMO_SITE") or "plain"
        wanted = f"{_fingerprint()} {demo} {datetime.now(UTC):%Y-%m}"
        if stamp.exists() and stamp.read_text(encoding="ascii") == f"{wanted} {self._applied()}":
            return False
        self.run("owner", "compile_locale", "migrate -v0", "load_reference", "collectstatic -v0 --no-input")
        stamp.write_text(f"{wanted} {self._applied()}", encoding="ascii")
        return True

    def need_keys(self) -> None:
        """Raise Refused, in one line, when the keys that are held cannot open what the database holds."""
        try:
            keycheck.refuse_wrong_keys(self.environment_for("worker"), self.data / "keys")
        except KeyMissing as refusal:
            raise Refused(f"Cannot start: {refusal}") from None

    def stop(self, *, now: bool = False) -> None:
        """Stop the queue, then the database."""
        if self.services:
            self.services.stop(now=now)

    def _applied(self) -> str:
        """Return the state of the schema as the database tells it: which database, how many migrations, the last."""
        query = "SELECT current_database(), count(*), max(applied)::text FROM django_migrations"
        try:
            with psycopg.connect(self.environment["DATABASE_OWNER_URL"], connect_timeout=parts.SECONDS) as connection:
                row = connection.execute(query).fetchone()
        except psycopg.Error:
            return "unknown"
        return " ".join(str(part) for part in row or ())


def _fingerprint() -> str:
    digest = hashlib.sha256((BASE / "requirements" / "run.txt").read_bytes())
    places = [(BASE / app, pattern) for app in ("cases", "evidence", "takedowns") for pattern in PREPARED_FROM]
    places += [(BASE, "static/**/*"), (BASE, "locale/**/*.po"), (BASE / "config" / "demo", "*.toml")]
    for folder, pattern in places:
        for path in sorted(path for path in folder.glob(pattern) if path.is_file()):
            digest.update(f"{path.relative_to(BASE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _has_tables(url: str) -> bool:
    with psycopg.connect(url, connect_timeout=parts.SECONDS) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    return bool(row and row[0])
