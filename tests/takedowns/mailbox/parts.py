"""Builds single mails of the test mailbox byte by byte, as the programs that really write such mails shape them."""

import base64
import quopri
from dataclasses import dataclass
from typing import Literal

from takedowns.mail_kinds import MailKind

Match = Literal["token", "references", "inner", "ticket", "link", ""]
"""By what a mail should find its notice; empty for the tray of those that found none."""


@dataclass(frozen=True)
class Labelled:
    """One mail, what it is, and by what it should find its notice."""

    name: str
    raw: bytes
    kind: MailKind | None
    match: Match = ""
    about: int | None = None
    """The number of the notice that it belongs to; None where none can be told for sure."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Asked:
    """What a notice of ours left behind that an answer can name."""

    number: int
    reply: str = "0123456789abcdef0123456789abcdef@reply.example.org"
    message_id: str = "<5f6b5f6b5f6b@reply.example.org>"
    ticket: str = "PX-20261103-77"
    link: str = "https://photos.example/p/1"
    platform: str = "support@photos.example"


def mail(
    head: dict[str, str], body: str, *, charset: str = "utf-8", way: str = "8bit", kind: str = "text/plain"
) -> bytes:
    """Return a mail of one text part; `way` is its transfer encoding."""
    lines = {"MIME-Version": "1.0", "Content-Type": f"{kind}; charset={charset}", "Content-Transfer-Encoding": way}
    data = body.replace("\n", "\r\n").encode(charset, "replace")
    if way == "base64":
        data = base64.encodebytes(data)
    elif way == "quoted-printable":
        data = quopri.encodestring(data)
    return top(head | lines) + data


def top(head: dict[str, str]) -> bytes:
    """Return the head of a mail with the empty line after it; values outside ASCII as encoded words."""
    return "".join(f"{name}: {worded(value)}\r\n" for name, value in head.items()).encode() + b"\r\n"


def worded(value: str) -> str:
    """Return a value of a head, as one encoded word (RFC 2047) where it is not ASCII."""
    if value.isascii():
        return value
    return "=?utf-8?B?" + base64.b64encode(value.encode()).decode() + "?="


def several(head: dict[str, str], parts: list[bytes], *, kind: str = "multipart/mixed", end: bool = True) -> bytes:
    """Return a mail of several parts, each given with its own head; without `end` it breaks off in the middle."""
    line = "=_next_part_7f3a"
    made = top(head | {"MIME-Version": "1.0", "Content-Type": f'{kind}; boundary="{line}"'})
    for part in parts:
        made += f"--{line}\r\n".encode() + part + b"\r\n"
    return made + (f"--{line}--\r\n".encode() if end else b"")


def part(kind: str, body: bytes, **head: str) -> bytes:
    """Return one part: its head and bytes as they are."""
    return top({"Content-Type": kind} | {name.replace("_", "-"): value for name, value in head.items()}) + body


def file(name: str, kind: str, data: bytes) -> bytes:
    """Return an attached file."""
    head = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Transfer-Encoding": "base64"}
    return top({"Content-Type": kind} | head) + base64.encodebytes(data)
