"""Telegram Desktop's "Export chat history": result.json, and messages.html."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from evidence.sandbox_tools.chats import times
from evidence.sandbox_tools.chats.lines import Caution, Line, LineKind, Transcript, said

JSON_FORMAT: Final = "telegram_json"
HTML_FORMAT: Final = "telegram_html"
FILES: Final = ("photo", "file", "thumbnail")
HTML_TIME: Final = re.compile(
    r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2}):(\d{2})(?: (?:UTC|GMT)?([+-]\d{2}):?(\d{2})|( UTC)?)"
)


def is_json(data: Any) -> bool:
    """Whether a JSON value looks like Telegram's export."""
    if not isinstance(data, Mapping):
        return False
    if isinstance(data.get("chats"), Mapping):
        return isinstance(data["chats"].get("list"), list)
    return isinstance(data.get("messages"), list) and "type" in data and "id" in data


def read_json(data: Mapping[str, Any], *, name: str = "result.json") -> Transcript:
    """Read one chat, or every chat of a whole account one after another."""
    made = Transcript(JSON_FORMAT, zone="UTC", title=said(data.get("name")))
    chats = [data] if isinstance(data.get("messages"), list) else data.get("chats", {}).get("list", [])
    if len(chats) > 1:
        made.caution(Caution.SEVERAL_CHATS)
    for number, chat in enumerate(chats):
        messages = chat.get("messages") if isinstance(chat, Mapping) else None
        where = f"{name}:chats[{number}]" if len(chats) > 1 else name
        if not isinstance(messages, list):
            made.lines.append(Line(where, said(chat), LineKind.UNREAD))
            continue
        if len(chats) > 1:
            made.lines.append(Line(where, said(chat.get("name")), LineKind.SYSTEM, text=said(chat.get("name"))))
        made.lines += [_json_line(one, f"{where}:messages[{place}]") for place, one in enumerate(messages)]
    if not all(line.at.endswith("Z") for line in made.lines if line.at):
        made.zone = "not_stated"
    return made


def _json_line(one: Any, place: str) -> Line:
    raw = said(one)
    if not isinstance(one, Mapping):
        return Line(place, raw, LineKind.UNREAD, text=raw)
    line = Line(place, raw, at_said=said(one.get("date")), who=said(one.get("from") or one.get("actor")))
    line.at = times.from_seconds(one.get("date_unixtime")) or line.at_said[:19]
    text = _text_of(one.get("text"))
    if one.get("type") == "service":
        line.kind = LineKind.CALL if said(one.get("action")) == "phone_call" else LineKind.SYSTEM
        about = (said(one.get(key)) for key in ("action", "title", "text", "duration_seconds", "discard_reason"))
        line.text = " ".join(part for part in about if part)
        return line
    if one.get("type") != "message":
        line.kind, line.text = LineKind.UNREAD, raw
        return line
    line.text = text
    line.attachments = [said(one.get("file_name") or one[key]) for key in FILES[:2] if one.get(key)]
    for key, note in (("edited", "edited"), ("forwarded_from", "forwarded"), ("reply_to_message_id", "reply")):
        if one.get(key):
            line.notes.append(note)
    known = text or line.attachments
    for key in ("media_type", "location_information", "contact_information", "poll", "sticker_emoji"):
        if not known and one.get(key):
            line.text = f"{line.text} {said(one[key])}".strip()
    return line


def _text_of(value: Any) -> str:
    if isinstance(value, list):
        return "".join(said(part.get("text")) if isinstance(part, Mapping) else said(part) for part in value)
    return said(value)


def is_html(text: str) -> bool:
    """Whether a page looks like Telegram's export."""
    head = text[:200_000]
    return 'class="message' in head and ("pull_right date details" in head or "page_header" in head)


def read_html(text: str, *, name: str = "messages.html") -> Transcript:
    """Read one page of an export. A message without a name is by whoever wrote the one before."""
    made = Transcript(HTML_FORMAT)
    tree = LexborHTMLParser(text)
    title = tree.css_first(".page_header .text")
    made.title = title.text(strip=True) if title is not None else ""
    zones: set[str] = set()
    before = ""
    for place, node in enumerate(tree.css("div.message"), start=1):
        line = _html_line(node, f"{name}#{node.attributes.get('id') or place}", before)
        before = line.who or before
        if line.at:
            zones.add(line.at[19:] or "not_stated")
        made.lines.append(line)
    if len(zones) == 1:
        made.zone = zones.pop()
    return made


def _html_line(node: LexborNode, place: str, before: str) -> Line:
    raw = node.text(separator=" ", strip=True)
    if "service" in (node.attributes.get("class") or "").split():
        return Line(place, raw, LineKind.SYSTEM, text=raw)
    when = node.css_first(".date.details")
    told = (when.attributes.get("title") or when.text(strip=True)) if when is not None else ""
    name = node.css_first(".from_name")
    words = node.css_first(".text")
    line = Line(
        place, raw, at_said=told, at=_html_time(told), who=name.text(strip=True) if name is not None else before
    )
    if words is not None:
        line.text = words.text(separator="\n", strip=True)
    line.attachments = list(_linked(node))
    if words is None and not line.attachments:
        media = node.css_first(".media_wrap")
        if media is None:
            line.kind = LineKind.UNREAD
        line.text = media.text(separator=" ", strip=True) if media is not None else raw
    return line


def _linked(node: LexborNode) -> Iterator[str]:
    """Name the files that a message links to inside the export; addresses outside are words."""
    for link in node.css(".media_wrap a[href]"):
        target = link.attributes.get("href") or ""
        if target and "://" not in target:
            yield target


def _html_time(told: str) -> str:
    found = HTML_TIME.search(told)
    if found is None:
        return ""
    day, month, year, hour, minute, second, hours, minutes, _utc = found.groups()
    zone = f"{hours}:{minutes}" if hours else "Z" if "UTC" in told else ""
    moment = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
    return moment + zone
