"""A mail as Outlook keeps it (.msg): the same as a .eml where its head is inside, else what its fields say."""

import email
import email.policy
import hashlib
from typing import Any, BinaryIO, Final

import olefile

from evidence.sandbox_tools import Refused
from evidence.sandbox_tools.chats import mail
from evidence.sandbox_tools.chats.lines import Caution, Line, LineKind, Transcript

FORMAT: Final = "outlook_msg"
MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_ATTACHMENTS: Final = 500
FIELDS: Final = {
    "subject": "0037",
    "from": "0C1A",
    "from_address": "5D01",
    "sent_by": "0C1F",
    "to": "0E04",
    "cc": "0E03",
    "message-id": "1035",
}
"""Numbers of the properties that are told, as MS-OXPROPS names them."""
HEAD, BODY, HTML, RTF = "007D", "1000", "1013", "1009"
FILE_NAME, SHORT_NAME, FILE_DATA, FILE_TYPE = "3707", "3704", "3701", "370E"


def read(path: str, *, name: str = "mail") -> Transcript:
    """Read a .msg. Raises Refused with damaged, or no_chat for another kind of such a file."""
    try:
        with olefile.OleFileIO(path) as container:
            return _told(container, name)
    except Refused:
        raise
    except MemoryError:
        raise
    except Exception:
        # A broken container raises many things; all of them mean that nothing can be read.
        raise Refused("damaged") from None


def _told(container: Any, name: str) -> Transcript:
    if not container.exists("__properties_version1.0"):
        raise Refused("no_chat")
    fields = {key: _text(container, "", number) for key, number in FIELDS.items()}
    head = _text(container, "", HEAD)
    message = email.message_from_string(head.strip() + "\n\n", policy=email.policy.compat32)
    made = mail.told(message, name=name)
    made.format, made.lines, made.cautions, made.files = FORMAT, [], [], []
    made.title = fields["subject"] or made.title
    made.mail["fields"] = {key: value for key, value in fields.items() if value}
    named = made.mail["named"]
    who = named.get("from") or " ".join(filter(None, (fields["from"], fields["from_address"] or fields["sent_by"])))
    line = Line(f"{name}:body", "", who=who, at_said=named.get("date", ""), at=mail.moment(named.get("date", "")))
    line.raw = _text(container, "", BODY)
    line.text = line.raw.replace("\r\n", "\n").strip()
    if not line.text:
        line.raw = _bytes(container, f"__substg1.0_{HTML}0102").decode("utf-8", "replace") or _text(container, "", HTML)
        line.text = mail.plain_of(line.raw) if line.raw else ""
    if not line.text:
        line.kind = LineKind.UNREAD
        made.caution(Caution.BODY_NOT_READ)
    made.lines = [line]
    made.files = _attachments(container)
    made.mail["attachments"] = made.files
    return made


def _attachments(container: Any) -> list[dict[str, Any]]:
    folders = sorted({parts[0] for parts in container.listdir() if parts[0].startswith("__attach_version1.0_")})
    found = []
    for number, folder in enumerate(folders[:MOST_ATTACHMENTS], start=1):
        data = _bytes(container, f"{folder}/__substg1.0_{FILE_DATA}0102")
        label = _text(container, f"{folder}/", FILE_NAME) or _text(container, f"{folder}/", SHORT_NAME)
        found.append(
            {
                "name": label or f"attachment {number}",
                "type": _text(container, f"{folder}/", FILE_TYPE),
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    return found


def _text(container: Any, folder: str, number: str) -> str:
    wide = _bytes(container, f"{folder}__substg1.0_{number}001F")
    if wide:
        return wide.decode("utf-16-le", "backslashreplace").rstrip("\0")
    return _bytes(container, f"{folder}__substg1.0_{number}001E").decode("latin-1").rstrip("\0")


def _bytes(container: Any, name: str) -> bytes:
    if not container.exists(name):
        return b""
    stream: BinaryIO = container.openstream(name)
    return stream.read()
