"""Leaving in Chromium with script: by the button, by keys, by silence; and a page that covers itself."""

from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest
from django.db import connection
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.conftest import end_other_sessions
from tests.journeys.stack import PATIENCE, RunningStack, running
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
    context.set_default_timeout(PATIENCE)
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


PIN = "407192"


@pytest.fixture(scope="module")
def code(desk: Page, stack: RunningStack, browser: Browser) -> str:
    """The code of a client who has begun a report."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(invitation(desk, stack))
    go_on(page)
    go_on(page)
    page.locator("[name=may][value=no]").check()
    go_on(page)
    shown = page.locator(".big--code").inner_text()
    page.get_by_label("Choose a PIN").fill(PIN)
    page.get_by_label("The same PIN again").fill(PIN)
    go_on(page)
    page.wait_for_url(f"{stack.portal}/d")
    context.close()
    return shown


@pytest.fixture
def report(code: str, stack: RunningStack, page: Page) -> Page:
    """A page of the report that somebody is writing in."""
    page.goto(stack.portal)
    page.get_by_label("Your code").fill(code)
    page.get_by_label("Your PIN").fill(PIN)
    go_on(page)
    page.wait_for_url(f"{stack.portal}/d")
    page.goto(f"{stack.portal}/d/1")
    words_of(page).fill(WORDS)
    return page


def words_of(page: Page) -> Locator:
    """Return the field that is being written in."""
    return page.locator("[name=name]")


def is_exit(page: Page, stack: RunningStack) -> None:
    page.wait_for_url(stack.environment["RECOURSE_EXIT_URL"])


def portal_cookies(page: Page, stack: RunningStack) -> dict[str, str]:
    """Return what the browser holds for the portal."""
    return {str(cookie["name"]): str(cookie["value"]) for cookie in page.context.cookies(stack.portal)}


def answer_to(stack: RunningStack, cookie: str, value: str) -> tuple[int, str | None]:
    """Return what the server says to whoever holds a cookie."""
    asking = HTTPConnection("127.0.0.1", stack.port, timeout=5)
    asking.request("GET", "/d/1", headers={"Host": f"portal.localhost:{stack.port}", "Cookie": f"{cookie}={value}"})
    answer = asking.getresponse()
    asking.close()
    return answer.status, answer.headers["Location"]


def wait_until(page: Page, what: Callable[[], bool]) -> None:
    """Wait, at most two seconds, for what a page told the server without waiting itself."""
    for _look in range(40):
        if what():
            return
        page.wait_for_timeout(50)
    assert what()


def test_leave_covers_ends_the_session_and_leaves_nothing_behind_for_back(report: Page, stack: RunningStack) -> None:
    before = portal_cookies(report, stack)
    session = next(name for name in before if "csrf" not in name)
    assert answer_to(stack, session, before[session]) == (200, None)
    sent: list[Request] = []
    report.on("request", lambda request: sent.append(request))
    covered = report.evaluate(
        """() => { document.querySelector('.leave [data-leave]').click();
                   return [!!document.querySelector('.page-cover'), document.title.trim()]; }"""
    )
    assert covered == [True, ""]
    is_exit(report, stack)
    assert report.evaluate("document.referrer") == ""
    exit_request = next(request for request in sent if request.url == stack.environment["RECOURSE_EXIT_URL"])
    assert "referer" not in exit_request.all_headers()
    wait_until(report, lambda: session not in portal_cookies(report, stack))

    assert answer_to(stack, session, before[session]) == (302, "/")

    report.go_back()
    assert (report.url, report.title()) == (f"{stack.portal}/", "My page")
    assert WORDS not in report.content()
    assert "About you" not in report.locator("body").inner_text()


def test_shift_three_times_leaves(report: Page, stack: RunningStack) -> None:
    for _press in range(3):
        report.keyboard.press("Shift")
    is_exit(report, stack)


def test_capital_letters_never_leave(report: Page) -> None:
    for letter in "ABCDEF":
        report.keyboard.press(f"Shift+{letter}")
    expect(report.locator(".page-cover")).to_have_count(0)
    expect(words_of(report)).to_have_value(f"{WORDS}ABCDEF")


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
    ((until,),) = stack.sql(
        "select idle_until from cases_session where door = 'portal' order by started_at desc limit 1"
    )
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
    words_of(report).fill("still works")


def test_what_was_typed_is_kept_when_somebody_leaves_in_a_hurry(
    report: Page, code: str, stack: RunningStack, browser: Browser
) -> None:
    report.locator("[name=about]").first.check()
    go_on(report)
    report.goto(f"{stack.portal}/d/2")
    report.locator("[name=answer][value=adult]").check()
    go_on(report)
    report.goto(f"{stack.portal}/d/3")
    report.locator("textarea").fill(f"{WORDS}, and then")
    expect(report.locator("[data-autosave-state]")).to_have_text("Kept")
    report.locator(".leave a").click()
    is_exit(report, stack)
    back = browser.new_context().new_page()
    back.goto(stack.portal)
    back.get_by_label("Your code").fill(code)
    back.get_by_label("Your PIN").fill(PIN)
    go_on(back)
    back.goto(f"{stack.portal}/d/3")
    expect(back.locator("textarea")).to_have_value(f"{WORDS}, and then")
    back.context.close()
