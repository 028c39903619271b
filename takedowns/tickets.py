"""Ticket numbers that a mail seems to name. Suggested to a person, never assumed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

MOST = 5
LOOKED_AT = 20_000
OURS: Final = re.compile(r"\AN-[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{8}\Z")
"""The shape of our own letters' numbers (takedowns.drafting.new_reference): an answer repeats it, it is no ticket."""
SIGNS: Final = r"[A-Z0-9](?:[A-Z0-9_./-]{1,38}[A-Z0-9])"
BRACKETS: Final = re.compile(rf"[\[(]\s*(?:[\w ]{{0,20}}?)#\s*({SIGNS})\s*[\])]|##\s*({SIGNS})\s*##", re.I)
NAMED: Final = re.compile(
    r"(?<!\w)(?:ticket|case|reference|ref|report|request|incident|complaint|vorgang|vorgangsnummer|fall|aktenzeichen"
    r"|meldung|dossier|référence|demande|signalement|caso|referencia|solicitud|denuncia|riferimento|segnalazione"
    r"|richiesta|protocolo|referência|pedido|zaak|zaaknummer|referentie|melding|zgłoszenie|sprawa|numer|ärende"
    r"|ärendenummer|talep|başvuru|обращение|заявка|запрос|номер|التذكرة|البلاغ|الطلب|受付番号|お問い合わせ番号|工单|접수번호)"
    r"(?:[ -]?(?:id|number|no|nr|num|numero|número|numéro|nummer|numarası|номер|رقم))?[\s.:：#№°]{1,6}"
    rf"({SIGNS})(?!\w)",
    re.I,
)
DATES: Final = re.compile(r"\A(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}:\d{2}(?::\d{2})?|(?:19|20)\d{2})\Z")


@dataclass(frozen=True)
class Suggested:
    """A number that may be a ticket, and why it looks like one."""

    text: str
    why: str


def suggested(*, subject: str, words: str, own_shape: str = "") -> list[Suggested]:
    """Return the likeliest first, each once, five at most. `own_shape` is the platform's own pattern, where known."""
    found: dict[str, Suggested] = {}
    for one in _all(subject, words[:LOOKED_AT], own_shape):
        if _is_likely(one.text):
            found.setdefault(one.text.upper(), one)
    return list(found.values())[:MOST]


def _all(subject: str, words: str, own_shape: str) -> Iterator[Suggested]:
    places: Sequence[tuple[str, str]] = ((subject, _("in the subject")), (words, _("in the text")))
    if own_shape:
        for text, where in places:
            for hit in re.finditer(own_shape, text):
                why = _("%(where)s, in the shape that this platform uses") % {"where": where}
                yield Suggested(hit[1 if hit.re.groups else 0].strip(), why)
    for text, where in places:
        for hit in BRACKETS.finditer(text):
            yield Suggested((hit[1] or hit[2]).strip(), _("%(where)s, in brackets") % {"where": where})
        for hit in NAMED.finditer(text):
            yield Suggested(hit[1].strip(), _("%(where)s, after a word for a ticket") % {"where": where})


def _is_likely(text: str) -> bool:
    """Whether it can be a ticket at all: a digit in it, no date, no year, not the number of a letter of ours."""
    return (
        3 <= len(text) <= 40
        and any(sign.isdigit() for sign in text)
        and not DATES.match(text)
        and not OURS.match(text.upper())
    )
