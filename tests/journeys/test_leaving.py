"""Leaving in Chromium with script: by the button, by keys, by silence; and a page that covers itself."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, Request, expect

from tests.conftest import end_other_sessions
from tests.journeys.stack import RunningStack, running
from tests.journeys.walk import join

pytestmark = [pytest.mark.journey, pytest.mark.django_db]

WORDS = "Kestrel told us about May"


@pytest.fixture(scope="module")
def stack(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack without a worker: nothing here waits for one."""
    connection.close()
    template = str(connection.settings_dict["NAME"])
    end_other_sessions(template)
    with running(template, tmp_path_factory.mktemp("stack"), with_worker=False) as stack:
        yield stack


@pytest.fixture(scope="module")
def desk(stack: RunningStack, browser: Browser) -> Iterator[Page]:
    """A caseworker who is signed in."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    page = context.new_page()
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(page, link, name="Robin", email="robin@casework.example", casework=True)
    yield page
    context.close()


def invitation(desk: Page, stack: RunningStack) -> str:
    """Let the caseworker invite somebody; return the link."""
    desk.goto(f"{stack.staff}/contacts/new")
    desk.get_by_role("button", name="Invite to their page").click()
    return desk.locator("#handed-link").inner_text().strip()


def go_on(page: Page) -> None:
    """Press the page's one main button."""
    page.locator("main .btn--primary").click()


@pytest.fixture
def report(desk: Page, stack: RunningStack, page: Page) -> Page:
    """A client who has begun a report and writes in its first step."""
    page.goto(invitation(desk, stack))
    go_on(page)
    go_on(page)
    page.locator("[name=may][value=no]").check()
    go_on(page)
    page.get_by_label("Choose a PIN").fill("407192")
    page.get_by_label("The same PIN again").fill("407192")
    go_on(page)
    page.goto(f"{stack.portal}/d/1")
    page.get_by_label(re.compile("name", re.I)).first.fill(WORDS)
    return page


def is_exit(page: Page, stack: RunningStack) -> None:
    page.wait_for_url(stack.environment["RECOURSE_EXIT_URL"])


def portal_cookies(page: Page, stack: RunningStack) -> dict[str, str]:
    """Return what the browser holds for the portal."""
    return {str(cookie["name"]): str(cookie["value"]) for cookie in page.context.cookies(stack.portal)}


def test_leave_covers_ends_the_session_and_leaves_nothing_behind_for_back(report: Page, stack: RunningStack) -> None:
    before = portal_cookies(report, stack)
    assert before
    sent: list[Request] = []
    report.on("request", sent.append)
    covered = report.evaluate(
        """() => { document.querySelector('.leave [data-leave]').click();
                   return [!!document.querySelector('.page-cover'), document.title.trim()]; }"""
    )
    assert covered == [True, ""]
    is_exit(report, stack)
    assert report.evaluate("document.referrer") == ""
    exit_request = next(request for request in sent if request.url == stack.environment["RECOURSE_EXIT_URL"])
    assert "referer" not in exit_request.all_headers()
    session = next(name for name in before if "csrf" not in name)
    assert session not in portal_cookies(report, stack)

    again = report.context.request.get(
        f"{stack.portal}/d/1", headers={"Cookie": f"{session}={before[session]}"}, max_redirects=0
    )
    assert (again.status, again.headers["location"]) == (302, "/")

    report.go_back()
    text = report.locator("body").inner_text()
    assert WORDS not in report.content()
    assert "About you" not in text
    assert re.fullmatch(r"My page|", report.title().strip())


def test_shift_three_times_leaves(report: Page, stack: RunningStack) -> None:
    for _press in range(3):
        report.keyboard.press("Shift")
    is_exit(report, stack)


def test_capital_letters_never_leave(report: Page) -> None:
    for letter in "ABCDEF":
        report.keyboard.press(f"Shift+{letter}")
    expect(report.locator(".page-cover")).to_have_count(0)
    expect(report.get_by_label(re.compile("name", re.I)).first).to_have_value(f"{WORDS}ABCDEF")


def test_presses_of_shift_more_than_five_seconds_apart_do_not_add_up(report: Page, stack: RunningStack) -> None:
    report.clock.install()
    report.goto(f"{stack.portal}/d/1")
    say = report.locator("[data-leave-say]")
    report.keyboard.press("Shift")
    report.keyboard.press("Shift")
    expect(say).to_have_text("Press Shift 1 more time to leave")
    report.clock.run_for(5_100)
    expect(say).to_have_text("")
    report.keyboard.press("Shift")
    expect(say).to_have_text("Press Shift 2 more times to leave")
    expect(report.locator(".page-cover")).to_have_count(0)


def idle_until(stack: RunningStack) -> object:
    """Return when the newest portal session ends by itself."""
    ((until,),) = stack.sql("select idle_until from cases_session where door = 'portal' order by started_at desc limit 1")
    return until


@pytest.mark.parametrize("how", ["button", "Escape"])
def test_somebody_who_is_asked_whether_they_are_there_can_stay(report: Page, stack: RunningStack, how: str) -> None:
    report.clock.install()
    report.goto(f"{stack.portal}/d/1")
    dialog = report.locator("[data-idle-dialog]")
    report.clock.fast_forward(17 * 60_000)
    report.clock.run_for(1_000)
    expect(dialog).to_be_hidden()
    report.clock.fast_forward(90_000)
    report.clock.run_for(1_000)
    expect(dialog).to_be_visible()
    before = idle_until(stack)
    with report.expect_response(lambda response: response.url.endswith("/stay")) as answered:
        if how == "button":
            dialog.get_by_role("button", name="Stay signed in").click()
        else:
            report.keyboard.press("Escape")
    assert answered.value.status == 204
    expect(dialog).to_be_hidden()
    assert idle_until(stack) > before  # type: ignore[operator]
    report.clock.fast_forward(17 * 60_000)
    report.clock.run_for(1_000)
    expect(dialog).to_be_hidden()


def test_a_page_that_nobody_uses_closes_itself(report: Page, stack: RunningStack) -> None:
    report.clock.install()
    report.goto(f"{stack.portal}/d/1")
    report.clock.fast_forward(20 * 60_000)
    report.clock.run_for(1_000)
    report.wait_for_url(f"{stack.portal}/ended")
    expect(report.locator("main")).to_contain_text("This page has closed")
    report.goto(f"{stack.portal}/d/1")
    assert report.url == f"{stack.portal}/"


HIDE = """state => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
                      document.dispatchEvent(new Event('visibilitychange')); }"""


def test_a_page_in_the_background_covers_itself(report: Page, stack: RunningStack) -> None:
    report.clock.install()
    report.goto(f"{stack.portal}/d/1")
    cover = report.locator(".page-cover")
    report.evaluate(HIDE, "hidden")
    expect(cover).to_be_visible()
    report.clock.fast_forward(10_000)
    report.evaluate(HIDE, "visible")
    expect(cover).to_have_count(0)
    report.evaluate(HIDE, "hidden")
    report.clock.fast_forward(61_000)
    report.evaluate(HIDE, "visible")
    expect(cover).to_be_visible()
    report.get_by_role("button", name="Show this page").click()
    expect(cover).to_have_count(0)
    report.get_by_label(re.compile("name", re.I)).first.fill("still works")
