"""Messenger and Instagram as Meta's "Download your information" gives them in JSON, in the old and the new form.

The old form writes each byte of UTF-8 as a sign of its own; that is turned back where it can be, and said.
"""

from collections.abc import Mapping
from typing import Any, Final

from evidence.sandbox_tools.chats import times
from evidence.sandbox_tools.chats.lines import Caution, Line, LineKind, Transcript, said

FORMAT: Final = "meta_json"
MEDIA: Final = ("photos", "videos", "audio_files", "gifs", "files", "media")


def is_json(data: Any) -> bool:
    """Whether a JSON value looks like one conversation of Messenger or Instagram."""
    if not isinstance(data, Mapping) or not isinstance(data.get("messages"), list):
        return False
    return isinstance(data.get("participants"), list) and "id" not in data


def read(data: Mapping[str, Any], *, name: str = "message_1.json") -> Transcript:
    """Read one conversation; messages come in order of time, those without one last."""
    made = Transcript(FORMAT, zone="UTC")
    made.title = _readable(said(data.get("title") or data.get("threadName")), made)
    lines = [_line(one, f"{name}:messages[{place}]", made) for place, one in enumerate(data["messages"])]
    made.lines = sorted(lines, key=lambda line: (not line.at, line.at))
    if [line.place for line in made.lines] != [line.place for line in lines]:
        made.caution(Caution.SORTED_BY_TIME)
        # Within one second the export's own order is kept: backwards where the whole runs backwards.
        stamped = [line.at for line in lines if line.at]
        if stamped == sorted(stamped, reverse=True):
            made.lines = list(lines[::-1])
            made.lines.sort(key=lambda line: (not line.at, line.at))
    return made


def _line(one: Any, place: str, made: Transcript) -> Line:
    raw = said(one)
    if not isinstance(one, Mapping):
        return Line(place, raw, LineKind.UNREAD, text=raw)
    stamp = one.get("timestamp_ms", one.get("timestamp"))
    line = Line(place, raw, at_said=said(stamp), at=times.from_seconds(stamp, per_second=1000))
    line.who = _readable(said(one.get("sender_name") or one.get("senderName")), made)
    line.text = _readable(said(one.get("content") or one.get("text")), made)
    for key in MEDIA:
        found = one.get(key)
        for thing in found if isinstance(found, list) else []:
            line.attachments.append(said(thing.get("uri")) if isinstance(thing, Mapping) else said(thing))
    sticker = one.get("sticker")
    if isinstance(sticker, Mapping):
        line.attachments.append(said(sticker.get("uri")))
    share = one.get("share")
    if isinstance(share, Mapping):
        line.text = "\n".join(
            filter(None, (line.text, _readable(said(share.get("link") or share.get("share_text")), made)))
        )
    if one.get("reactions"):
        line.notes.append("reactions")
    if one.get("is_unsent") is True or one.get("isUnsent") is True:
        line.kind = LineKind.DELETED
    elif "call_duration" in one or said(one.get("type")) == "Call":
        line.kind = LineKind.CALL
    elif not line.text and not line.attachments:
        line.kind, line.text = LineKind.UNREAD, line.text or raw
    return line


def _readable(text: str, made: Transcript) -> str:
    """Turn signs that each stand for one byte of UTF-8 back into text, where all of them do."""
    if text.isascii():
        return text
    try:
        fixed = text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
    made.caution(Caution.MADE_READABLE)
    return fixed
