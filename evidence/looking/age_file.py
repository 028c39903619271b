"""Writes age files (age-encryption.org/v1) for one passphrase, in a stream: constant memory, nothing plain on a disk.

The format: a header with one scrypt stanza and its HMAC, then the payload in pieces of 64 KiB under ChaCha20-Poly1305
(the STREAM construction). Any age program opens them; the tests do so with pyrage. Ours because no package at hand
encrypts to a passphrase without holding the whole file.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
TAG = 16
NONCE = 16
WORK = 15
"""log2 of scrypt's N: 32 MB and a tenth of a second. Our passphrases have 116 random bits and need no more."""
VERSION = b"age-encryption.org/v1\n"
HEADER_BYTES = 150
SCRYPT_LABEL = b"age-encryption.org/v1/scrypt"


def age_size(plain_bytes: int) -> int:
    """Return how long the age file of so many plain bytes is; the header of ours has one length."""
    return HEADER_BYTES + NONCE + plain_bytes + TAG * max(1, -(-plain_bytes // CHUNK))


def encrypted(pieces: Iterable[bytes], passphrase: str) -> Iterator[bytes]:
    """Yield an age file of what the pieces hold, for one passphrase; keeps one piece of 64 KiB in memory."""
    header, file_key = _header(passphrase, salt=secrets.token_bytes(16), file_key=secrets.token_bytes(16))
    nonce = secrets.token_bytes(NONCE)
    yield header + nonce
    cipher = ChaCha20Poly1305(_derived(file_key, salt=nonce, info=b"payload"))
    waiting = bytearray()
    number = 0
    for piece in pieces:
        waiting += piece
        # A full piece waits until a further byte comes: whether it is the last is part of its nonce.
        while len(waiting) > CHUNK:
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:CHUNK]), None)
            del waiting[:CHUNK]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), None)


def _header(passphrase: str, *, salt: bytes, file_key: bytes) -> tuple[bytes, bytes]:
    wrapping = hashlib.scrypt(
        passphrase.encode(), salt=SCRYPT_LABEL + salt, n=1 << WORK, r=8, p=1, maxmem=1 << 27, dklen=32
    )
    body = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    made = VERSION + b"-> scrypt " + _b64(salt) + b" " + str(WORK).encode() + b"\n" + _b64(body) + b"\n---"
    mac = hmac.HMAC(_derived(file_key, salt=b"", info=b"header"), hashes.SHA256())
    mac.update(made)
    return made + b" " + _b64(mac.finalize()) + b"\n", file_key


def _derived(file_key: bytes, *, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(file_key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
