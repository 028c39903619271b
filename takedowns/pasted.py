"""From pasted text or a table to links that can be added: what could be read, and what not and why. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from takedowns.canonical import Identity, identify
from takedowns.pasted_lines import CONTROL, Line, read_line, read_lines
from takedowns.reference import Platforms
from takedowns.tables import Column, Facts, columns_of, facts_of, read_csv

MOST_LINES = 10_000
NOTHING = Facts()


@dataclass(frozen=True)
class Item:
    """One address that was read; `number` is its line, counted from 1; `facts` is what stood beside it."""

    number: int
    identity: Identity
    facts: Facts = NOTHING

    @property
    def key(self) -> str:
        """What makes two addresses the same item: platform and content id, and the archive that keeps a copy."""
        return self.identity.key


@dataclass(frozen=True)
class Problem:
    """One line in which no address could be read; `words` quote it, `raw` can be shown again."""

    number: int
    raw: str
    words: str


@dataclass(frozen=True)
class Pasted:
    """What a box of links or a list held. `columns` tells, for a table, which column was read as what."""

    items: Sequence[Item]
    problems: Sequence[Problem]
    columns: Mapping[int, Column] = field(default_factory=dict)

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


def read_pasted(text: str, platforms: Platforms, *, most: int = MOST_LINES) -> Pasted:
    """Read a box of links, at most `most` of them; cells copied from a spreadsheet are read as a table."""
    if _is_table(text):
        return read_table(read_csv(text), platforms, most=most)
    items, problems = _sorted(read_lines(text, limit=most), platforms, {})
    return Pasted(items, problems)


def _is_table(text: str) -> bool:
    lines = [line for line in text[:100_000].splitlines() if line.strip()]
    return bool(lines) and 2 * sum("\t" in line.strip() for line in lines) > len(lines)


def read_table(rows: Sequence[Sequence[str]], platforms: Platforms, *, most: int = MOST_LINES) -> Pasted:
    """Read the rows of a table, at most `most` of them that hold anything; a heading is no row of links.

    Rows are numbered from 1 as the spreadsheet shows them. What lies beyond the limit goes back as one problem.
    """
    columns, has_heading = columns_of(rows)
    url = next((place for place, kind in columns.items() if kind == Column.URL), None)
    lines: list[Line] = []
    facts: dict[int, Facts] = {}
    for number, row in enumerate(rows, start=1):
        if (has_heading and number == 1) or not any(cell.strip() for cell in row):
            continue
        if len(facts) == most:
            notice = _("We read the first %(limit)d rows. Please add the rows from number %(number)d separately.")
            rest = "\n".join("\t".join(left) for left in rows[number - 1 :])
            lines.append(Line(number, rest, None, notice % {"limit": most, "number": number}))
            break
        facts[number] = facts_of(row, columns)
        lines.extend(_lines_of_row(number, row, url))
    items, problems = _sorted(lines, platforms, facts)
    return Pasted(items, problems, columns)


def _lines_of_row(number: int, row: Sequence[str], url: int | None) -> Iterator[Line]:
    raw = "\t".join(" ".join(cell.split()) for cell in row).strip()
    cell = " ".join(row) if url is None else (row[url] if url < len(row) else "")
    if not cell.strip():
        said = _("We could not read row %(number)d: it has no link.") % {"number": number}
        yield Line(number, raw, None, said)
    for line in read_line(number, " ".join(cell.splitlines())):
        yield line if line.url is not None else Line(number, raw, None, line.error)


def _sorted(
    lines: Iterable[Line], platforms: Platforms, facts: Mapping[int, Facts]
) -> tuple[list[Item], list[Problem]]:
    items, problems = [], []
    for line in lines:
        shown = CONTROL.sub("�", line.raw)
        if line.url is None:
            problems.append(Problem(line.number, shown, line.error or ""))
            continue
        try:
            items.append(Item(line.number, identify(line.url, platforms), facts.get(line.number, NOTHING)))
        except ValueError:
            words = _("We could not read line %(number)d: “%(line)s”.")
            problems.append(Problem(line.number, shown, words % {"number": line.number, "line": shown[:80]}))
    return items, problems
