"""Links in Chromium: told while they are pasted, brought in, corrected, taken back; a place, a report made before."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stack import RunningStack
from tests.journeys.walk import PROBLEMS, look, open_case

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
MIXED = "https://a.example/1\nhttps://m.a.example/1?utm_source=x\nno link here\nhttps://b.example/2"
TABLE = "Seen on;Address;Views;Uploader\n2.11.2026;https://c.example/3;1.204;@poster"


@pytest.fixture(scope="module")
def page(stack: RunningStack, robin: Page) -> Page:
    """Robin's page, on adding links to a new case."""
    robin.goto(f"{open_case(robin, stack, told='An ex shared a photo.')}links/add")
    return robin


def test_a_paste_is_told_line_by_line_before_and_after(page: Page, shot: Any):
    page.locator("textarea[name=links]").press_sequentially(MIXED)
    expect(page.locator("#links-live")).to_contain_text("2 new links")
    expect(page.locator("#links-live")).to_contain_text("1 twice in the box (line 2)")
    look(page, shot, "links-add")
    page.get_by_role("button", name="Add links").click()
    expect(page.get_by_role("cell", name="The same as line 1")).to_be_visible()
    look(page, shot, "links-import")
    page.locator("textarea[name=links]").fill("https://b.example/4")
    page.get_by_role("button", name="Add the corrected lines").click()
    expect(page.get_by_text("1 link was added")).to_be_visible()


def test_a_list_is_read_and_taken_back_as_a_whole(page: Page, shot: Any):
    page.get_by_role("link", name="Add links").first.click()
    page.locator("input[type=file]").set_input_files(
        [{"name": "links.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}]
    )
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_text("2: link")).to_be_visible()
    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_text(re.compile("This import was taken back"))).to_be_visible()
    look(page, shot, "links-taken-back")


def test_a_place_without_an_address_is_kept_with_what_is_known(page: Page, shot: Any):
    page.get_by_role("link", name="To the links").click()
    page.get_by_role("link", name="Add links").first.click()
    page.get_by_role("link", name="Add a place").click()
    page.get_by_label("Group", exact=True).check()
    page.get_by_label("Site or app").select_option("whatsapp")
    page.get_by_label("What it is called").fill("Class of 2019")
    page.get_by_label("It will disappear by itself").check()
    look(page, shot, "links-place")
    page.get_by_role("button", name="Add the place").click()
    expect(page.get_by_role("heading", name="Group, whatsapp.com")).to_be_visible()
    look(page, shot, "links-place-added")


def test_a_report_that_was_made_before_keeps_its_clock(page: Page, shot: Any):
    page.get_by_role("link", name="Somebody has reported it already").click()
    page.get_by_label("When it was sent").fill("2026-01-02T10:00")
    page.get_by_label("Ticket number").fill("A-4711")
    look(page, shot, "links-earlier")
    page.get_by_role("button", name="Enter the report").click()
    expect(page.get_by_role("main")).to_contain_text("A-4711")
    look(page, shot, "links-earlier-notice")


def test_all_links_stand_in_a_table_and_on_a_board(page: Page, stack: RunningStack, shot: Any):
    page.goto(f"{stack.staff}/links?owner=me")
    expect(page.locator("tbody tr")).to_have_count(4)
    look(page, shot, "links-all")
    page.get_by_role("link", name="Board").click()
    expect(page).to_have_url(re.compile("owner=me&view=board"))
    look(page, shot, "links-board")


def test_axe_found_nothing():
    assert PROBLEMS == []
