"""Signal, which has no export of its own for reading: the text and JSON that the known export programs write."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from evidence.sandbox_tools.chats import times
from evidence.sandbox_tools.chats.lines import Caution, Line, LineKind, Transcript, said

TEXT_FORMAT: Final = "signal_text"
JSON_FORMAT: Final = "signal_json"
HEAD: Final = re.compile(r"\[(?P<at>\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?)\] (?P<who>[^:\n]{1,80}): ?")
FILE: Final = re.compile(r"!?\[(?P<label>[^\]\n]{0,200})\]\((?P<path>[^()\n]{1,300})\)")


def is_text(text: str) -> bool:
    """Whether a text looks like Signal's chat.md."""
    return any(HEAD.match(line) for line in text.split("\n", 20)[:20])


def read_text(text: str, *, name: str = "chat.md") -> Transcript:
    """Read `[2024-03-01 21:04] Name: words`; lines without a head belong to the one before."""
    made = Transcript(TEXT_FORMAT)
    for number, raw in enumerate(text.split("\n"), start=1):
        head = HEAD.match(raw)
        plain = raw.rstrip("\r")
        if head is not None:
            line = Line(f"{name}:{number}", raw, at_said=head["at"], who=head["who"].strip(), text=plain[head.end() :])
            line.at = (head["at"].replace(" ", "T") + ":00")[:19]
            made.lines.append(line)
        elif made.lines and made.lines[-1].kind != LineKind.UNREAD:
            made.lines[-1].raw += "\n" + raw
            made.lines[-1].text += "\n" + plain
        elif plain.strip():
            made.caution(Caution.BEGINS_IN_THE_MIDDLE)
            made.lines.append(Line(f"{name}:{number}", raw, LineKind.UNREAD, text=plain))
    for line in made.lines:
        line.attachments = [found["path"] for found in FILE.finditer(line.text)]
    return made


def is_json(data: Any) -> bool:
    """Whether a JSON value looks like messages of Signal: a list, or an object that holds one."""
    first = next(iter(_messages(data)), None)
    if not isinstance(first, Mapping):
        return False
    desktop = "conversationId" in first and ("sent_at" in first or "received_at" in first)
    return desktop or {"date", "sender", "body"} <= set(first)


def _messages(data: Any) -> Iterable[Any]:
    if isinstance(data, Mapping) and "participants" not in data and "id" not in data:
        data = data.get("messages")
    return data if isinstance(data, list) else []


def read_json(data: Any, *, name: str = "data.json") -> Transcript:
    """Read messages as Signal Desktop stores them, or as programs write them with date, sender and body."""
    made = Transcript(JSON_FORMAT)
    made.lines = [_line(one, f"{name}[{place}]") for place, one in enumerate(_messages(data))]
    if made.lines and all(line.at.endswith("Z") for line in made.lines if line.at):
        made.zone = "UTC"
    return made


def lines_of(text: str) -> list[Any]:
    """Return one JSON value a line; a line that is none stays a text. Empty where not even the first is one."""
    found: list[Any] = []
    for raw in text.split("\n"):
        if not raw.strip():
            continue
        try:
            found.append(json.loads(raw))
        except (ValueError, RecursionError):
            if not found:
                return []
            found.append(raw)
    return found


def _line(one: Any, place: str) -> Line:
    raw = said(one)
    if not isinstance(one, Mapping):
        return Line(place, raw, LineKind.UNREAD, text=raw)
    stamp = one.get("sent_at", one.get("received_at"))
    line = Line(place, raw, at_said=said(one.get("date") or stamp), at=times.from_seconds(stamp, per_second=1000))
    if not line.at and re.match(r"\d{4}-\d{2}-\d{2}T?", line.at_said):
        line.at = line.at_said.replace(" ", "T")[:19]
    line.who = said(one.get("sender") or one.get("source") or one.get("sourceServiceId"))
    if not line.who and one.get("type") == "outgoing":
        line.notes.append("outgoing")
    line.text = said(one.get("body"))
    found = one.get("attachments")
    for thing in found if isinstance(found, list) else []:
        name = thing.get("fileName") or thing.get("name") or thing.get("path") if isinstance(thing, Mapping) else thing
        line.attachments.append(said(name))
    if one.get("isErased") or one.get("deletedForEveryone"):
        line.kind = LineKind.DELETED
    elif said(one.get("type")) == "call-history":
        line.kind = LineKind.CALL
    elif one.get("type") not in (None, "incoming", "outgoing", "story"):
        line.kind = LineKind.SYSTEM
        line.text = line.text or said(one.get("type"))
    elif not line.text and not line.attachments:
        line.kind, line.text = LineKind.UNREAD, raw
    return line
