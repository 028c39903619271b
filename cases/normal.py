"""The one form of a name, a phone number, an e-mail address or a handle under which it is indexed and looked up.

Two people write the same thing differently; the index is exact. So each kind is brought to one form first, and only
that form's keyed hash is kept.
"""

import unicodedata

from cases.countries import DIAL, KEEPS_ZERO
from cases.models.lookup import LookupKind

SPELT_OUT = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
"""Letters that Unicode does not take apart into a letter and a mark, but that people write without the mark."""


def name(text: str) -> str:
    """Return a name in one form: NFKC, casefold, no accents, no punctuation, its words in alphabetical order."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).translate(SPELT_OUT)
    letters = (" " if not sign.isalnum() else sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(sorted("".join(letters).split()))


def phone(text: str, *, country: str = "") -> str:
    """Return a phone number as + and digits of any script; without a country code the country's own is put before it.

    `country` is the case's ISO 3166 code. A number that stays without a country code is kept as its digits.
    """
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdecimal())
    if not digits:
        return ""
    if text.strip().startswith(("+", "＋")):
        return f"+{digits.replace('0', '', 1) if _trunk_in_brackets(text) else digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    dial = DIAL.get(country.upper(), "")
    inside = digits if country.upper() in KEEPS_ZERO else digits.removeprefix("0")
    return f"+{dial}{inside}" if dial else digits


def _trunk_in_brackets(text: str) -> bool:
    """Whether a number is written like +44 (0)20: the zero is not dialled from abroad."""
    return "(0)" in text.replace(" ", "")


def email(text: str) -> str:
    """Return an e-mail address in lower case. Dots and plus signs stay: not every provider ignores them."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    before, _at, host = plain.rpartition("@")
    return plain if before and host else ""


def handle(text: str) -> str:
    """Return an account or handle in lower case, without @ before it and without the address of the site."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    for start in ("https://", "http://", "www."):
        plain = plain.removeprefix(start)
    last = [part for part in plain.split("?")[0].split("/") if part]
    found = (last[-1] if last else "").removeprefix("@")
    return found if any(sign.isalnum() for sign in found) else ""


def findable(kind: str, text: str, *, country: str = "") -> str:
    """Return the one form of a value of a kind, or an empty text when there is nothing to look up."""
    if kind == LookupKind.NAME:
        words = name(text)
        return words if " " in words else ""
    if kind == LookupKind.PHONE:
        return phone(text, country=country)
    return email(text) if kind == LookupKind.EMAIL else handle(text)


def ways_to_find(kind: str, text: str, *, country: str = "") -> list[str]:
    """Return every form under which a value may have been indexed: a number with and without a country code."""
    found = [findable(kind, text, country=country)]
    if kind == LookupKind.PHONE:
        found.append(findable(kind, text))
    return sorted({form for form in found if form})
