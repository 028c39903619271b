"""From pasted text to links that can be added: what could be read, and what not and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from takedowns.canonical import CONTROL, Identity, identify, read_lines
from takedowns.reference import Platforms

MOST_LINES = 10_000


@dataclass(frozen=True)
class Item:
    """One address that was read; `number` is its line, counted from 1."""

    number: int
    identity: Identity

    @property
    def key(self) -> str:
        """What makes two addresses the same item: platform and canonical form."""
        return link_key(self.identity)


@dataclass(frozen=True)
class Problem:
    """One line in which no address could be read; `words` quote it, `raw` can be shown again."""

    number: int
    raw: str
    words: str


@dataclass(frozen=True)
class Pasted:
    """What a box of links held."""

    items: Sequence[Item]
    problems: Sequence[Problem]

    @property
    def unread(self) -> str:
        """The lines that were not taken, as they go back into the box."""
        return "\n".join(problem.raw for problem in self.problems)

    def words(self, most: int = 50) -> list[str]:
        """The first problems in plain words, and how many more there are."""
        said = [problem.words for problem in self.problems[:most]]
        if len(self.problems) > most:
            said.append(_("And %(n)d lines more.") % {"n": len(self.problems) - most})
        return said


def link_key(identity: Identity) -> str:
    """Return the text under which an item is looked up."""
    return f"{identity.platform_key or ''}|{identity.canonical}"


def read_pasted(text: str, platforms: Platforms, *, most: int = MOST_LINES) -> Pasted:
    """Read a box of links, at most `most` of them."""
    items, problems = [], []
    for line in read_lines(text, limit=most):
        shown = CONTROL.sub("�", line.raw)
        if line.url is None:
            problems.append(Problem(line.number, shown, line.error or ""))
            continue
        try:
            items.append(Item(line.number, identify(line.url, platforms)))
        except ValueError:
            words = _("We could not read line %(number)d: “%(line)s”.")
            problems.append(Problem(line.number, shown, words % {"number": line.number, "line": shown[:80]}))
    return Pasted(items, problems)
