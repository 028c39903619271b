"""The escrow file: every living case key, as it is wrapped in the database, sealed once more under a passphrase.

One line of JSON (format, time, count, newest KEK version, how the passphrase is stretched), then AES-256-GCM over the
rows with that line as associated data, then the SHA-256 of everything before it. Two secrets are needed to use it, the
passphrase and the key-encryption key, so two people can keep it; the KEK itself is never inside.
"""

import hashlib
import json
import os
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

FORMAT = "recourse-escrow-1"
ROW = struct.Struct(">16sHq60s")
"""Case, KEK version, microseconds since 1970 when the key was made, wrapped key."""
DIGEST_BYTES = 32
SHORTEST_PASSPHRASE = 16
SCRYPT = {"n": 2**17, "r": 8, "p": 1}
"""128 MiB and a good third of a second a try: OWASP's recommendation for scrypt."""
MOST_MEMORY = 2**20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EscrowUnreadable(Exception):
    """The file is not a whole escrow file, or the passphrase is not its own."""


@dataclass(frozen=True)
class EscrowRow:
    """One wrapped case key."""

    case_id: UUID
    kek_version: int
    created_at: datetime
    wrapped: bytes


@dataclass(frozen=True)
class Escrow:
    """What an escrow file holds. `kek_version` was the newest when it was written."""

    made_at: datetime
    kek_version: int
    rows: Sequence[EscrowRow]


def check_passphrase(passphrase: str) -> None:
    """Raise ValueError for a passphrase that is too short to keep the keys of an installation."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ValueError(f"The passphrase needs {SHORTEST_PASSPHRASE} characters or more.")


def seal(escrow: Escrow, passphrase: str) -> bytes:
    """Return the bytes of an escrow file. Raise ValueError for a passphrase that is too short."""
    check_passphrase(passphrase)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    header = {
        "format": FORMAT,
        "made_at": escrow.made_at.astimezone(UTC).isoformat(),
        "count": len(escrow.rows),
        "kek_version": escrow.kek_version,
        "scrypt": {**SCRYPT, "salt": salt.hex()},
        "nonce": nonce.hex(),
    }
    line = json.dumps(header).encode("ascii") + b"\n"
    plain = b"".join(
        ROW.pack(row.case_id.bytes, row.kek_version, (row.created_at - EPOCH) // timedelta(microseconds=1), row.wrapped)
        for row in escrow.rows
    )
    key = Scrypt(salt=salt, length=32, **SCRYPT).derive(passphrase.encode())
    whole = line + AESGCM(key).encrypt(nonce, plain, line)
    return whole + hashlib.sha256(whole).digest()


def unseal(data: bytes, passphrase: str) -> Escrow:
    """Return what an escrow file holds; raise EscrowUnreadable when it is cut, changed, or not of this passphrase."""
    whole, digest = data[:-DIGEST_BYTES], data[-DIGEST_BYTES:]
    if hashlib.sha256(whole).digest() != digest:
        raise EscrowUnreadable("The escrow file is cut or damaged: its digest does not match.")
    line, _, sealed = whole.partition(b"\n")
    try:
        header = json.loads(line)
        made_at, count, version = datetime.fromisoformat(header["made_at"]), header["count"], header["kek_version"]
        stretch = {name: int(header["scrypt"][name]) for name in SCRYPT}
        salt, nonce = bytes.fromhex(header["scrypt"]["salt"]), bytes.fromhex(header["nonce"])
        if header["format"] != FORMAT or stretch["n"] > MOST_MEMORY or stretch["r"] > 16 or stretch["p"] > 4:
            raise EscrowUnreadable("This is not an escrow file of a known format.")
        key = Scrypt(salt=salt, length=32, **stretch).derive(passphrase.encode())
        plain = AESGCM(key).decrypt(nonce, sealed, line + b"\n")
    except (KeyError, TypeError, ValueError) as error:
        raise EscrowUnreadable("This is not an escrow file.") from error
    except InvalidTag:
        raise EscrowUnreadable("The passphrase is not the one of this escrow file.") from None
    rows = [
        EscrowRow(UUID(bytes=case), kek, EPOCH + timedelta(microseconds=created), wrapped)
        for case, kek, created, wrapped in ROW.iter_unpack(plain)
    ]
    if len(rows) != count:
        raise EscrowUnreadable("The escrow file holds another number of keys than it says.")
    return Escrow(made_at, version, rows)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, readable by us alone, safe on disk and read back before this returns."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    if path.read_bytes() != data:
        raise OSError(f"{path} reads back differently from what was written.")
