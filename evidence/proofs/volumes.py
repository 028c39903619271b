"""A bundle as several encrypted archives: for upload pages with a limit, a stick, or a mail that is too small.

ZIP with AES-256 as WinZip describes it (AE-2, https://www.winzip.com/en/support/aes-encryption/); layout as in
evidence.archive. Each file is uncompressed and announced with its length, so volumes are written from front to back in
constant memory and their lengths are known beforehand. The salt of a file follows from what it is, so that a volume is
the same bytes each time it is made; no two different files ever share a key.
"""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter

from cases.doors import ALPHABET
from evidence.archive import NAMES_ARE_UTF8, TOO_BIG, UNIX_FILE
from evidence.proofs.inside import Entry

NEEDS, ENCRYPTED, METHOD_AES = 51, 0x0001, 99
SALT, CHECK, CODE = 16, 2, 10
ADDED = SALT + CHECK + CODE
"""So many bytes longer each file becomes."""
ROUNDS = 1000
"""Fixed by the format; the password's own length has to carry it."""
KEY = 32
AES_EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
END = 22
FIRST = ("HOW-TO-VERIFY.txt", "data/report/packet.pdf", "proof/PROOFS.txt")
"""What a reader opens first lies in the first volume."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One archive: its number from 1, the files in it, its length in bytes."""

    number: int
    entries: tuple[Entry, ...]
    size: int


def make_password() -> str:
    """Return twenty signs without look-alikes in four groups, about 92 bits; the hyphens belong to it."""
    signs = [secrets.choice(ALPHABET) for _place in range(20)]
    return "-".join("".join(signs[at : at + 5]) for at in range(0, 20, 5))


def plan(entries: Sequence[Entry], *, max_bytes: int, max_files: int, root: str) -> list[Volume]:
    """Cut the files of a bundle into volumes of at most so many bytes and files, in order.

    A file that is larger than a volume gets one of its own, which is larger than asked.
    """
    order = {path: place for place, path in enumerate(FIRST)}
    waiting = sorted(entries, key=lambda one: (order.get(one.path, len(order)), one.path.startswith("data/"), one.path))
    cut: list[list[Entry]] = [[]]
    size = END
    for one in waiting:
        more = _cost(one, root)
        if cut[-1] and (size + more > max_bytes or len(cut[-1]) >= max_files):
            cut.append([])
            size = END
        cut[-1].append(one)
        size += more
    return [
        Volume(number, tuple(part), END + sum(_cost(one, root) for one in part))
        for number, part in enumerate(cut, start=1)
    ]


def pieces(
    volume: Volume, *, root: str, password: str, at: datetime, read: Callable[[Entry], Iterable[bytes]], mark: bytes
) -> Iterator[bytes]:
    """Yield a volume's bytes. `read` gives a file's plain bytes; `mark` (the bundle's fingerprint) makes salts its own.

    Raises ValueError when a file has another length than was planned.
    """
    at = at.astimezone(UTC)
    clock = (at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - 1980) << 9 | at.month << 5 | at.day)
    offset = 0
    directory: list[bytes] = []
    for one in volume.entries:
        name = f"{root}/{one.path}".encode("ascii")
        header = _local(name, one, clock)
        directory.append(_central(name, one, clock, offset))
        yield header
        salt = hashlib.sha256(mark + struct.pack(">QQ", one.start, one.size) + name).digest()[:SALT]
        yield from _encrypted(read(one), one.size, password, salt)
        offset += len(header) + one.size + ADDED
    body = b"".join(directory)
    if offset >= TOO_BIG or len(directory) >= 0xFFFF:
        yield body + _wide_end(len(directory), len(body), offset)
        return
    yield body + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, len(directory), len(directory), len(body), offset, 0)


def _encrypted(plain: Iterable[bytes], size: int, password: str, salt: bytes) -> Iterator[bytes]:
    keys = hashlib.pbkdf2_hmac("sha1", password.encode("ascii"), salt, ROUNDS, 2 * KEY + CHECK)
    counter = Counter.new(128, initial_value=1, little_endian=True)
    cipher = AES.new(keys[:KEY], AES.MODE_CTR, counter=counter)
    code = hmac.new(keys[KEY : 2 * KEY], digestmod=hashlib.sha1)
    yield salt + keys[2 * KEY :]
    length = 0
    for piece in plain:
        length += len(piece)
        sealed = cipher.encrypt(piece)
        code.update(sealed)
        yield sealed
    if length != size:
        raise ValueError("A file of the bundle has another length.")
    yield code.digest()[:CODE]


def _wide(one: Entry) -> bytes:
    size = one.size + ADDED
    return struct.pack("<HHQQ", 1, 16, one.size, size) if size >= TOO_BIG else b""


def _lengths(one: Entry) -> tuple[int, int]:
    size = one.size + ADDED
    return (TOO_BIG, TOO_BIG) if size >= TOO_BIG else (size, one.size)


def _local(name: bytes, one: Entry, clock: tuple[int, int]) -> bytes:
    extra = AES_EXTRA + _wide(one)
    head = (NEEDS, NAMES_ARE_UTF8 | ENCRYPTED, METHOD_AES, *clock, 0, *_lengths(one), len(name), len(extra))
    return b"PK\x03\x04" + struct.pack("<5H3L2H", *head) + name + extra


def _central(name: bytes, one: Entry, clock: tuple[int, int], offset: int) -> bytes:
    wide = _wide(one)[4:]
    if offset >= TOO_BIG:
        wide += struct.pack("<Q", offset)
    extra = AES_EXTRA + (struct.pack("<HH", 1, len(wide)) + wide if wide else b"")
    flags = NAMES_ARE_UTF8 | ENCRYPTED
    head = (3 << 8 | NEEDS, NEEDS, flags, METHOD_AES, *clock, 0, *_lengths(one), len(name), len(extra))
    tail = (0, 0, 0, UNIX_FILE, min(offset, TOO_BIG))
    return b"PK\x01\x02" + struct.pack("<6H3L2H", *head) + struct.pack("<3H2L", *tail) + name + extra


def _wide_end(count: int, length: int, start: int) -> bytes:
    numbers = (count, count, length, start)
    wide = struct.pack("<QHHLLQQQQ", 44, 3 << 8 | NEEDS, NEEDS, 0, 0, *numbers)
    few = min(count, 0xFFFF)
    old = struct.pack("<4H2LH", 0, 0, few, few, min(length, TOO_BIG), min(start, TOO_BIG), 0)
    return b"PK\x06\x06" + wide + b"PK\x06\x07" + struct.pack("<LQL", 0, start + length, 1) + b"PK\x05\x06" + old


def _cost(one: Entry, root: str) -> int:
    """Return how many bytes one file adds to a volume; exact for volumes below 4 GB."""
    name = len(root) + 1 + len(one.path)
    return 30 + 46 + 2 * name + 2 * (len(AES_EXTRA) + len(_wide(one))) + one.size + ADDED
