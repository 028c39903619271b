"""Findings in Chromium: a claim, its wording, a chronology with a time that is not exact, and a paper as a PDF."""

import io
import re
from typing import Any

import pytest
from pikepdf import Pdf
from playwright.sync_api import Page, expect

from tests.journeys.stack import RunningStack
from tests.journeys.walk import PROBLEMS, look, open_case

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture(scope="module")
def page(stack: RunningStack, robin: Page) -> Page:
    """Robin's page, on the evidence of a new case."""
    robin.goto(f"{open_case(robin, stack, told='An ex shared a photo.')}evidence")
    return robin


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
        page.get_by_label(re.compile("^Day")).fill("2026-11-03")
        if time:
            page.get_by_label(re.compile("^Time")).fill(time)
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
