"""Two people in Chromium with the real worker: a trainee's letter that a colleague reads; a case that two erase."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.stack import PATIENCE
from tests.journeys.walk import PROBLEMS, go_on, join, look, open_case, still_me, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
PIN = "407192"


@pytest.fixture(scope="module")
def desks(browser: Browser) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Two browsers: the colleague's and the trainee's. What axe finds in this journey is its own."""
    PROBLEMS.clear()
    both = browser.new_context(viewport={"width": 1280, "height": 900}), browser.new_context()
    for context in both:
        context.set_default_timeout(PATIENCE)
    yield both
    for context in both:
        context.close()


@pytest.fixture(scope="module")
def people(stack, desks) -> tuple[Page, Page]:
    """The pages of Robin, who does everything here, and of Tom, who learns."""
    robin, tom = desks[0].new_page(), desks[1].new_page()
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(robin, link, name="Robin", email="robin@casework.example", casework=True)
    robin.goto(f"{stack.staff}/people")
    robin.get_by_label("Name", exact=True).fill("Tom")
    robin.get_by_label("Work e-mail address").fill("tom@casework.example")
    robin.get_by_label("Trainee").check()
    robin.get_by_role("button", name="Make a link").click()
    join(tom, robin.locator("#handed-link").inner_text().strip(), name="Tom")
    return robin, tom


@pytest.fixture(scope="module")
def case_address(stack, people) -> str:
    """A case that Tom opened by phone, with a link and a told consent."""
    _robin, page = people
    links = [stack.demo.url("vidnest", "/v/two1")]
    return open_case(page, stack, told="An ex shared a video.", links=links, witness="Tom")


def test_a_trainees_letter_goes_out_when_a_colleague_read_exactly_it(stack, people, case_address, shot):
    robin, tom = people
    tom.goto(f"{case_address}notices/new")
    tom.locator("input[name=route][value=policy]").check()
    go_on(tom, "Write the letter")
    tom.wait_for_url("**/notices/*-*/")
    expect(tom.get_by_role("button", name="Send by mail")).to_have_count(0)
    tom.get_by_label("For the colleague who looks at it").fill("My first one.")
    tom.get_by_role("button", name="Ask for approval", exact=True).click()
    expect(tom.locator("main")).to_contain_text("It waits for Robin")
    shot(tom, "two-people-waits")

    robin.goto(f"{stack.staff}/today")
    expect(robin.locator("main")).to_contain_text("Send a notice, asked by Tom")
    robin.get_by_role("link", name="Send a notice, asked by Tom", exact=True).click()
    expect(robin.locator("main")).to_contain_text("My first one.")
    expect(robin.locator(".letter")).to_contain_text(stack.demo.url("vidnest", "/v/two1"))
    look(robin, shot, "two-people-decide")
    robin.get_by_role("button", name="Yes, do it").click()
    expect(robin.locator("body")).to_contain_text("You said yes. It is done.")

    sent = "select state from takedowns_notice"
    wait_until(tom, lambda: stack.sql(sent) == [("sent",)])
    tom.reload()
    expect(tom.locator("main")).to_contain_text("Letter, as it was sent")


@pytest.fixture(scope="module")
def sam(stack, browser, people) -> Iterator[Page]:
    """A second supervisor."""
    robin, _tom = people
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    robin.goto(f"{stack.staff}/people")
    robin.get_by_label("Name", exact=True).fill("Sam")
    robin.get_by_label("Work e-mail address").fill("sam@casework.example")
    robin.get_by_label("Supervisor").check()
    robin.get_by_role("button", name="Make a link").click()
    still_me(robin)
    join(page, robin.locator("#handed-link").inner_text().strip(), name="Sam")
    yield page
    context.close()


@pytest.fixture(scope="module")
def phone(stack, browser, people, case_address) -> Iterator[tuple[Page, str]]:
    """The client's phone, come in by a link from the case's page, and the code that it was shown."""
    robin, _tom = people
    context = browser.new_context(viewport={"width": 320, "height": 800})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    robin.goto(f"{case_address}client")
    robin.get_by_role("button", name="Make an invitation link").click()
    page.goto(robin.locator("#handed-link").inner_text().strip())
    for _step in range(2):
        page.locator("main .btn--primary").click()
    code = page.locator(".big--code").inner_text()
    page.get_by_label("Choose a PIN").fill(PIN)
    page.get_by_label("The same PIN again").fill(PIN)
    page.locator("main .btn--primary").click()
    page.wait_for_url(lambda url: "/i/" not in url)
    yield page, code
    context.close()


