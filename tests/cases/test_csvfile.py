"""CSV that a spreadsheet shows and never runs, and that reads back as it was written."""

import csv
import io

import pytest

from cases import csvfile

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "   +cmd",
    "\u00a0=1+1",
    "\u2003=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1+1",
    "−1",
    "–1",
    "|calc",
    "%0A",
    "=cmd|' /C calc'!A0",
    "\t",
    "\r\n",
    "'=1+1",
    "'",
    "\x0b=1",
]
HARMLESS = ["", "C-2047", "a=b", "Émilie", "سلام", "a,b;c", 'she said "no"', "two\nlines", "https://x.example/?a=-1"]


@pytest.mark.parametrize("value", DANGEROUS)
def test_a_cell_that_a_spreadsheet_could_run_begins_with_an_apostrophe(value):
    assert csvfile.safe(value) == "'" + value


@pytest.mark.parametrize("value", HARMLESS)
def test_other_cells_stay_as_they_are(value):
    assert csvfile.safe(value) == value


def test_numbers_and_nothing_become_text():
    assert csvfile.safe(None) == ""
    assert csvfile.safe(7) == "7"


def test_what_is_written_reads_back_exactly():
    rows = [["Heading", "Other"], *([value, f"x{value}"] for value in DANGEROUS + HARMLESS)]
    assert csvfile.read(b"".join(csvfile.lines(rows))) == rows


def test_every_cell_is_quoted_and_the_file_begins_with_its_mark():
    data = b"".join(csvfile.lines([["a", "b;=1"], ["c", ""]]))
    assert data == '\ufeff"a","b;=1"\r\n"c",""\r\n'.encode()


def test_another_reader_finds_no_cell_that_begins_with_a_sign():
    data = b"".join(csvfile.lines([[value] for value in DANGEROUS]))
    cells = [row[0] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    assert all(cell.startswith("'") for cell in cells)
