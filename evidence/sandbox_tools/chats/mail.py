"""A mail as it lies in a file (.eml): its head in order, the way it came, its words, and its attachments by hash.

Everything a head says is a claim of whoever wrote it; only the uppermost lines of the way were written by the mailbox
that the file comes from. Nothing is checked against anything here.
"""

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from evidence.sandbox_tools.chats.lines import Caution, Line, LineKind, Transcript

FORMAT: Final = "mail"
MOST_HEADERS: Final = 500
MOST_VALUE: Final = 20_000
MOST_PARTS: Final = 500
CLAIMS: Final = ("authentication-results", "arc-authentication-results", "received-spf", "dkim-signature")
NAMED: Final = ("from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to")
HEAD: Final = re.compile(
    rb"\A(?:From [^\r\n]+\r?\n)?(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){3,}"
)
TELLING: Final = re.compile(rb"^(?:received|from|date|message-id|mime-version|return-path|subject|to):", re.I | re.M)
HOP: Final = re.compile(r"\b(from|by|with|for)\s+([^\s;()]+)", re.I)


def is_mail(data: bytes) -> bool:
    """Whether bytes begin like a mail: some lines of a head, at least three of which every mail has."""
    head = HEAD.match(data[:100_000])
    return head is not None and len({found.lower() for found in TELLING.findall(head[0])}) >= 3


def read(data: bytes, *, name: str = "mail") -> Transcript:
    """Read a mail. What cannot be read of it is told in its lines and cautions."""
    return told(email.message_from_bytes(data, policy=email.policy.compat32), name=name)


def told(message: "Message[str, str]", *, name: str) -> Transcript:
    """Return a parsed mail as a transcript: each text of its body a line, and its head in `mail`."""
    made = Transcript(FORMAT)
    headers = [(key, value_of(value)) for key, value in message.items()][:MOST_HEADERS]
    first = {key.lower(): value for key, value in reversed(headers)}
    made.title = first.get("subject", "")
    made.mail = {
        "headers": [{"name": key[:200], "value": value} for key, value in headers],
        "named": {key: first[key] for key in NAMED if key in first},
        "way": way([value for key, value in headers if key.lower() == "received"]),
        "claims": [{"name": key, "value": value} for key, value in headers if key.lower() in CLAIMS],
    }
    made.lines = list(_bodies(message, name, first, made))
    made.mail["attachments"] = made.files
    zone = re.search(r"([+-]\d{2}):?(\d{2})\s*(?:\(|$)", first.get("date", ""))
    made.zone = f"{zone[1]}:{zone[2]}" if zone else "not_stated"
    return made


def way(received: list[str]) -> list[dict[str, str]]:
    """Return the Received lines in the order in which the mail travelled, oldest first, each with its time."""
    hops = []
    for number, text in enumerate(reversed(received), start=1):
        plain = re.sub(r"\s+", " ", text).strip()
        route, _semicolon, when = plain.rpartition(";")
        found = {key.lower(): value for key, value in reversed(HOP.findall(route or plain))}
        hop = {key: found.get(key, "")[:300] for key in ("from", "by", "with")}
        hops.append({"n": str(number), **hop, "at_said": when.strip(), "at": moment(when), "text": plain[:MOST_VALUE]})
    return hops


def moment(text: str) -> str:
    """Return the time of a head as ISO 8601 with its offset; empty for what is no such time."""
    try:
        return parsedate_to_datetime(text.strip()).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def value_of(value: Any) -> str:
    """Return one value of a head with its encoded words read; as it stands where that fails."""
    plain = str(value)
    try:
        plain = str(make_header(decode_header(plain)))
    except Exception:
        # Broken encodings raise whatever their codec raises; the text as it stands is then what there is.
        plain = str(value)
    return re.sub(r"\r?\n[ \t]*", " ", plain).encode("utf-8", "backslashreplace").decode()[:MOST_VALUE]


def _bodies(message: "Message[str, str]", name: str, first: dict[str, str], made: Transcript) -> Iterator[Line]:
    """Give a line for each text of the body; where a mail has both, its HTML is told only if there is no plain text."""
    parts = [part for part in message.walk() if not part.is_multipart()][:MOST_PARTS]
    texts = [part for part in parts if part.get_content_maintype() == "text" and not _is_file(part)]
    has_plain = any(part.get_content_type() == "text/plain" for part in texts)
    for place, part in enumerate(parts, start=1):
        data = payload_of(part)
        if part not in texts:
            made.files.append(_attached(part, data, place))
            continue
        if part.get_content_type() != "text/plain" and has_plain:
            continue
        text, is_clean = text_of(part, data)
        if not is_clean:
            made.caution(Caution.UNKNOWN_ENCODING)
        words = plain_of(text) if part.get_content_subtype() == "html" else text
        line = Line(f"{name}:part[{place}]", text, who=first.get("from", ""), text=words.strip())
        line.at_said, line.at = first.get("date", ""), moment(first.get("date", ""))
        yield line
    if not texts:
        made.caution(Caution.BODY_NOT_READ)
        yield Line(name, "", LineKind.UNREAD, at_said=first.get("date", ""), who=first.get("from", ""))


def _is_file(part: "Message[str, str]") -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def payload_of(part: "Message[str, str]") -> bytes:
    """Return the bytes of a part as they were before they were packed for the way; its text where that fails."""
    try:
        data = part.get_payload(decode=True)
    except Exception:
        data = None
    return data if isinstance(data, bytes) else str(part.get_payload()).encode("utf-8", "backslashreplace")


def text_of(part: "Message[str, str]", data: bytes) -> tuple[str, bool]:
    """Return a text as its part says it is written, and whether that held; Latin 1 where nothing holds."""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return data.decode(charset).replace("\r\n", "\n"), True
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("latin-1").replace("\r\n", "\n"), False


def _attached(part: "Message[str, str]", data: bytes, place: int) -> dict[str, Any]:
    try:
        label = value_of(part.get_filename() or "")
    except Exception:
        label = ""
    kind = part.get_content_type()
    return {
        "name": label or f"part {place}",
        "type": kind,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def plain_of(text: str) -> str:
    """Return the words of a page, without its scripts, styles and addresses of pictures."""
    tree = LexborHTMLParser(text)
    tree.strip_tags(["script", "style", "head", "template", "noscript"])
    body = tree.body
    return body.text(separator="\n", strip=True) if body is not None else ""