def second_says_yes(sam: Page, stack, what: str, sees: str, shot, name: str) -> None:
    """Let the second supervisor find a request on Today, look at it and say yes."""
    sam.goto(f"{stack.staff}/today")
    sam.get_by_role("link", name=what).first.click()
    expect(sam.locator("main")).to_contain_text(sees)
    shot(sam, name)
    sam.get_by_role("button", name="Yes, do it").click()
    still_me(sam)
    expect(sam.locator("body")).to_contain_text("You said yes. It is done.")


def test_a_closed_case_is_held_until_two_people_lift_it(stack, people, case_address, phone, sam, shot):
    robin, _tom = people
    robin.goto(f"{case_address}keeping")
    robin.get_by_role("link", name="Close the case").click()
    if robin.get_by_label("I have seen what is unfinished").count():
        robin.get_by_label("I have seen what is unfinished").check()
    robin.locator("[name=outcome]").select_option(index=1)
    robin.locator("[name=proceedings][value=no]").check()
    robin.locator("[name=wish][value=delete]").check()
    look(robin, shot, "two-people-close")
    robin.get_by_role("button", name="Close the case").click()
    expect(robin.locator("body")).to_contain_text("The case is closed.")

    robin.get_by_text("Set a hold").click()
    robin.locator("form[action$=holds] [name=reason]").fill("The police asked for it.")
    robin.get_by_role("button", name="Hold everything").click()
    still_me(robin)
    expect(robin.locator("main")).to_contain_text("Until two people lift it")
    look(robin, shot, "two-people-held")

    robin.goto(f"{case_address}erase")
    still_me(robin)
    expect(robin.get_by_role("button", name="Ask a second person")).to_have_count(0)
    expect(robin.locator("main")).to_contain_text(re.compile("[Hh]old"))

    robin.goto(f"{case_address}keeping")
    robin.get_by_text("Ask to lift it").click()
    robin.locator("form[action$=lift] [name=reason]").fill("The police gave it back.")
    robin.get_by_role("button", name="Ask a second person").click()
    still_me(robin)
    expect(robin.locator("main")).to_contain_text("A second person was asked to lift it")
    second_says_yes(sam, stack, "Lift a legal hold", "The police asked for it.", shot, "two-people-lift")
    robin.goto(f"{case_address}keeping")
    expect(robin.locator("main")).to_contain_text("Lifted")


def test_a_case_that_two_people_erase_leaves_a_tombstone_and_no_way_in(stack, people, case_address, phone, sam, shot):
    robin, _tom = people
    client, code = phone
    reference = re.search(r"C-\d+", case_address)[0]
    robin.goto(f"{case_address}erase")
    still_me(robin)
    robin.locator("[name=reason]").first.check()
    robin.locator("[name=words]").fill("She asked us to forget it.")
    ((alias,),) = stack.sql("select alias from cases_case")
    robin.locator("[name=alias]").fill(alias)
    look(robin, shot, "two-people-erase")
    robin.get_by_role("button", name="Ask a second person").click()
    still_me(robin)
    expect(robin.locator("body")).to_contain_text("Nothing is erased until a second person says yes.")
    assert stack.sql("select state from cases_case") == [("closed",)]
    second_says_yes(sam, stack, "Erase a case", "She asked us to forget it.", shot, "two-people-erase-decide")

    robin.goto(f"{stack.staff}/erased")
    wait_until(robin, lambda: robin.get_by_role("link", name=reference).count() == 1)
    robin.get_by_role("link", name=reference).click()
    expect(robin.locator("main")).to_contain_text("Certificate")
    expect(robin.locator("main")).to_contain_text("The words cannot be opened by anybody.")
    expect(robin.locator("main")).not_to_contain_text("She asked us to forget it.")
    look(robin, shot, "two-people-tombstone")
    with robin.expect_download() as coming:
        robin.get_by_role("link", name="Certificate (PDF)").click()
    assert coming.value.path().read_bytes().startswith(b"%PDF")
    assert robin.goto(case_address).status == 404
    assert stack.sql("select state from cases_case") == [("erased",)]

    client.reload()
    assert not re.search("/[sd]$", client.url), "the open page ended"
    client.goto(stack.portal)
    client.get_by_label("Code").fill(code)
    client.get_by_label("PIN").fill(PIN)
    client.locator("main .btn--primary").click()
    client.wait_for_load_state()
    shot(client, "two-people-client")
    expect(client.locator("main")).to_contain_text("That code and PIN do not match.")


def test_the_pages_on_the_way_are_for_everybody():
    assert PROBLEMS == []
