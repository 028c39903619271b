"""Every address is guarded, and stands in the table that people read."""

import pytest

from cases.route_table import Row, rows
from tests.architecture.code import BASE


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.urlconf} {row.route}")
def test_a_view_is_guarded_or_says_why_it_is_open(row: Row):
    assert row.guard, f"put @requires(...) or @open_to_all(...) on {row.view}"


def test_a_portal_address_asks_for_a_portal_permission():
    guarded = [row for row in rows() if row.urlconf == "config.portal_urls" and not row.guard.startswith("open: ")]
    assert guarded
    assert not [row for row in guarded if not row.guard.startswith("portal: portal.")]


def test_the_table_of_addresses_in_the_docs_is_complete():
    text = (BASE / "docs" / "permissions.md").read_text().splitlines()
    assert not [str(row) for row in rows() if str(row) not in text], "bin/manage route_table > docs/permissions.md"


def test_the_table_of_addresses_in_the_docs_has_no_address_that_is_gone():
    text = (BASE / "docs" / "permissions.md").read_text().splitlines()
    told = [line for line in text if line.startswith("| ") and "`/" in line]
    known = {str(row) for row in rows()}
    assert not [line for line in told if line not in known]
