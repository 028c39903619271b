"""Reads a chat export or a mail: finds out from its bytes which it is, and gives its lines. Readers are in chats."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from evidence.sandbox_tools import Refused, write_part
from evidence.sandbox_tools.chats import archive, mail, meta, msg, signal, telegram, whatsapp
from evidence.sandbox_tools.chats.lines import Caution, Transcript, as_json_lines, as_text, decoded

MOST_BYTES: Final = 128 << 20
MOST_LINES: Final = 1_000_000
LEAST_HEADS: Final = 2


def read(path: str, *, is_whole: bool) -> Transcript:
    """Read a file of a kind that is known. Raises Refused: no_chat for any other, and the codes of its readers."""
    with Path(path).open("rb") as file:
        start = file.read(16)
        if start.startswith(archive.MAGIC):
            return _zipped(path, is_whole=is_whole)
        if start.startswith(msg.MAGIC):
            return msg.read(path)
        file.seek(0)
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES or not is_whole:
        raise Refused("too_large")
    return of_bytes(data)


def _zipped(path: str, *, is_whole: bool) -> Transcript:
    opened, members = archive.opened(path)
    found: list[Transcript] = []
    with opened:
        for name, data in archive.texts(opened, members):
            try:
                found.append(of_bytes(data, name=name))
            except Refused as refusal:
                if str(refusal) != "no_chat":
                    raise
        if not found:
            raise Refused("no_chat")
        made = _together(found)
        made.files = archive.listed(opened, members, is_whole=is_whole)
    if not is_whole:
        made.caution(Caution.FILES_NOT_READ)
    return made


def _together(found: list[Transcript]) -> Transcript:
    """Put the pieces of one export together; of several chats each keeps its own order, and it is said."""
    made, *others = found
    for other in others:
        if (other.format, other.title) != (made.format, made.title):
            made.caution(Caution.SEVERAL_CHATS)
        made.lines += other.lines
        made.cautions += [one for one in other.cautions if one not in made.cautions]
        if other.zone != made.zone:
            made.zone = "not_stated"
    if others and all(line.at for line in made.lines):
        made.lines.sort(key=lambda line: line.at)
        made.caution(Caution.SORTED_BY_TIME)
    return made


def of_bytes(data: bytes, *, name: str = "") -> Transcript:
    """Read the bytes of one text file, whatever it is called. Raises Refused with no_chat."""
    if mail.is_mail(data):
        return mail.read(data)
    text, is_clean = decoded(data)
    made = _of_text(text, name)
    if made is None or not made.lines:
        raise Refused("no_chat")
    if not is_clean:
        made.caution(Caution.UNKNOWN_ENCODING)
    return made


def _of_text(text: str, name: str) -> Transcript | None:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        found = _of_json(text, name)
        if found is not None:
            return found
    if start == "<" and telegram.is_html(text):
        return telegram.read_html(text, name=name or "messages.html")
    if signal.is_text(text):
        return signal.read_text(text, name=name or "chat.md")
    if whatsapp.heads(text, most=LEAST_HEADS) >= LEAST_HEADS:
        return whatsapp.read(text, name=name or "_chat.txt")
    return None


def _of_json(text: str, name: str) -> Transcript | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = signal.lines_of(text)
    if telegram.is_json(data):
        return telegram.read_json(data, name=name or "result.json")
    if meta.is_json(data):
        return meta.read(data, name=name or "message_1.json")
    if signal.is_json(data):
        return signal.read_json(data, name=name or "data.json")
    return None


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """{"is_whole": true}: three pieces, the lines as JSON lines, the same as text, the head of a mail or nothing."""
    made = read(path, is_whole=bool(arguments.get("is_whole", True)))
    if len(made.lines) > MOST_LINES:
        raise Refused("too_many_lines")
    write_part(out, _joined(as_json_lines(made)))
    write_part(out, _joined(as_text(made)))
    write_part(out, json.dumps(made.mail, ensure_ascii=False).encode("utf-8", "backslashreplace") if made.mail else b"")


def _joined(lines: Iterator[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
