"""A client's page in Chromium: a passkey, who has been here, what was agreed, taking the case back, Arabic."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import give_passkey_holder, join, look, serious_problems, sideways

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
PIN = "407192"


@pytest.fixture(scope="module")
def desk(stack: RunningStack, browser: Browser) -> Iterator[Page]:
    """A caseworker who is signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(page, link, name="Robin", email="robin@casework.example", casework=True)
    yield page
    context.close()


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    """A phone whose lock answers for its owner."""
    context = browser.new_context(viewport={"width": 320, "height": 800})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    give_passkey_holder(page)
    yield page
    context.close()


def go_on(page: Page) -> None:
    """Press the page's one main button."""
    page.locator("main .btn--primary").click()


@pytest.fixture(scope="module")
def case_url(stack: RunningStack, desk: Page, phone: Page) -> str:
    """Walk a client from the invitation to a report that was sent; return the case's page for staff."""
    desk.goto(f"{stack.staff}/contacts/new")
    desk.get_by_role("button", name="Invite to their page").click()
    phone.goto(desk.locator("#handed-link").inner_text().strip())
    go_on(phone)
    go_on(phone)
    phone.locator("[name=may][value=no]").check()
    go_on(phone)
    phone.get_by_label("Choose a PIN").fill(PIN)
    phone.get_by_label("The same PIN again").fill(PIN)
    go_on(phone)
    phone.goto(f"{stack.portal}/d/1")
    phone.get_by_label("Me", exact=True).check()
    phone.get_by_label("What may we call you?").fill("Kestrel")
    phone.get_by_label("Which country are you in?").select_option("GB")
    go_on(phone)
    phone.get_by_label("No, everyone was 18 or older").check()
    go_on(phone)
    phone.get_by_label("Images or video of me were shared").check()
    phone.locator("[name=threat_now][value=no]").check()
    go_on(phone)
    phone.goto(f"{stack.portal}/d/5")
    phone.locator("[name=powers][value=ask_sites]").check()
    phone.locator("[name=signed_name]").fill("Kestrel Example")
    go_on(phone)
    go_on(phone)
    expect(phone.get_by_role("heading", name="Your report is with us")).to_be_visible()
    return desk.url.rsplit("/", 1)[0]


def small(page: Page, shot, name: str) -> None:
    """Check a page on a narrow phone, in light and dark."""
    page.wait_for_load_state()
    assert re.fullmatch(r"(Error: )?My page|صفحتي|.{1,40}", page.title())
    assert sideways(page) <= 0, page.url
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert serious_problems(page) == []
    shot(page, f"client-{name}")


def test_a_passkey_is_made_with_the_pin_and_opens_the_page_by_itself(stack, phone, case_url, shot):
    phone.goto(f"{stack.portal}/n")
    small(phone, shot, "access")
    phone.get_by_role("link", name="Make a passkey").click()
    expect(phone.get_by_role("button", name="Make the passkey")).to_be_visible()
    small(phone, shot, "passkey-new")
    phone.get_by_label("Your PIN now").fill(PIN)
    phone.get_by_role("button", name="Make the passkey").click()
    expect(phone.get_by_text("Next time you can come in with it.")).to_be_visible()
    phone.goto(f"{stack.portal}/leave")
    phone.goto(stack.portal)
    small(phone, shot, "door")
    phone.get_by_role("link", name="Use a passkey instead").click()
    small(phone, shot, "passkey")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("heading", name="Here is where things are")).to_be_visible()
    small(phone, shot, "status")


def test_a_passkey_given_up_leaves_a_sentence_and_the_way_back(stack, phone, case_url, browser):
    context = browser.new_context(viewport={"width": 320, "height": 800})
    page = context.new_page()
    page.goto(f"{stack.portal}/p")
    page.evaluate("void (navigator.credentials.get = () => Promise.reject(new Error('given up')))")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("No passkey was used.")).to_be_visible()
    context.close()


def test_the_page_reads_in_arabic_from_right_to_left_and_fits(stack, phone, case_url, shot):
    phone.goto(f"{stack.portal}/n")
    phone.get_by_role("button", name=re.compile("العربي")).click()
    for path, name in (("n", "access"), ("t", "papers"), ("q", "withdraw"), ("s", "status"), ("p", "passkey")):
        phone.goto(f"{stack.portal}/{path}")
        small(phone, shot, f"ar-{name}")
    phone.goto(f"{stack.portal}/n")
    phone.get_by_role("button", name="English").click()


def test_taking_the_case_back_stops_and_asks_and_staff_see_it(stack, phone, desk, case_url, shot):
    phone.goto(f"{stack.portal}/t")
    small(phone, shot, "papers")
    phone.goto(f"{stack.portal}/q")
    small(phone, shot, "withdraw")
    phone.locator("[name=wishes][value=stop_notices]").check()
    phone.locator("[name=wishes][value=delete]").check()
    phone.get_by_role("button", name="Stop and tell me what you delete").click()
    expect(phone.get_by_text("Nothing is deleted yet")).to_be_visible()
    small(phone, shot, "withdrawn")
    desk.goto(f"{case_url}/client")
    expect(desk.get_by_role("heading", name="The client takes their case back")).to_be_visible()
    look(desk, shot, "staff-client")


def test_staff_write_people_down_look_up_and_say_who_asks(stack, desk, case_url, shot):
    desk.goto(f"{case_url}/people/new")
    desk.get_by_label("What are they in this case?").select_option("interpreter")
    desk.get_by_label("Name to use").fill("Mira Solano")
    desk.get_by_label("Phone number").fill("+44 20 7946 0018")
    desk.get_by_label("Agency or office").fill("Words Ltd")
    look(desk, shot, "staff-party")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Confidentiality not signed")).to_be_visible()
    look(desk, shot, "staff-parties")
    desk.goto(f"{case_url}/told")
    look(desk, shot, "staff-told")
    desk.goto(f"{stack.staff}/look-up")
    desk.get_by_label("Name").fill("solano MIRA")
    desk.get_by_role("button", name="Look up").click()
    expect(desk.get_by_role("heading", name="One of yours")).to_be_visible()
    look(desk, shot, "staff-look-up")
