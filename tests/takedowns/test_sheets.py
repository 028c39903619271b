"""Spreadsheets of links: opened in the sandbox, read as text, refused where they are built to harm."""

import io
import zipfile

import openpyxl
import pytest

from takedowns.models import ImportedAs
from takedowns.sheets import MOST_BYTES, NotRead, rows_of
from takedowns.tables import columns_of


def spreadsheet(*rows: list[object], link: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if link:
        sheet["A2"].hyperlink = link
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def test_a_spreadsheet_gives_its_cells_as_text_and_never_works_out_a_formula():
    data = spreadsheet(
        ["Link", "Views", "Where"],
        ["the film", 1204.0, "=1+1"],
        ['=HYPERLINK("https://a.org/2","second")', None, "chat"],
        link="https://a.org/1",
    )
    channel, rows = rows_of(data)
    assert channel == ImportedAs.XLSX
    assert rows == [
        ["Link", "Views", "Where"],
        ["the film https://a.org/1", "1204", ""],
        ["https://a.org/2", "", "chat"],
    ]
    assert columns_of(rows)[1]


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = bytearray(packed(**{"[Content_Types].xml": b"<x/>", "xl__workbook.xml": b"0"}))
    # The directory says 200 MB: what a part unpacks to is asked before the first byte of it is.
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (200 << 20).to_bytes(4, "little")
    with pytest.raises(NotRead, match="unpacks to far more"):
        rows_of(bytes(data))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(**{"word__document.xml": b"x"}), "could not be opened"),
        (packed(**{"[Content_Types].xml": b"<x/>", "xl__workbook.xml": b"<!DOCTYPE a>"}), "could not be opened"),
        (b"PK\x03\x04" + b"\0" * 50, "could not be opened"),
        (b"\xd0\xcf\x11\xe0old", "old or a locked"),
        (b"\x00\x01\x02\x03" * 50, "no list of links"),
        (b"a" * (MOST_BYTES + 1), "too large"),
    ],
)
def test_what_is_no_list_is_refused_in_plain_words(data, said):
    with pytest.raises(NotRead, match=said):
        rows_of(data)


def test_a_list_of_any_name_is_told_by_its_bytes():
    assert rows_of("url;where\nhttps://a.org/1;é".encode("cp1252"))[1] == [["url", "where"], ["https://a.org/1", "é"]]
