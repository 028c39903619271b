"""Time stamps from outside (RFC 3161): ask an authority, keep what it said, read the time from it.

Only a hash leaves. The client here speaks to the authorities that are set and to nobody else: it follows no
redirect, takes a small reply within a short time, and connects to public addresses only.
"""

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import rfc3161_client as rfc3161
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from cases.addresses import LOOPBACK, Policy, Refused, Target

MAX_REPLY = 64 << 10
CONNECT_SECONDS = 8.0
TOTAL_SECONDS = 20.0
OPENSSL_SECONDS = 20
TIME_IN_TEXT = re.compile(rb"^Time stamp: (\w{3} +\d+ \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT", re.MULTILINE)


class NoReply(Exception):
    """The authority could not be reached, or what came is not a reply. It is asked again later."""


class BadStamp(Exception):
    """A reply came and does not hold: wrong data, wrong signer, wrong question, or a no."""


@dataclass(frozen=True, slots=True)
class Authority:
    """One time-stamp authority: `name` is its address without scheme, as stored and shown."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question in DER, and the number in it that the answer must repeat."""

    der: bytes
    nonce: int


def authorities() -> list[Authority]:
    """Return the authorities that are set."""
    return [Authority(url.partition("://")[2][:120], url) for url in settings.TSA_URLS]


@lru_cache(maxsize=4)
def roots(folder: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates in a folder's PEM files; empty when there is none. Raises OSError, ValueError."""
    found: list[x509.Certificate] = []
    for path in sorted(folder.glob("*.pem")) if folder.is_dir() else []:
        found.extend(x509.load_pem_x509_certificates(path.read_bytes()))
    return tuple(dict.fromkeys(found))


def make_query(message: bytes) -> Query:
    """Return a question about the SHA-256 of a message, with a fresh number, that asks for the signer's certificate."""
    request = rfc3161.TimestampRequestBuilder().data(message).hash_algorithm(rfc3161.HashAlgorithm.SHA256).build()
    if request.nonce is None:
        raise ValueError("A question needs its number.")
    return Query(request.as_bytes(), request.nonce)


def fetch(authority: Authority, query: Query) -> bytes:
    """Send a question and return the reply as it came, at most MAX_REPLY bytes. Raises NoReply."""
    policy = _policy(authority.url)
    try:
        target = policy.read(authority.url)
        sock = _connect(target, policy)
    except Refused as refused:
        raise NoReply(f"address refused ({refused.code})") from refused
    except OSError as error:
        raise NoReply(f"no connection ({type(error).__name__})") from error
    # Time limits of a socket count from byte to byte; this one ends a reply that comes drop by drop.
    cut = threading.Timer(TOTAL_SECONDS, _cut, [sock])
    cut.daemon = True
    cut.start()
    try:
        return _exchange(sock, target, query.der)
    except (OSError, http.client.HTTPException) as error:
        raise NoReply(f"broken off ({type(error).__name__})") from error
    finally:
        cut.cancel()
        sock.close()


def _policy(url: str) -> Policy:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Policy(loopback_allowed=settings.TSA_LOOPBACK, ports=frozenset({port}))


def _connect(target: Target, policy: Policy) -> socket.socket:
    if policy.stands_for_loopback(target.host, target.port):
        answers = [LOOPBACK]
    else:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        answers = [str(answer[4][0]) for answer in found]
    address = policy.check_answers(answers, host=target.host, port=target.port)[0]
    sock = socket.create_connection((address, target.port), timeout=CONNECT_SECONDS)
    if target.scheme == "http":
        return sock
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=target.host)
    except (OSError, ValueError):
        sock.close()
        raise


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _exchange(sock: socket.socket, target: Target, body: bytes) -> bytes:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    parts = urlsplit(target.url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    connection.request("POST", path, body, {**headers, "Connection": "close"})
    response = connection.getresponse()
    if response.status != http.client.OK:
        raise NoReply(f"status {response.status}")
    kind = response.headers.get_content_type()
    if kind != "application/timestamp-reply":
        raise NoReply("not a time-stamp reply")
    reply = response.read(MAX_REPLY + 1)
    if len(reply) > MAX_REPLY:
        raise NoReply("too large")
    if not reply or (response.length or 0) > 0:
        raise NoReply("cut short")
    return reply


def read(reply: bytes, *, message: bytes, nonce: int, query: bytes, trusted: tuple[x509.Certificate, ...]) -> datetime:
    """Return the authority's time after checking everything; see `read_digest`."""
    return read_digest(reply, digest=sha256(message).digest(), nonce=nonce, query=query, trusted=trusted)


def read_digest(
    reply: bytes, *, digest: bytes, nonce: int, query: bytes, trusted: tuple[x509.Certificate, ...]
) -> datetime:
    """Return the authority's time after checking everything: its signature up to a trusted root, that it is about
    a message with this SHA-256, and that it answers this question. Raises BadStamp in words.

    The signer's certificate must have been good at the time of the stamp, not now: stamps outlive certificates.
    A reply that the strict parser cannot read (some authorities order their certificates as DER forbids) is given
    to `openssl ts -verify` where openssl is installed.
    """
    if not trusted:
        raise BadStamp("no root certificate is set")
    try:
        response = rfc3161.decode_timestamp_response(reply)
    except ValueError:
        return _read_with_openssl(reply, query=query, digest=digest, trusted=trusted)
    try:
        builder = rfc3161.VerifierBuilder(nonce=nonce, roots=list(trusted), intermediates=[])
        builder.build().verify(response, digest)
        when: datetime = response.tst_info.gen_time
    except rfc3161.VerificationError as error:
        raise BadStamp(str(error)[:150]) from error
    except Exception as error:
        # Certificates in a hostile reply make the parser raise whatever it knows.
        raise BadStamp("it cannot be read") from error
    return when.astimezone(UTC)


def _read_with_openssl(reply: bytes, *, query: bytes, digest: bytes, trusted: tuple[x509.Certificate, ...]) -> datetime:
    program = shutil.which("openssl")
    if program is None:
        raise BadStamp("it cannot be read")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "reply").write_bytes(reply)
        (folder / "query").write_bytes(query)
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in trusted)
        (folder / "roots").write_bytes(pem)
        told = _openssl(program, folder, "-reply", "-in", "reply", "-text", no="it cannot be read")
        found = TIME_IN_TEXT.search(told)
        if found is None:
            raise BadStamp("it cannot be read")
        words = f"{found[1].decode()} {found[2].decode()}"
        when = datetime.strptime(words, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        good_at = ("-attime", str(int(when.timestamp())), "-CAfile", "roots")
        # The question holds hash and number; the digest is given as well, so that a swapped question is found too.
        for about in (("-queryfile", "query"), ("-digest", digest.hex())):
            _openssl(program, folder, "-verify", "-in", "reply", *about, *good_at)
    return when


def _openssl(program: str, folder: Path, *words: str, no: str = "the second check says no") -> bytes:
    try:
        done = subprocess.run(
            [program, "ts", *words],
            cwd=folder,
            env={"OPENSSL_CONF": "/dev/null", "LC_ALL": "C"},
            capture_output=True,
            timeout=OPENSSL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadStamp("the second check did not end") from error
    if done.returncode != 0:
        raise BadStamp(no)
    return done.stdout
