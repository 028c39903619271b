"""What is said of a transcript: its format, its time zone, what its reader must know. For pages and packets."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

FORMATS: Final = {
    "whatsapp": gettext_lazy("WhatsApp, exported chat"),
    "telegram_json": gettext_lazy("Telegram, exported as JSON"),
    "telegram_html": gettext_lazy("Telegram, exported as a page"),
    "meta_json": gettext_lazy("Messenger or Instagram, exported as JSON"),
    "signal_text": gettext_lazy("Signal, written by an export program"),
    "signal_json": gettext_lazy("Signal, JSON of an export program"),
    "mail": gettext_lazy("E-mail"),
    "outlook_msg": gettext_lazy("E-mail, kept by Outlook"),
}
CAUTIONS: Final = {
    "date_order_unknown": gettext_lazy("Day and month cannot be told apart: times are shown as they were written."),
    "date_order_by_sequence": gettext_lazy("Which number is the day was told from the order of the messages."),
    "date_order_by_sign": gettext_lazy("Which number is the day was told from the dots in the dates."),
    "dates_contradict": gettext_lazy("The dates contradict each other: times are shown as they were written."),
    "half_of_day_unknown": gettext_lazy("A word beside the clock is not known: those times are shown as written."),
    "begins_in_the_middle": gettext_lazy("It begins in the middle of a message."),
    "made_readable": gettext_lazy("Letters that the export had broken were put together again."),
    "sorted_by_time": gettext_lazy("The messages were put in the order of their times; each keeps its place."),
    "several_chats": gettext_lazy("It holds several chats, one after another."),
    "unknown_encoding": gettext_lazy("Some signs could not be read; they are shown by their numbers."),
    "files_not_read": gettext_lazy("The archive is large: its media were named, not hashed."),
    "body_not_read": gettext_lazy("The words of this mail could not be read; its head was."),
}
NOTES: Final = {
    "left_out": gettext_lazy("a file was left out of the export"),
    "edited": gettext_lazy("edited"),
    "forwarded": gettext_lazy("forwarded"),
    "reply": gettext_lazy("an answer to another"),
    "reactions": gettext_lazy("with reactions"),
    "outgoing": gettext_lazy("sent from this device"),
}
KINDS: Final = {
    "system": gettext_lazy("The app"),
    "deleted": gettext_lazy("Deleted"),
    "call": gettext_lazy("Call"),
    "unread": gettext_lazy("Not understood"),
}


def format_said(code: str) -> str:
    """Return what a file was read as."""
    return str(FORMATS.get(code, _("A chat")))


def zone_said(zone: str) -> str:
    """Return in which time zone times stand, as the export says it."""
    if zone in ("", "not_stated"):
        return _("not stated")
    return "UTC" if zone in ("UTC", "Z") else f"UTC{zone}"


def cautions_said(codes: list[str]) -> list[str]:
    """Return what a reader must know, in words; a code that is not known is shown as it is."""
    return [str(CAUTIONS.get(code, code)) for code in codes]


def counts_said(facts: Mapping[str, Any]) -> list[str]:
    """Return the counts of a transcript: lines, and what among them is no message."""
    kinds = facts.get("kinds") or {}
    lines = int(facts.get("lines") or 0)
    said = [ngettext("%(n)d line", "%(n)d lines", lines) % {"n": lines}]
    words = (
        ("deleted", ngettext("%(n)d deleted", "%(n)d deleted", kinds.get("deleted", 0))),
        ("system", ngettext("%(n)d by the app", "%(n)d by the app", kinds.get("system", 0))),
        ("call", ngettext("%(n)d call", "%(n)d calls", kinds.get("call", 0))),
        ("unread", ngettext("%(n)d not understood", "%(n)d not understood", kinds.get("unread", 0))),
    )
    said += [text % {"n": kinds[kind]} for kind, text in words if kinds.get(kind)]
    files = int(facts.get("attachments") or 0)
    if files:
        said.append(ngettext("%(n)d attachment named", "%(n)d attachments named", files) % {"n": files})
    return said
