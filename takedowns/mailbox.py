"""Fetches mail by IMAP (RFC 9051) and hands it on; a mail leaves the inbox only once it is kept here.

Polled by the worker. A mail that was kept is moved to the folder DONE of the same mailbox, one that cannot be kept to
HELD: nothing is deleted, and nothing is ever sent from here.
"""

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from cases.vault import VaultError
from takedowns import mail_filing

DONE, HELD = "Recourse-Done", "Recourse-Held"
SECONDS = 30
MOST = 200
log = logging.getLogger("recourse.mail")


class MailboxAway(Exception):
    """The mailbox cannot be read now. The message is safe to show: no password, no word of a mail."""


@dataclass(frozen=True)
class Address:
    """Where the mailbox is: `imaps://user:password@host[:port]/folder`, or `imap://` on this machine."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    is_plain: bool

    @classmethod
    def of(cls, url: str) -> "Address":
        """Read the setting. Raises ValueError for what names no mailbox, or would send a password in the clear."""
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ValueError("RECOURSE_MAILBOX must be imaps://user:password@host/folder.")
        if parts.scheme == "imap" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("RECOURSE_MAILBOX: without TLS only on this machine; use imaps://.")
        return cls(
            host=parts.hostname,
            port=parts.port or (993 if parts.scheme == "imaps" else 143),
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            is_plain=parts.scheme == "imap",
        )


@dataclass(frozen=True)
class Fetched:
    """What one round came to."""

    kept: int = 0
    known: int = 0
    held: int = 0


def fetch(address: Address, *, at: datetime, most: int = MOST) -> Fetched:
    """Keep what lies in the inbox, oldest first. Raises MailboxAway; what was kept until then stays kept."""
    kept = known = held = 0
    try:
        with _opened(address) as box:
            for uid in _waiting(box)[:most]:
                try:
                    row = mail_filing.keep(_raw(box, uid), at=at)
                except mail_filing.NotKept:
                    held += 1
                    _move(box, uid, HELD)
                    continue
                kept, known = kept + (row is not None), known + (row is None)
                _move(box, uid, DONE)
    except (imaplib.IMAP4.error, OSError, ssl.SSLError) as trouble:
        raise MailboxAway(f"{type(trouble).__name__} while reading the mailbox at {address.host}") from trouble
    except VaultError as trouble:
        raise MailboxAway(str(trouble)) from trouble
    return Fetched(kept, known, held)


@contextmanager
def _opened(address: Address) -> Iterator[imaplib.IMAP4]:
    box: imaplib.IMAP4
    if address.is_plain:
        box = imaplib.IMAP4(address.host, address.port, timeout=SECONDS)
    else:
        box = imaplib.IMAP4_SSL(address.host, address.port, ssl_context=ssl.create_default_context(), timeout=SECONDS)
    try:
        box.login(address.user, address.password)
        _good(box.select(_quoted(address.folder)))
        for folder in (DONE, HELD):
            # Exists already: then the server says no, and that is right.
            box.create(folder)
        yield box
    finally:
        with suppress(Exception):
            box.logout()


def _waiting(box: imaplib.IMAP4) -> list[str]:
    (found,) = _good(box.uid("SEARCH", "UNDELETED"))
    return sorted((found or b"").decode("ascii").split(), key=int)


def _raw(box: imaplib.IMAP4, uid: str) -> bytes:
    """Return a mail's bytes; empty stands for one that is larger than what is taken, which is not fetched at all."""
    told = _good(box.uid("FETCH", uid, "(RFC822.SIZE)"))
    size = re.search(rb"RFC822\.SIZE (\d+)", _flat(told))
    if size is None or int(size[1]) > mail_filing.LARGEST:
        return b""
    for answer in _good(box.uid("FETCH", uid, "(BODY.PEEK[])")):
        if isinstance(answer, tuple):
            return bytes(answer[1])
    return b""


def _flat(told: list[bytes | tuple[bytes, bytes] | None]) -> bytes:
    return b" ".join(b" ".join(one) if isinstance(one, tuple) else one or b"" for one in told)


def _move(box: imaplib.IMAP4, uid: str, folder: str) -> None:
    """Move a mail out of the inbox; by copy and delete where the server cannot move (RFC 6851)."""
    # Asked now: before the log-in a server does not say what it can do.
    if b"MOVE" in _flat(_good(box.capability())).upper().split():
        _good(box.uid("MOVE", uid, folder))
        return
    _good(box.uid("COPY", uid, folder))
    _good(box.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
    box.expunge()


def _good(answer: tuple[str, list]) -> list:  # type: ignore[type-arg]
    status, told = answer
    if status != "OK":
        raise imaplib.IMAP4.error("the server said no")
    return told


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
