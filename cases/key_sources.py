"""Where the keys of the installation come from: a file, the environment, or a command for a key store.

One of the three, never two, and each gives the same lines `name:version:base64`. Knows nothing of Django: the
processes that start everything else ask here too.
"""

import base64
import contextlib
import os
import re
import secrets
import shlex
import stat
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from uuid import UUID

KEY_BYTES = 32
NAMES = ("kek", "lookup")
HIGHEST_VERSION = 32767
COMMAND_SECONDS = 20
COMMAND_MOST_BYTES = 64 * 1024
COMMAND_AGAIN_SECONDS = 60.0
CONTAINER_SECRETS = Path("/run/secrets")
"""Secrets of a container are mounted with the host's numbers; nobody else lives in it, so their mode says nothing."""
SETTINGS = ("RECOURSE_KEY_FILE", "RECOURSE_KEYS", "RECOURSE_KEY_COMMAND")
OUR_SECRETS = re.compile(r"DATABASE_|REDIS_URL|EMAIL_URL|STORAGE_URL|SECRET_KEY|RECOURSE_KEY")


class KeyMissing(Exception):
    """A key that is needed is not there, or is not the one the data was sealed with."""

    def __init__(self, message: str, *, case_id: UUID | None = None) -> None:
        super().__init__(message)
        self.case_id = case_id


class ByHand(Exception):
    """The keys lie where this process cannot write; the message says what the operator has to do."""


class Ring:
    """The keys that are held, by name and version. Its text form shows no key."""

    def __init__(self, keys: Mapping[tuple[str, int], bytes], place: str) -> None:
        self._keys = dict(keys)
        self.place = place

    def __repr__(self) -> str:
        return f"<keys of {self.place}>"

    def versions(self, name: str) -> list[int]:
        """Return the versions held of one key, oldest first."""
        return sorted(version for kind, version in self._keys if kind == name)

    def newest(self, name: str) -> int:
        """Return the version that new data is sealed with."""
        return self.versions(name)[-1]

    def holds(self, name: str, version: int) -> bool:
        """Whether this version is here."""
        return (name, version) in self._keys

    def get(self, name: str, version: int) -> bytes:
        """Return one key; raise KeyMissing when this version is not held."""
        try:
            return self._keys[name, version]
        except KeyError:
            raise KeyMissing(f"The key {name} version {version} is not in {self.place}.") from None


def parse(text: str, place: str) -> Ring:
    """Return the keys of lines `name:version:base64`; `#` begins a note. Raise KeyMissing for anything else."""
    keys: dict[tuple[str, int], bytes] = {}
    for line in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
        name, version, key = _parse_line(line, place)
        if (name, version) in keys:
            raise KeyMissing(f"The key {name}:{version} stands twice in {place}.")
        keys[name, version] = key
    for name in NAMES:
        if not any(kind == name for kind, _ in keys):
            raise KeyMissing(f"There is no {name} key in {place}.")
    return Ring(keys, place)


def _parse_line(line: str, place: str) -> tuple[str, int, bytes]:
    name, _, rest = line.partition(":")
    version, _, text = rest.partition(":")
    is_number = version.isascii() and version.isdigit() and 1 <= int(version) <= HIGHEST_VERSION
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = None
    if name not in NAMES or not is_number or key is None:
        raise KeyMissing(f"A line of {place} is not name:version:base64.")
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"The key {name}:{version} in {place} is not {KEY_BYTES} bytes long.")
    return name, int(version), key


class Source(Protocol):
    """One place of keys. `ring` gives what is held now, `look_again` asks anew when a version is unknown."""

    place: str

    def ring(self) -> Ring: ...
    def look_again(self) -> Ring: ...
    def add(self, name: str) -> int: ...
    def remove(self, name: str, versions: set[int]) -> None: ...


