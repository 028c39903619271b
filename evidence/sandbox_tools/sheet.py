"""The cells of a spreadsheet (.xlsx) as text: values as they were last shown, never a formula worked out anew."""

import datetime
import json
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl.reader.excel import load_workbook

from evidence.sandbox_tools import Refused

MOST_PARTS = 2000
MOST_UNPACKED = 128 << 20
MOST_COLUMNS = 60
MOST_CELL = 64 * 1024
HYPERLINK = re.compile(r'=\s*HYPERLINK\s*\(\s*"([^"]{1,4096})"', re.I)


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """Write the rows of the first sheet that holds any as JSON; `most` bounds them.

    A cell that carries a link gives the link's address after its text. Refuses what is no spreadsheet, is locked,
    or unpacks to more than any list of links does.
    """
    _refuse_bombs(path)
    try:
        # Given as a file: the library tells formats by the ending of a name, and here there is none.
        with Path(path).open("rb") as file:
            out.write(json.dumps(_read(file, int(arguments["most"]))).encode())
    except (Refused, MemoryError):
        raise
    except Exception as problem:
        # A library for a format with a thousand corners: whatever it stumbles over is no list that we can read.
        raise Refused("not_readable") from problem


def _read(file: BinaryIO, most: int) -> dict[str, Any]:
    book = load_workbook(file, data_only=False, keep_links=False, rich_text=False)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows, formulas = _rows(sheet, most)
        if not rows:
            continue
        if formulas:
            # What a formula showed when the file was last saved; nothing here works one out.
            shown = load_workbook(file, data_only=True, keep_links=False)[sheet.title]
            for row, column in formulas:
                rows[row][column] = rows[row][column] or _text(shown.cell(row + 1, column + 1).value)
        return {"sheet": sheet.title[:100], "rows": rows, "formulas": len(formulas)}
    return {"sheet": "", "rows": [], "formulas": 0}


def _refuse_bombs(path: str) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Refused("too_large")
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise Refused("no_spreadsheet")
    except (zipfile.BadZipFile, OSError, ValueError) as problem:
        raise Refused("no_spreadsheet") from problem


def _rows(sheet: Any, most: int) -> tuple[list[list[str]], list[tuple[int, int]]]:
    rows: list[list[str]] = []
    formulas = []
    for number, cells in enumerate(_cells(sheet, most)):
        row = []
        for place, cell in enumerate(cells):
            text = "" if cell.data_type == "f" else _text(cell.value)
            if cell.data_type == "f":
                link = HYPERLINK.match(str(cell.value))
                text = link[1] if link else ""
                if not link:
                    formulas.append((number, place))
            target = cell.hyperlink.target if cell.hyperlink else None
            if target and target not in text:
                text = f"{text} {target}".strip()
            row.append(text[:MOST_CELL])
        rows.append(row)
    while rows and not any(rows[-1]):
        rows.pop()
    return rows, [(row, column) for row, column in formulas if row < len(rows)]


def _cells(sheet: Any, most: int) -> Any:
    return sheet.iter_rows(max_row=min(sheet.max_row, most), max_col=min(sheet.max_column, MOST_COLUMNS))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "minutes") if value.time() != datetime.time() else value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:MOST_CELL]
