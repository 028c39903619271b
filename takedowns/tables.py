"""From a table to links: which column is what, and what stands in each row. Pure.

A table is what a spreadsheet, a CSV list or cells copied from one give: rows of texts, the first perhaps a heading.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from takedowns.pasted_lines import find_addresses

Row = Sequence[str]


class Column(StrEnum):
    """What a column can tell."""

    URL = "url"
    WHERE = "where"
    DATE = "date"
    VIEWS = "views"
    ACCOUNT = "account"


_WORDS = {
    Column.URL: "url urls link links address addresses href uri web webaddress website page pageurl posturl adresse "
    "lien enlace direccion collegamento ссылка رابط",
    Column.WHERE: "where foundwhere foundon found place source foundat location wherefound referrer foundvia fundort "
    "quelle trouve donde",
    Column.DATE: "date dates day seen seenon firstseen datefound dateseen founddate posted postedon time timestamp "
    "when datum fecha data дата تاريخ",
    Column.VIEWS: "views view viewcount viewcounts hits plays visits aufrufe vues vistas visualizzazioni просмотры",
    Column.ACCOUNT: "account accounts user username uploader uploadedby poster postedby handle profile author channel "
    "konto compte cuenta benutzer аккаунт",
}
HEADINGS: Mapping[Column, frozenset[str]] = {kind: frozenset(words.split()) for kind, words in _WORDS.items()}
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
COUNTED = re.compile(r"(\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+|\d+(?:[.,]\d)?)\s*([kKmM]?)")
LOOKED_AT = 200
MOST_COLUMNS = 60
MOST_VIEWS = 10**15


@dataclass(frozen=True)
class Facts:
    """What was told about one link beside its address; empty where nothing was."""

    found_where: str = ""
    seen_on: date | None = None
    views: int | None = None
    account: str = ""


def read_csv(text: str) -> list[list[str]]:
    """The rows of a CSV list, whichever of the four usual signs parts its cells. Nothing in it can make this fail."""
    first = text[:20_000]
    counts = {sign: sum(line.count(sign) for line in first.splitlines()[:50]) for sign in ("\t", ";", ",", "|")}
    delimiter = max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ","
    # A cell can hold as much as the list does: the list is bounded before.
    csv.field_size_limit(max(len(text), 131_072))
    rows = csv.reader(io.StringIO(text.replace("\0", "\ufffd"), newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        found.extend(rows)
    except csv.Error:
        return [[line] for line in text.splitlines()]
    return found


def decode(data: bytes) -> str:
    """The text of a list as spreadsheet programs write it: UTF-8, UTF-16 with its mark, or else Windows Latin."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def columns_of(rows: Sequence[Row]) -> tuple[dict[int, Column], bool]:
    """Tell what each column is, by place, and whether the first row is a heading.

    Without a heading the column with most addresses is the address, and the others are told by how they look.
    """
    heading: dict[int, Column] = {}
    rows = [row[:MOST_COLUMNS] for row in rows[: LOOKED_AT + 1]]
    for place, cell in enumerate(rows[0] if rows else ()):
        word = re.sub(r"[^\w]|_|\d", "", cell.lower())
        kind = next((column for column, words in HEADINGS.items() if word in words), None)
        if kind and kind not in heading.values():
            heading[place] = kind
    if heading and not any(find_addresses(cell) for cell in rows[0]):
        if Column.URL not in heading.values() and (url := _most_addresses(rows[1:])) is not None:
            heading[url] = Column.URL
        return heading, True
    url = _most_addresses(rows)
    return ({} if url is None else {url: Column.URL, **_by_looks(rows, url)}), False


def _most_addresses(rows: Sequence[Row]) -> int | None:
    counts = Counter(place for row in rows[:LOOKED_AT] for place, cell in enumerate(row) if find_addresses(cell))
    return counts.most_common(1)[0][0] if counts else None


def _by_looks(rows: Sequence[Row], url: int) -> dict[int, Column]:
    found: dict[int, Column] = {}
    looked = rows[:LOOKED_AT]
    for place in range(max(len(row) for row in looked)):
        cells = [row[place].strip() for row in looked if len(row) > place and row[place].strip()]
        if place == url or not cells:
            continue
        kind = Column.WHERE
        if all(cell.startswith("@") for cell in cells):
            kind = Column.ACCOUNT
        elif all(day_of(cell) for cell in cells):
            kind = Column.DATE
        elif all(number_of(cell) is not None for cell in cells):
            kind = Column.VIEWS
        if kind not in found.values():
            found[place] = kind
    return found


def facts_of(row: Row, columns: Mapping[int, Column]) -> Facts:
    """What a row tells beside its address; a date or number that cannot be read stays in words."""
    said = {kind: row[place].strip() for place, kind in columns.items() if place < len(row)}
    unread = [
        said[kind]
        for kind, read in ((Column.DATE, day_of), (Column.VIEWS, number_of))
        if said.get(kind) and read(said[kind]) is None
    ]
    where = " · ".join(filter(None, [said.get(Column.WHERE, ""), *unread]))
    return Facts(
        found_where=_clean(where, 500),
        seen_on=day_of(said.get(Column.DATE, "")),
        views=number_of(said.get(Column.VIEWS, "")),
        account=_clean(said.get(Column.ACCOUNT, ""), 200),
    )


def _clean(text: str, most: int) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", text).strip()[:most]


def day_of(text: str) -> date | None:
    """The day that a cell names. Day before month, unless only the other order makes a day."""
    text = text.strip()[:40]
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    if found := SLASHED.fullmatch(text.split(" ")[0]):
        one, two, year = (int(part) for part in found.groups())
        for day, month in ((one, two), (two, one)):
            try:
                return date(year, month, day)
            except ValueError:
                continue
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 — a day has no zone
        except ValueError:
            continue
    return None


def number_of(text: str) -> int | None:
    """The count that a cell names, such as 1,204 or 1.2k."""
    found = COUNTED.fullmatch(text.strip()[:40])
    if not found:
        return None
    digits, times = found[1], {"": 1, "k": 1_000, "m": 1_000_000}[found[2].lower()]
    if re.fullmatch(r"\d+[.,]\d", digits):
        count = round(float(digits.replace(",", ".")) * times)
    else:
        count = int(re.sub(r"\D", "", digits)) * times
    return count if count <= MOST_VIEWS else None
