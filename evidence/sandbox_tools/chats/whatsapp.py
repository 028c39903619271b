"""WhatsApp's "Export chat": a text file, as iPhones (time in brackets) and Android phones (time, dash) write it."""

import re
from typing import Final

from evidence.sandbox_tools.chats.lines import Caution, Line, LineKind, Transcript
from evidence.sandbox_tools.chats.times import (
    MARKS,
    STAMP,
    Stamp,
    ascii_digits,
    order_of,
    stamp_of,
    without_marks,
    written,
)

FORMAT: Final = "whatsapp"
EDGE: Final = f"[{MARKS}]*"
IPHONE: Final = re.compile(rf"{EDGE}\[{EDGE}(?P<stamp>{STAMP}){EDGE}\]{EDGE} ?")
ANDROID: Final = re.compile(rf"{EDGE}(?P<stamp>{STAMP}){EDGE} [-\u2013] ")
KOREAN: Final = re.compile(rf"{EDGE}(?P<stamp>{STAMP}){EDGE}, (?=[^:]{{1,60}} : )")
NAME_LENGTH: Final = 80
BLANK: Final = f" \t\r{MARKS}"
ATTACHED: Final = re.compile(r"<[^<>:]{3,40}[:\uff1a]\s?(?P<name>[^<>]{1,200}\.[A-Za-z0-9]{2,5})>")
BESIDE: Final = re.compile(r"^(?P<name>[^\n()<>]{1,200}\.[A-Za-z0-9]{2,5}) \([^()\n]{3,60}\)$", re.M)
LEFT_OUT: Final = re.compile(r"^<[^<>\n]{4,60}>$")
DELETED: Final = tuple(
    words.casefold()
    for words in (
        *("This message was deleted", "You deleted this message", "Diese Nachricht wurde gelöscht"),
        *("Du hast diese Nachricht gelöscht", "Ce message a été supprimé", "Vous avez supprimé ce message"),
        *("Se eliminó este mensaje", "Este mensaje fue eliminado", "Eliminaste este mensaje"),
        *("Questo messaggio è stato eliminato", "Hai eliminato questo messaggio", "Essa mensagem foi apagada"),
        *("Mensagem apagada", "Você apagou esta mensagem", "Dit bericht is verwijderd"),
        *("U hebt dit bericht verwijderd", "Bu mesaj silindi", "Bu mesajı sildiniz", "تم حذف هذه الرسالة"),
        *("لقد حذفت هذه الرسالة", "此消息已删除", "你删除了这条消息", "이 메시지는 삭제되었습니다"),
        *("यह मैसेज मिटाया गया", "Данное сообщение удалено", "Вы удалили это сообщение", "Ta wiadomość została usunięta"),
    )
)


def heads(text: str, *, most: int = 0) -> int:
    """Return how many lines begin with a time as WhatsApp writes it, stopping at `most` where it is given."""
    count = 0
    for line in text.split("\n"):
        count += _head(line) is not None
        if most and count >= most:
            break
    return count


def read(text: str, *, name: str = "_chat.txt") -> Transcript:
    """Read an export. Every line of the text is in exactly one line of the transcript, in its order."""
    made = Transcript(FORMAT)
    stamps: list[Stamp | None] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        head = _head(raw)
        if head is not None:
            made.lines.append(_begun(raw, head, place=f"{name}:{number}"))
            stamps.append(stamp_of(head))
        elif made.lines and (stamps[-1] is not None or not raw.strip(BLANK)):
            made.lines[-1].raw += "\n" + raw
            made.lines[-1].text += "\n" + raw.rstrip("\r")
        elif raw.strip(BLANK):
            made.caution(Caution.BEGINS_IN_THE_MIDDLE)
            made.lines.append(Line(f"{name}:{number}", raw, LineKind.UNREAD, text=raw.rstrip("\r")))
            stamps.append(None)
    _finish(made, stamps)
    return made


def _head(raw: str) -> "re.Match[str] | None":
    # Searched in a copy with plain digits: it has the same length, so places fit the original.
    plain = ascii_digits(raw[:200])
    return IPHONE.match(plain) or ANDROID.match(plain) or KOREAN.match(plain)


def _begun(raw: str, head: "re.Match[str]", *, place: str) -> Line:
    start, end = head.span("stamp")
    line = Line(place, raw, at_said=without_marks(raw[start:end]).strip())
    rest = raw[head.end() :].rstrip("\r")
    who, colon, text = rest.partition(": ")
    if not colon and rest.endswith(":"):
        who, colon, text = rest[:-1], ":", ""
    name = without_marks(who).strip()
    if colon and name and len(name) <= NAME_LENGTH and not set('"“”„«»') & set(name):
        line.who, line.text = name, text
    else:
        line.kind, line.text = LineKind.SYSTEM, rest
    return line


def _finish(made: Transcript, stamps: list[Stamp | None]) -> None:
    known = [stamp for stamp in stamps if stamp is not None]
    order, caution = order_of(known)
    if caution is not None:
        made.caution(caution)
    if not all(stamp.half_known for stamp in known):
        made.caution(Caution.HALF_OF_DAY_UNKNOWN)
    for line, stamp in zip(made.lines, stamps, strict=True):
        if stamp is None:
            continue
        line.at = written(stamp, order)
        if line.kind == LineKind.MESSAGE:
            _content(line)


def _content(line: Line) -> None:
    """Tell deleted messages and named attachments from words. The text stays as it was written."""
    plain = without_marks(line.text).strip()
    if plain.rstrip(".").casefold().startswith(DELETED) and len(plain) < 80:
        line.kind = LineKind.DELETED
        return
    line.attachments = [found["name"].strip() for found in ATTACHED.finditer(plain)]
    line.attachments += [found["name"].strip() for found in BESIDE.finditer(plain)]
    if not line.attachments and LEFT_OUT.match(plain):
        line.notes.append("left_out")
