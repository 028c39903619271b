"""Tables of links: which column is what, and what stands beside each address."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takedowns.pasted import read_pasted, read_table
from takedowns.reference import platforms
from takedowns.tables import Column, Facts, columns_of, day_of, decode, number_of, read_csv

BOOK = platforms()


def facts(text: str) -> list[Facts]:
    return [item.facts for item in read_table(read_csv(text), BOOK).items]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_heading_names_the_columns_in_any_order_and_however_they_are_parted(sign):
    rows = [
        ["Views", "Found_on", "URL", "Date", "Uploader"],
        ["1.204", "Telegram", "https://x.com/a/status/1", "2026-11-02", "@bad"],
    ]
    text = "\ufeff" + "\n".join(sign.join(row) for row in rows)
    assert facts(decode(text.encode())) == [Facts("Telegram", date(2026, 11, 2), 1204, "@bad")]


def test_without_a_heading_columns_are_told_by_how_they_look():
    rows = [
        ["a friend saw it", "https://a.org/1", "3/11/2026", "12k"],
        ["in a chat", "https://a.org/2", "4/11/2026", "7"],
    ]
    columns, has_heading = columns_of(rows)
    assert not has_heading
    assert columns == {1: Column.URL, 0: Column.WHERE, 2: Column.DATE, 3: Column.VIEWS}


def test_cells_copied_from_a_spreadsheet_are_a_table_and_lines_keep_their_numbers():
    pasted = read_pasted("Link\tAccount\nhttps://a.org/1\t@x\n\nno link here\t@y\n\t@z", BOOK)
    assert [(item.number, item.facts.account) for item in pasted.items] == [(2, "@x")]
    assert [problem.number for problem in pasted.problems] == [4, 5]
    assert "no link here\t@y" in pasted.unread


def test_one_tab_in_a_text_makes_no_table():
    pasted = read_pasted("see\thttps://a.org/1\nhttps://a.org/2\nhttps://a.org/3", BOOK)
    assert [item.number for item in pasted.items] == [1, 2, 3]


def test_several_links_in_one_cell_share_what_is_told_of_them():
    assert facts("url,account\nhttps://a.org/1 https://a.org/2,@x") == [Facts(account="@x")] * 2


def test_what_cannot_be_read_as_a_date_or_number_stays_in_words():
    assert facts("url,date,views\nhttps://a.org/1,last spring,many") == [Facts("last spring · many")]


def test_a_formula_in_a_list_is_text():
    assert facts("url,where\nhttps://a.org/1,\"=cmd|'/c calc'!A1\"") == [Facts("=cmd|'/c calc'!A1")]


def test_rows_beyond_the_limit_are_kept_for_the_next_import():
    pasted = read_table([["url"], *([f"https://a.org/{n}"] for n in range(12))], BOOK, most=10)
    assert len(pasted.items) == 10
    assert pasted.unread == "https://a.org/10\nhttps://a.org/11"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02T10:00", date(2026, 11, 2)),
        ("02/11/2026 10:30", date(2026, 11, 2)),
        ("11/22/2026", date(2026, 11, 22)),
        ("2.11.2026", date(2026, 11, 2)),
        ("31/31/2026", None),
        ("yesterday", None),
    ],
)
def test_days_are_read_day_first(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("text", "count"),
    [("1,204", 1204), ("1.2k", 1200), ("3M", 3_000_000), ("12 000", 12000), ("-1", None), ("9" * 30, None)],
)
def test_counts_are_read_as_sites_show_them(text, count):
    assert number_of(text) == count


@given(st.text(max_size=300))
def test_any_text_is_a_list_or_none_and_nothing_else(text):
    pasted = read_table(read_csv(text), BOOK)
    assert all(item.identity.canonical for item in pasted.items)


@given(st.binary(max_size=200))
def test_any_bytes_decode(data):
    read_csv(decode(data))
