"""What is hidden in one bundle: people, words, exhibits and links, each with a reason and a name that stands for it.

The same name stands for the same thing throughout the packet and its records. An exhibit or link that is hidden is
left out; what names it elsewhere says its stand-in. Lines of the record that would tell a hidden word keep their hash
and say nothing of it, so that the chain still closes. Pure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from html import escape
from typing import Self

MOST_HIDDEN = 60
TAG = re.compile(r"(<[^>]*>)")


class HiddenKind(StrEnum):
    """What kind of thing is hidden."""

    PARTY = "party"
    WORDS = "words"
    EXHIBIT = "exhibit"
    LINK = "link"


STAND_INS: Mapping[str, str] = {
    HiddenKind.PARTY: "Person",
    HiddenKind.WORDS: "Person",
    HiddenKind.EXHIBIT: "Exhibit",
    HiddenKind.LINK: "Link",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """One thing that is hidden. `thing` is a row's id as text, or empty for typed words.

    `words` are what must not be read anywhere: names, handles, addresses. `alias` stands in their place.
    """

    kind: HiddenKind
    alias: str
    why: str
    thing: str = ""
    words: Sequence[str] = field(default=())

    def as_row(self) -> dict[str, str]:
        """Return it as the bundle's sealed row keeps it."""
        row = {key: str(value) for key, value in asdict(self).items() if key != "words"}
        return row | {"words": "\n".join(self.words)}

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Read it back."""
        words = tuple(word for word in row["words"].split("\n") if word)
        return cls(
            kind=HiddenKind(row["kind"]), alias=row["alias"], why=row["why"], thing=row.get("thing", ""), words=words
        )


def letters(number: int) -> str:
    """Return A, B, … Z, AA, AB for 0, 1, … 25, 26, 27."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def named(wishes: Iterable[Hidden]) -> list[Hidden]:
    """Give each thing its stand-in, counted for each word that stands for its kind; a name once given is kept."""
    found: list[Hidden] = []
    taken: dict[str, int] = {}
    for wish in wishes:
        word = STAND_INS[wish.kind]
        number = taken.get(word, 0)
        taken[word] = number + 1
        alias = wish.alias or f"{word} {letters(number)}"
        found.append(
            Hidden(kind=wish.kind, alias=alias, why=wish.why, thing=wish.thing, words=tuple(dict.fromkeys(wish.words)))
        )
    return found


class Redactor:
    """Puts stand-ins in the place of words. A word is found in any case, with any blanks between its parts."""

    def __init__(self, hidden: Sequence[Hidden]) -> None:
        pairs = [(word, one.alias) for one in hidden for word in one.words if word.strip()]
        # The longest first, so that a whole name goes before the first name that is in it.
        pairs.sort(key=lambda pair: (-len(pair[0]), pair[0]))
        self._aliases = [alias for _word, alias in pairs]
        self._plain = _pattern(pairs, as_html=False)
        self._html = _pattern(pairs, as_html=True)

    def holds(self, text: str) -> bool:
        """Whether a text says a hidden word."""
        return self._plain is not None and self._plain.search(text) is not None

    def text(self, text: str) -> str:
        """Return a plain text without the hidden words."""
        return text if self._plain is None else self._plain.sub(self._stand_in, text)

    def html(self, page: str) -> str:
        """Return a page without the hidden words; its tags stay as they are."""
        if self._html is None:
            return page
        pieces = TAG.split(page)
        return "".join(
            piece if place % 2 else self._html.sub(self._stand_in, piece) for place, piece in enumerate(pieces)
        )

    def _stand_in(self, match: re.Match[str]) -> str:
        assert match.lastindex is not None
        return self._aliases[match.lastindex - 1]


def _pattern(pairs: Sequence[tuple[str, str]], *, as_html: bool) -> re.Pattern[str] | None:
    if not pairs:
        return None
    groups = []
    for word, _alias in pairs:
        parts = [re.escape(escape(part) if as_html else part) for part in word.split()]
        groups.append("(" + r"\s+".join(parts) + ")")
    # Letters and digits end a word, an underline does not: a name inside a handle is hidden too.
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(groups)})(?![^\W_])", re.IGNORECASE)
