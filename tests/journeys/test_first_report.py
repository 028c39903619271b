"""A first report in Chromium without any script, on a phone: from the invitation to the status page and back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import join, serious_problems, sideways

pytestmark = [pytest.mark.journey, pytest.mark.django_db]

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def desk(stack: RunningStack, browser: Browser) -> Iterator[Page]:
    """A caseworker who is signed in."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(page, link, name="Robin", email="robin@casework.example", casework=True)
    yield page
    context.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone without script."""
    fresh = browser.new_context(viewport=PHONE, java_script_enabled=False)
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


def invitation(desk: Page, stack: RunningStack) -> tuple[str, str]:
    """Let the caseworker invite somebody who writes themselves; return the link and the case's address."""
    desk.goto(f"{stack.staff}/contacts/new")
    desk.get_by_role("button", name="Invite to their page").click()
    return desk.locator("#handed-link").inner_text().strip(), desk.url


def go_on(page: Page) -> None:
    """Press the page's one main button."""
    page.locator("main .btn--primary").click()


@dataclass
class Look:
    """Checks the page that the phone shows in a second browser with script: axe and widths need it."""

    mirror: BrowserContext
    shot: Any

    def __call__(self, page: Page, name: str) -> None:
        """Take a picture, then check in light, dark and at 320 px."""
        page.wait_for_load_state()
        assert re.fullmatch(r"(Error: )?My page", page.title())
        self.shot(page, f"first-report-{name}")
        self.mirror.clear_cookies()
        self.mirror.add_cookies(cast(Any, page.context.cookies()))
        other = self.mirror.new_page()
        other.goto(page.url)
        assert sideways(other) <= 0, page.url
        for scheme in ("dark", "light"):
            other.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert serious_problems(other) == []
        other.close()


@pytest.fixture
def look(browser: Browser, shot: Any) -> Iterator[Look]:
    """What every page of the walk is checked with."""
    mirror = browser.new_context(viewport={"width": 320, "height": 800})
    mirror.set_default_timeout(PATIENCE)
    yield Look(mirror, shot)
    mirror.close()


def to_the_report(page: Page, link: str, look: Any = lambda *_: None) -> str:
    """Walk from an invitation to the list of steps; return the code."""
    page.goto(link)
    go_on(page)
    assert link.rsplit("/", 1)[1] not in page.url
    look(page, "start")
    go_on(page)
    go_on(page)
    look(page, "contact-error")
    page.locator("[name=may][value=yes]").check()
    go_on(page)
    look(page, "ways")
    page.get_by_label("Text message").check()
    go_on(page)
    page.get_by_label("Number for text messages").fill("+44 20 7946 0018")
    page.get_by_label("No", exact=True).check()
    go_on(page)
    page.get_by_label("Only between these hours").check()
    page.get_by_label("From").select_option("18:00")
    page.get_by_label("Until").select_option("20:00")
    page.get_by_label("Which clock do you use?").select_option("Europe/London")
    look(page, "hours")
    go_on(page)
    page.get_by_label("A code word, if you want one").fill("kite")
    go_on(page)
    code = page.locator(".big--code").inner_text()
    page.get_by_label("Choose a PIN").fill("407192")
    page.get_by_label("The same PIN again").fill("407192")
    look(page, "pin")
    go_on(page)
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    return code


def test_a_first_report_without_script(stack, desk, context, look):
    link, case_url = invitation(desk, stack)
    page = context.new_page()
    code = to_the_report(page, link, look)
    look(page, "steps")

    page.get_by_role("link", name=re.compile("About you")).click()
    page.get_by_label("Me", exact=True).check()
    page.get_by_label("What may we call you?").fill("Kestrel")
    page.get_by_label("Which country are you in?").select_option("GB")
    look(page, "who")
    go_on(page)
    page.get_by_label("No, everyone was 18 or older").check()
    look(page, "age")
    go_on(page)
    page.get_by_label("Images or video of me were shared").check()
    page.locator("[name=threat_now][value=no]").check()
    page.get_by_label("In your words").fill("It started in May.")
    look(page, "what")

    # Leaving in the middle: what was saved stays, Back shows nothing, code and PIN lead to the same step.
    go_on(page)
    page.locator(".leave a").click()
    page.wait_for_url(stack.environment["RECOURSE_EXIT_URL"])
    page.go_back()
    expect(page.get_by_text("It started in May.")).to_have_count(0)
    page.goto(stack.portal)
    look(page, "door")
    page.get_by_label("Your code").fill(code)
    page.get_by_label("Your PIN").fill("407192")
    go_on(page)
    expect(page.get_by_role("heading", name="Where is it?")).to_be_visible()

    page.get_by_label("Links").fill("https://pictures.example/a/1\nhttps://pictures.example/a/2")
    look(page, "links")
    go_on(page)
    page.get_by_label("Ask sites to take it down").check()
    page.get_by_label("Sign by typing your name").fill("Kestrel Example")
    look(page, "agree")
    go_on(page)
    look(page, "check")
    page.get_by_role("link", name="Change Name to use").click()
    page.get_by_label("What may we call you?").fill("Wren")
    go_on(page)
    expect(page.get_by_text("Wren")).to_be_visible()
    page.get_by_role("button", name="Send to our team").click()
    expect(page.get_by_role("heading", name="Your report is with us")).to_be_visible()
    look(page, "done")
    go_on(page)
    expect(page.get_by_text("of 2 links are down")).to_be_visible()
    look(page, "status")

    page.get_by_role("link", name=re.compile("Messages")).click()
    page.get_by_label("Write to us").fill("Is there news?")
    go_on(page)
    expect(page.get_by_text("Your message is with us.")).to_be_visible()
    look(page, "messages")

    desk.goto(f"{stack.staff}/today")
    expect(desk.get_by_role("link", name="Answer the client for the first time", exact=True)).to_be_visible()
    desk.goto(case_url)
    expect(desk.get_by_text("first time", exact=True)).to_be_visible()
    expect(desk.get_by_text("Is there news?")).to_be_visible()
    expect(desk.get_by_text("Not confirmed yet").first).to_be_visible()
    look.shot(desk, "first-report-staff-client")
    assert serious_problems(desk) == []


def test_the_link_of_an_invitation_works_once(stack, desk, context):
    link, _case_url = invitation(desk, stack)
    page = context.new_page()
    page.goto(link)
    page.goto(link)
    go_on(page)
    expect(page.get_by_role("heading", name="Before you start")).to_be_visible()
    page.goto(f"{stack.portal}/leave")
    page.goto(link)
    go_on(page)
    expect(page.get_by_role("heading", name="This link does not work any more")).to_be_visible()


def test_under_18_ends_at_the_help_page_and_nothing_else_opens(stack, desk, context, look):
    link, case_url = invitation(desk, stack)
    page = context.new_page()
    to_the_report(page, link)
    page.get_by_role("link", name=re.compile("About you")).click()
    page.get_by_label("Me", exact=True).check()
    page.get_by_label("Which country are you in?").select_option("GB")
    go_on(page)
    page.get_by_label("I am not sure").check()
    go_on(page)
    expect(page.get_by_role("heading", name="Please do not send us files")).to_be_visible()
    look(page, "stop")
    for path in ("/d", "/d/3", "/e", "/s", "/m"):
        page.goto(stack.portal + path)
        expect(page.get_by_role("heading", name="Please do not send us files")).to_be_visible()
    desk.goto(case_url.replace("/client", "/"))
    expect(desk.get_by_text("Age not sure").first).to_be_visible()
