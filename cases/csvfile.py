"""CSV that a spreadsheet shows and never runs: UTF-8 with its mark, every cell quoted, formulas made harmless. Pure.

A cell that begins, after any blanks, with a sign that starts a formula gets an apostrophe before it, as does one that
begins with an apostrophe itself; so reading back is exact: one leading apostrophe is ours. Quoting and line ends follow
RFC 4180.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

MARK = "\ufeff"
FORMULA_SIGNS = frozenset("=+-@|%\t\r\n＝＋－＠﹦﹢﹣﹫−‐‑‒–—")
"""What a spreadsheet may take for a formula or a command: plain, full-width and small forms, and every dash."""
APOSTROPHE = "'"


def safe(value: object) -> str:
    """Return a cell's text that no spreadsheet runs."""
    text = "" if value is None else str(value)
    if not text:
        return ""
    begins = next((sign for sign in text if not _is_blank(sign)), "")
    is_risky = text[0] in FORMULA_SIGNS or text[0] == APOSTROPHE or begins in FORMULA_SIGNS
    return APOSTROPHE + text if is_risky else text


def _is_blank(sign: str) -> bool:
    """Whether a sign is invisible at the beginning of a cell: blanks, controls and marks without width."""
    return sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Mn")


def lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Return the file line by line, with the mark before the first."""
    mark = MARK
    for row in rows:
        sheet = io.StringIO()
        csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([safe(value) for value in row])
        yield (mark + sheet.getvalue()).encode()
        mark = ""


def read(data: bytes) -> list[list[str]]:
    """Read such a file back to what was written."""
    sheet = io.StringIO(data.decode("utf-8-sig"), newline="")
    return [[cell.removeprefix(APOSTROPHE) for cell in row] for row in csv.reader(sheet)]
