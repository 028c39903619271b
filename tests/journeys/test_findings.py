"""Findings in Chromium: a claim, its wording, a chronology with a time that is not exact, and a paper as a PDF."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pikepdf import Pdf
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.stack import RunningStack
from tests.journeys.walk import PROBLEMS, join, look

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """The caseworker's browser. What axe finds in this journey is its own."""
    PROBLEMS.clear()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture(scope="module")
def page(stack: RunningStack, desk: BrowserContext) -> Page:
    """Robin's page, on the evidence of a new case."""
    page = desk.new_page()
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(page, link, name="Robin", email="robin@casework.example", casework=True)
    page.goto(f"{stack.staff}/contacts/new")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/contacts/**")
    page.locator("input[name=age][value=adult]").check()
    page.get_by_role("button", name="Save and go on").click()
    page.locator("input[name=may_contact][value=yes]").check()
    page.locator("input[name=channels][value=text]").check()
    page.locator("[name=phone]").fill("+44 20 7946 0018")
    page.locator("[name=what_happened]").fill("An ex shared a photo.")
    page.get_by_role("button", name="Open case").click()
    page.wait_for_url("**/cases/C-*/")
    page.goto(f"{page.url}evidence")
    return page


def test_a_claim_becomes_words_that_say_who_says_so(page: Page, shot: Any):
    page.get_by_role("link", name="Real or fake").click()
    expect(page.get_by_text("Never upload intimate media to an online detector")).to_be_visible()
    look(page, shot, "findings-empty")
    page.get_by_role("link", name="Add a claim").click()
    page.get_by_label("A face was put onto another body").check()
    page.get_by_label("The client", exact=True).check()
    page.get_by_label("On what ground").fill("Told us by telephone")
    look(page, shot, "findings-claim")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("cell", name="Told us by telephone")).to_be_visible()
    page.get_by_role("link", name="Write the wording").click()
    page.get_by_label("Wording", exact=True).fill("It is clearly a deepfake.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("alert")).to_contain_text("claims more than we can know")
    page.get_by_label("Wording", exact=True).fill("")
    page.get_by_label(re.compile("^The client states that in the material")).check()
    page.get_by_role("button", name="Put the chosen ones in").click()
    expect(page.get_by_label("Wording", exact=True)).to_have_value(re.compile("^The client states"))
    look(page, shot, "findings-wording")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".letter")).to_contain_text("The client states that")
    look(page, shot, "findings")


def test_a_chronology_is_written_and_taken_out_as_a_pdf(page: Page, stack: RunningStack, shot: Any):
    page.get_by_role("link", name="Chronology", exact=True).click()
    for precision, time, words in (
        ("That day", "", "Seen online"),
        ("To the minute", "21:15", "A message asked for money"),
    ):
        page.get_by_role("link", name="Add an entry").click()
        page.get_by_label(precision, exact=True).check()
        page.get_by_label("Day", exact=True).fill("2026-11-03")
        if time:
            page.get_by_label("Time", exact=True).fill(time)
        page.get_by_label("What happened").fill(words)
        page.get_by_label("The client states it").check()
        page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("may belong anywhere up to line 2")).to_be_visible()
    look(page, shot, "chronology")
    with page.expect_download() as taken:
        page.get_by_role("button", name="See it as a PDF").click()
    raw = taken.value.path().read_bytes()
    with Pdf.open(io.BytesIO(raw)) as pdf:
        assert len(pdf.pages) == 2
    assert re.fullmatch(r"C-\d+-chronology\.pdf", taken.value.suggested_filename)
    assert stack.sql("select count(*) from cases_event where kind = 'evidence.paper_made'") == [(1,)]


def test_axe_found_nothing():
    assert PROBLEMS == []