class FileSource:
    """A file that is ours alone. It is read again as soon as it was replaced, so no process needs a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = f"the key file {path}"
        self._read: tuple[tuple[int, int, int], Ring] | None = None

    def ring(self) -> Ring:
        """Return the keys; raise KeyMissing when the file is gone, open to others, or not what it should be."""
        try:
            found = self.path.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if self._read is not None and self._read[0] == seen:
                return self._read[1]
            if stat.S_IMODE(found.st_mode) & 0o077 and self.path.parent != CONTAINER_SECRETS:
                raise KeyMissing(f"The key file {self.path} can be read by others. Run: chmod 600 {self.path}")
            text = self.path.read_text(encoding="ascii")
        except OSError as error:
            raise KeyMissing(f"The key file {self.path} cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise KeyMissing(f"A line of {self.place} is not name:version:base64.") from error
        ring = parse(text, self.place)
        self._read = (seen, ring)
        return ring

    def look_again(self) -> Ring:
        """Read the file anew, even if it seems unchanged."""
        self._read = None
        return self.ring()

    def add(self, name: str) -> int:
        """Append a fresh version of a key and return its number. Raise ByHand when the file cannot be written."""
        version = self.look_again().newest(name) + 1
        key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
        text = self.path.read_text(encoding="ascii")
        try:
            self._replace(f"{text.rstrip()}\n{name}:{version}:{key}\n")
        except OSError as error:
            raise ByHand(
                f"The key file {self.path} cannot be written here ({error.strerror}). On the host run: "
                "python3 -m config.runtime.keyfile add FILE; then restart every process and run this again."
            ) from error
        self.look_again()
        return version

    def remove(self, name: str, versions: set[int]) -> None:
        """Take versions out, and overwrite what the file was. Raise ByHand when the file cannot be written."""
        gone = tuple(f"{name}:{version}:" for version in versions)
        lines = self.path.read_text(encoding="ascii").splitlines(keepends=True)
        with contextlib.ExitStack() as ending:
            try:
                before = ending.enter_context(self.path.open("r+b"))
                self._replace("".join(line for line in lines if not line.strip().startswith(gone)))
            except OSError as error:
                how = "On the host: python3 -m config.runtime.keyfile remove FILE VERSION."
                raise ByHand(f"{_removal(self.place, name, versions)} ({how})") from error
            # Solid-state disks may keep a copy all the same: docs/keys.md says so.
            size = before.seek(0, os.SEEK_END)
            before.seek(0)
            before.write(b"\0" * size)
            before.flush()
            os.fsync(before.fileno())
        self.look_again()

    def _replace(self, text: str) -> None:
        """Put a new file in the place of the old: after a crash one of the two is there, whole."""
        parse(text, self.place)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class EnvironmentSource:
    """Keys in the environment, parted by line breaks, blanks or commas. They change with a restart."""

    place = "RECOURSE_KEYS"

    def __init__(self, text: str) -> None:
        self._ring: Ring | None = None
        self._text = "\n".join(filter(None, re.split(r"[\s,]+", text)))

    def ring(self) -> Ring:
        """Return the keys; raise KeyMissing when they are not what they should be."""
        if self._ring is None:
            self._ring = parse(self._text, self.place)
        return self._ring

    def look_again(self) -> Ring:
        """Return the same: the environment of a process does not change."""
        return self.ring()

    def add(self, name: str) -> int:
        """Say what the operator has to do."""
        number = self.ring().newest(name) + 1
        line = f"{name}:{number}:$(head -c 32 /dev/urandom | base64 -w0)"
        raise ByHand(f"Add a line {line} to {self.place}, keep the others, and restart every process.")

    def remove(self, name: str, versions: set[int]) -> None:
        """Say what the operator has to do."""
        raise ByHand(_removal(self.place, name, versions))


class CommandSource:
    """A program that prints the lines: the way to a key store. Run without a shell; what it says is never logged.

    It gets no argument that is not in the setting and none of our other secrets, and has 20 seconds. Its answer is
    kept for the life of the process; for an unknown version it is asked again, at most once a minute.
    """

    place = "RECOURSE_KEY_COMMAND"

    def __init__(self, command: str) -> None:
        self._words = shlex.split(command)
        self._lock = threading.Lock()
        self._ring: Ring | None = None
        self._asked_at = 0.0

    def ring(self) -> Ring:
        """Return the keys; raise KeyMissing when the program fails or says something else."""
        with self._lock:
            if self._ring is None:
                self._ring = self._ask()
            return self._ring

    def look_again(self) -> Ring:
        """Ask the program anew, unless that was done a moment ago."""
        with self._lock:
            if self._ring is None or time.monotonic() - self._asked_at > COMMAND_AGAIN_SECONDS:
                self._ring = self._ask()
            return self._ring

    def _ask(self) -> Ring:
        self._asked_at = time.monotonic()
        environment = {name: value for name, value in os.environ.items() if not OUR_SECRETS.match(name)}
        try:
            done = subprocess.run(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
                env=environment,
                cwd="/",
                check=False,
            )
        except subprocess.TimeoutExpired:
            # Not chained: that error carries what the program had printed.
            raise KeyMissing(f"{self.place} gave no answer within {COMMAND_SECONDS} seconds.") from None
        except (OSError, IndexError) as error:
            raise KeyMissing(f"{self.place} cannot be run ({type(error).__name__}).") from error
        if done.returncode:
            raise KeyMissing(f"{self.place} ended with code {done.returncode}.")
        if len(done.stdout) > COMMAND_MOST_BYTES or not done.stdout.isascii():
            raise KeyMissing(f"{self.place} printed something that is not keys.")
        return parse(done.stdout.decode("ascii"), self.place)

    def add(self, name: str) -> int:
        """Say what the operator has to do."""
        number = self.ring().newest(name) + 1
        raise ByHand(f"Let {self.place} print a line {name}:{number}:… with 32 new random bytes beside the others.")

    def remove(self, name: str, versions: set[int]) -> None:
        """Say what the operator has to do."""
        raise ByHand(_removal(self.place, name, versions))


def _removal(place: str, name: str, versions: set[int]) -> str:
    lines = ", ".join(f"{name}:{version}" for version in sorted(versions))
    return f"Take {lines} out of {place}, destroy every copy, restart every process, then run: keys shred --finish"


def source_of(environ: Mapping[str, str], default: Path) -> Source:
    """Return the one place of keys that the environment names, or the file `default`; raise KeyMissing for two."""
    given = [name for name in SETTINGS if environ.get(name)]
    if len(given) > 1:
        raise KeyMissing(f"{' and '.join(given)} are set together; the keys come from one place. Unset the others.")
    if environ.get("RECOURSE_KEYS"):
        return EnvironmentSource(environ["RECOURSE_KEYS"])
    if environ.get("RECOURSE_KEY_COMMAND"):
        return CommandSource(environ["RECOURSE_KEY_COMMAND"])
    return FileSource(Path(environ.get("RECOURSE_KEY_FILE") or default))
