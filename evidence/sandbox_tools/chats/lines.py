"""What every reader gives: lines in order, each with its original text and place, and what is to be said of the whole.

A line that could not be understood is a line of kind "unread": it is shown, counted, never dropped. Times are kept as
they were written (`at_said`); `at` is ISO 8601, with an offset only where the export states one, and empty where a time
could be read in more than one way.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

VERSION: Final = "1"
NOT_STATED: Final = "not_stated"
MOST_NAME: Final = 200


class LineKind(StrEnum):
    """What a line is."""

    MESSAGE = "message"
    SYSTEM = "system"
    DELETED = "deleted"
    CALL = "call"
    UNREAD = "unread"


class Caution(StrEnum):
    """What a reader of the transcript must know."""

    DATE_ORDER_UNKNOWN = "date_order_unknown"
    DATE_ORDER_BY_SEQUENCE = "date_order_by_sequence"
    DATE_ORDER_BY_SIGN = "date_order_by_sign"
    DATES_CONTRADICT = "dates_contradict"
    HALF_OF_DAY_UNKNOWN = "half_of_day_unknown"
    BEGINS_IN_THE_MIDDLE = "begins_in_the_middle"
    MADE_READABLE = "made_readable"
    SORTED_BY_TIME = "sorted_by_time"
    SEVERAL_CHATS = "several_chats"
    UNKNOWN_ENCODING = "unknown_encoding"
    FILES_NOT_READ = "files_not_read"
    BODY_NOT_READ = "body_not_read"


@dataclass(slots=True)
class Line:
    """One message or one line of the app. `place` says where it stood, such as "_chat.txt:12" or "messages[3]"."""

    place: str
    raw: str
    kind: LineKind = LineKind.MESSAGE
    at_said: str = ""
    at: str = ""
    who: str = ""
    text: str = ""
    attachments: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Transcript:
    """A whole export as it was read. `zone` is an offset, "UTC", or "not_stated"."""

    format: str
    zone: str = NOT_STATED
    title: str = ""
    lines: list[Line] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    mail: dict[str, Any] = field(default_factory=dict)

    def caution(self, what: Caution) -> None:
        """Say something of the whole, once."""
        if what.value not in self.cautions:
            self.cautions.append(what.value)

    def head(self) -> dict[str, Any]:
        """Return what stands before the lines: format, reader, zone, who took part, counts and cautions."""
        kinds = Counter(line.kind.value for line in self.lines)
        people = Counter(line.who for line in self.lines if line.who and line.kind != LineKind.SYSTEM)
        times = [line.at for line in self.lines if line.at]
        return {
            "format": self.format,
            "reader": f"chats {VERSION}",
            "zone": self.zone,
            "title": self.title,
            "participants": [{"name": name, "lines": count} for name, count in people.most_common(MOST_NAME)],
            "lines": len(self.lines),
            "kinds": {kind.value: kinds.get(kind.value, 0) for kind in LineKind},
            "attachments": sum(len(line.attachments) for line in self.lines),
            "first": min(times, default=""),
            "last": max(times, default=""),
            "cautions": self.cautions,
            "files": self.files,
        }


def as_json_lines(transcript: Transcript) -> Iterator[str]:
    """Return the head and then each line with its number, one JSON object a line."""
    yield json.dumps(transcript.head(), ensure_ascii=False)
    for number, line in enumerate(transcript.lines, start=1):
        yield json.dumps({"n": number, **asdict(line)}, ensure_ascii=False)


def as_text(transcript: Transcript) -> Iterator[str]:
    """Return each line as somebody would read it: time as it was written, who, what, names of attachments."""
    for line in transcript.lines:
        said = f"[{line.at_said}] " if line.at_said else ""
        who = f"{line.who}: " if line.who else ""
        named = "".join(f" <{name}>" for name in line.attachments)
        mark = {LineKind.DELETED: " (deleted)", LineKind.UNREAD: " (not understood)"}.get(line.kind, "")
        yield f"{said}{who}{line.text if line.kind != LineKind.UNREAD else line.raw}{named}{mark}"


def decoded(data: bytes) -> tuple[str, bool]:
    """Return bytes as text, and whether every one of them was understood. UTF-8 and UTF-16 are known."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), True
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return data.decode("utf-8-sig", "backslashreplace"), False


def said(value: Any) -> str:
    """Return any value of an export as text: texts as they are, all else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
