"""A caseworker has links captured and never looks: a whole page, a wall, one that fails, and how they line up."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.stack import RunningStack
from tests.journeys.walk import PROBLEMS, found_house, look, open_case, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture(scope="module")
def at_work(stack: RunningStack, desk: BrowserContext) -> Page:
    """A caseworker with a case of three links."""
    page = desk.new_page()
    found_house(page, stack, name="Maya Berger", email="maya@casework.example")
    links = [
        stack.demo.url("vidnest", "/v/abc1"),
        stack.demo.url("steady", "/v/gate"),
        stack.demo.url("steady", "/v/gone"),
    ]
    open_case(page, stack, told="A video was put online.", links=links)
    return page


@pytest.fixture(autouse=True)
def _photograph_failures(browser: Browser) -> None:
    """Name the browser, so that a failure is photographed."""


def case_url(page: Page) -> str:
    parts = page.url.split("/")
    return "/".join(parts[: parts.index("cases") + 2])


def ended(stack: RunningStack, count: int) -> bool:
    rows = stack.sql("select count(*) from evidence_capture where state in ('kept', 'failed')")
    return rows[0][0] == count


def test_01_a_link_is_captured_whole_without_anybody_looking(stack: RunningStack, at_work: Page, shot: Any) -> None:
    page, case = at_work, case_url(at_work)
    page.goto(f"{case}/links")
    page.get_by_role("link", name="VidNest").first.click()
    look(page, shot, "capture-01-link")
    page.get_by_role("button", name="Capture this link").click()
    page.wait_for_url("**/captures/**")
    look(page, shot, "capture-02-waiting")
    wait_until(page, lambda: ended(stack, 1), seconds=60)
    page.reload()
    expect(page.get_by_text("Whole page").first).to_be_visible()
    wait_until(page, lambda: stack.sql("select count(*) from evidence_derivative where kind='screenshot'")[0][0] == 1)
    page.reload()
    expect(page.get_by_text("covered until somebody asks to look")).to_be_visible()
    expect(page.get_by_text("MB/001").first).to_be_visible()
    assert page.locator("main img").count() == 0
    assert stack.sql("select c.link_id = u.id from evidence_capture c join takedowns_reportedurl u on u.id = c.link_id")
    look(page, shot, "capture-03-whole")


def test_02_many_links_are_queued_and_each_says_what_it_got(stack: RunningStack, at_work: Page, shot: Any) -> None:
    page, case = at_work, case_url(at_work)
    stack.demo.set("steady", "/v/gate", "age_gate")
    stack.demo.set("steady", "/v/gone", "dropped")
    page.goto(f"{case}/links")
    page.get_by_label("All on this page").check()
    look(page, shot, "capture-04-links")
    page.get_by_role("button", name="Capture", exact=True).click()
    page.wait_for_url("**/captures")
    expect(page.get_by_text("3 pages wait to be captured.")).to_be_visible()
    wait_until(page, lambda: ended(stack, 4), seconds=150)
    page.reload()
    expect(page.get_by_text("Not what was asked for").first).to_be_visible()
    expect(page.get_by_text("The site asks for the visitor’s age.").first).to_be_visible()
    expect(page.get_by_text("Nothing was captured").first).to_be_visible()
    expect(page.get_by_text("Same text").first).to_be_visible()
    look(page, shot, "capture-05-lines")
    page.set_viewport_size({"width": 320, "height": 800})
    look(page, shot, "capture-06-lines-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_03_a_half_capture_says_so_and_can_be_tried_again(stack: RunningStack, at_work: Page, shot: Any) -> None:
    page, case = at_work, case_url(at_work)
    page.goto(f"{case}/captures")
    page.get_by_role("row", name="Not what was asked for").get_by_role("link").first.click()
    expect(page.get_by_text("This is not the page that was asked for")).to_be_visible()
    look(page, shot, "capture-07-wall")
    page.set_viewport_size({"width": 320, "height": 800})
    look(page, shot, "capture-08-wall-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
    stack.demo.set("steady", "/v/gate", "up")
    page.get_by_role("button", name="Capture again").click()
    wait_until(page, lambda: ended(stack, 5), seconds=60)
    page.reload()
    expect(page.get_by_text("Whole page").first).to_be_visible()
    expect(page.get_by_text("New text").first).to_be_visible()
    look(page, shot, "capture-09-again")


def test_04_an_exhibit_says_what_it_is_a_capture_of(stack: RunningStack, at_work: Page, shot: Any) -> None:
    page, case = at_work, case_url(at_work)
    page.goto(f"{case}/evidence")
    look(page, shot, "capture-10-evidence")
    page.get_by_role("link", name="MB/001").first.click()
    look(page, shot, "capture-11-exhibit")
    assert not PROBLEMS, "\n".join(PROBLEMS)
