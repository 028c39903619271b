"""Files in parts in Chromium: many at once, a line that breaks, a page closed in the middle, a client's phone."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from tests.journeys.files import LETTER, mp4, png
from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import PROBLEMS, go_on, look, open_case, serious_problems, sideways, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture(scope="module")
def evidence(stack: RunningStack, robin: Page) -> str:
    """The page of evidence of a new case."""
    return f"{open_case(robin, stack, told='An ex shared a video.', reached=False)}evidence"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 64 MB: nine parts."""
    path = tmp_path_factory.mktemp("films") / "birthday.mp4"
    path.write_bytes(mp4() + os.urandom(64 << 20))
    return path


def test_many_files_are_kept_in_order_and_each_says_what_became_of_it(robin: Page, evidence: str, shot: Any) -> None:
    page = robin
    page.goto(evidence)
    look(page, shot, "u1-empty")
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "shot.png", "mimeType": "image/png", "buffer": png()},
            {"name": "same shot.png", "mimeType": "image/png", "buffer": png()},
            {"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\0" + bytes(900)},
            {"name": "message.txt", "mimeType": "text/plain", "buffer": LETTER},
        ]
    )
    rows = page.locator("[data-files] .file")
    expect(rows).to_have_count(4)
    rows.nth(3).locator("summary").click()
    rows.nth(3).locator("[data-words]").fill("His letter")
    look(page, shot, "u2-chosen")
    page.locator("[name=description]").fill("What he posted")
    page.get_by_role("button", name="Keep files").click()
    expect(rows.nth(0)).to_contain_text("Kept as RO/001")
    expect(rows.nth(1)).to_contain_text("Here already as RO/001")
    expect(rows.nth(2)).to_contain_text("We cannot take this kind of file")
    expect(rows.nth(3)).to_contain_text("Kept as RO/002")
    expect(page.locator("[data-kept] .cover")).to_have_count(2)
    expect(page.locator("[data-kept]")).to_contain_text("His letter")
    look(page, shot, "u3-kept")
    page.reload()
    expect(page.locator("main")).to_contain_text("we do not take files of its kind")


def test_a_large_file_goes_on_after_the_line_broke_and_the_page_was_closed(
    robin: Page, evidence: str, large: Path, stack: RunningStack, shot: Any
) -> None:
    page = robin
    page.goto(evidence)
    page.locator("input[type=file]").set_input_files(large)
    page.locator("[name=description]").fill("Film of the chat")
    with page.expect_response("**/part", timeout=90_000):
        page.get_by_role("button", name="Keep files").click()
    page.context.set_offline(True)
    expect(page.locator("[data-files] .file")).to_contain_text("No connection", timeout=90_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(evidence)
    expect(page.locator("main")).to_contain_text("birthday.mp4")
    look(page, shot, "u5-not-finished")
    again: list[str] = []
    page.on("request", lambda request: again.append(request.headers.get("upload-offset", "")))
    page.locator("input[type=file]").set_input_files(large)
    page.locator("[name=description]").fill("Film of the chat")
    page.get_by_role("button", name="Keep files").click()
    expect(page.locator("[data-files] .file")).to_contain_text("Kept as RO/003", timeout=180_000)
    offsets = [int(offset) for offset in again if offset]
    assert offsets[0] >= 8 << 20
    assert offsets == sorted(set(offsets))
    assert stack.sql("select size from evidence_exhibit where number = 3") == [(large.stat().st_size,)]
    assert stack.sql("select count(*) from evidence_upload where state = 'open'") == [(0,)]


def slow_line(page: Page, *, bytes_a_second: int) -> None:
    """Let the browser send no faster than this; -1 for as fast as it can."""
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)


def test_a_file_is_paused_and_goes_on(robin: Page, evidence: str, large: Path, shot: Any) -> None:
    page = robin
    other = large.with_name("wedding.mp4")
    other.write_bytes(large.read_bytes() + b"more")
    page.goto(evidence)
    page.locator("input[type=file]").set_input_files(other)
    page.locator("[name=description]").fill("Another film")
    slow_line(page, bytes_a_second=1 << 20)
    page.get_by_role("button", name="Keep files").click()
    row = page.locator("[data-files] .file")
    expect(row).to_contain_text("% sent", timeout=90_000)
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    slow_line(page, bytes_a_second=-1)
    look(page, shot, "u6-paused")
    row.get_by_role("button", name="Go on").click()
    expect(row).to_contain_text("Kept as RO/004", timeout=180_000)


def test_the_page_is_whole_on_a_phone(robin: Page, evidence: str, shot: Any) -> None:
    page = robin
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(evidence)
    page.locator("input[type=file]").set_input_files(
        [{"name": "a very long name of a film that somebody sent.png", "mimeType": "image/png", "buffer": png(9, 9)}]
    )
    assert sideways(page) == 0
    look(page, shot, "u7-phone")
    page.get_by_text("Ask how it came").click()
    look(page, shot, "u8-phone-questions")
    assert sideways(page) == 0
    page.set_viewport_size({"width": 1280, "height": 900})


def test_how_a_file_came_is_shown_and_corrected(robin: Page, evidence: str, shot: Any) -> None:
    page = robin
    page.goto(evidence)
    page.locator(".cover a").first.click()
    if page.get_by_role("link", name="Correct").count():
        look(page, shot, "u9-how")
    page.goto(f"{page.url}how")
    page.locator("[name=device]").fill("Her old phone")
    look(page, shot, "u10-correct")
    page.locator("[name=why]").fill("She remembered.")
    page.get_by_role("button", name="Keep the correction").click()
    expect(page.locator("main")).to_contain_text("The record is corrected")


@pytest.fixture(scope="module")
def her_phone(stack: RunningStack, browser: Browser, robin: Page) -> Iterator[tuple[Page, str]]:
    """A client who has sent her report from a small phone without JavaScript, and her case."""
    robin.goto(f"{stack.staff}/contacts/new")
    robin.get_by_role("button", name="Invite to their page").click()
    link = robin.locator("#handed-link").inner_text().strip()
    (reference,) = re.findall(r"C-\d+", robin.url)
    context = browser.new_context(viewport={"width": 320, "height": 800}, java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(link)
    go_on(page, "Continue")
    page.get_by_role("button", name="I understand, continue").click()
    page.locator("input[name=may][value=no]").check()
    go_on(page)
    pins = page.locator("form input:not([type=hidden])")
    for number in range(pins.count()):
        pins.nth(number).fill("482917")
    go_on(page, "Save PIN")
    page.get_by_role("link", name="About you").click()
    page.locator("input[name=about][value=me]").check()
    go_on(page)
    page.goto(f"{stack.portal}/d/2")
    page.locator("input[name=answer][value=adult]").check()
    go_on(page)
    page.goto(f"{stack.portal}/d/3")
    page.locator("input[name=kinds][value=shared]").check()
    page.locator("input[name=threat_now][value=no]").check()
    go_on(page)
    page.goto(f"{stack.portal}/d/5")
    page.locator("input[name=powers]").first.check()
    page.locator("input[name=signed_name]").fill("Ines Moreau")
    go_on(page)
    page.goto(f"{stack.portal}/d/6")
    go_on(page, "Send to our team")
    yield page, reference
    context.close()


def test_a_client_without_script_sends_what_was_asked_and_sees_nothing_of_it(
    robin: Page, her_phone: tuple[Page, str], stack: RunningStack, shot: Any
) -> None:
    phone, reference = her_phone
    phone.goto(f"{stack.portal}/f")
    assert phone.url == f"{stack.portal}/s"
    robin.goto(f"{stack.staff}/cases/{reference}/evidence")
    robin.get_by_text("Ask the client for files").click()
    robin.locator("textarea[name=words]").fill("The letter that the site wrote to you")
    robin.locator("input[name=until]").fill((timezone.now() + timedelta(days=7)).date().isoformat())
    robin.get_by_role("button", name="Let the client send files").click()
    expect(robin.locator("#ask-files")).to_contain_text("The letter that the site wrote to you")
    look(robin, shot, "u11-asked")
    phone.goto(f"{stack.portal}/s")
    shot(phone, "u12-portal-status")
    phone.get_by_role("link", name="Send files").click()
    expect(phone.locator("input[type=file]")).to_be_visible()
    shot(phone, "u13-portal-files")
    assert sideways(phone) <= 0
    phone.locator("input[type=file]").set_input_files(
        [
            {"name": "letter.png", "mimeType": "image/png", "buffer": png(20, 20)},
            {"name": "voice.m4a", "mimeType": "audio/mp4", "buffer": b"\0\0\0\x18ftypM4A \0\0\0\0isomM4A " + bytes(90)},
        ]
    )
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("main")).to_contain_text("Received: 2 files")
    assert "letter.png" not in phone.content()
    shot(phone, "u14-portal-received")
    wait_until(
        robin,
        lambda: stack.sql("select count(*) from evidence_exhibit where producer = 'CL'") == [(2,)],
    )
    robin.goto(f"{stack.staff}/cases/{reference}/evidence")
    expect(robin.locator("[data-kept]")).to_contain_text("CL/002")
    robin.goto(f"{stack.staff}/today")
    expect(robin.locator("main")).to_contain_text("Look after what the client sent")


@pytest.fixture
def her_new_phone(her_phone: tuple[Page, str], browser: Browser) -> Iterator[Page]:
    """The same client, still signed in, on a small phone with JavaScript."""
    state = her_phone[0].context.storage_state()
    context = browser.new_context(viewport={"width": 320, "height": 800}, has_touch=True, storage_state=state)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


PARTS = re.compile(r"/f/[0-9a-f-]{36}/1$")


def break_from(offset: int) -> Callable[[Route], None]:
    """Return what lets parts of a file through until a place in it, and none behind it."""

    def broken(route: Route) -> None:
        if int(route.request.headers["upload-offset"]) >= offset:
            route.abort("connectionfailed")
        else:
            route.continue_()

    return broken


KEPT_ON_THE_DEVICE = """async () => [localStorage.length, sessionStorage.length, document.cookie.length,
  (await indexedDB.databases()).length, (await caches.keys()).length]"""


def test_a_clients_files_go_on_after_a_break_and_leaving_is_not_held_up(
    her_phone: tuple[Page, str], her_new_phone: Page, large: Path, stack: RunningStack, shot: Any
) -> None:
    phone = her_new_phone
    asked: list[str] = []
    phone.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    film = {"name": "our evening.mp4", "mimeType": "video/mp4", "buffer": large.read_bytes()[: 9 << 20]}
    files = [{"name": "her name.png", "mimeType": "image/png", "buffer": png(21, 21)}, film]
    phone.goto(f"{stack.portal}/f")
    look_at_phone(phone, shot, "u15-phone-empty")
    phone.locator("input[type=file]").set_input_files(files)
    phone.locator("[name=device]").fill("Old phone")
    look_at_phone(phone, shot, "u16-phone-chosen")
    phone.route(PARTS, break_from(4 << 20))
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("[data-files] .file").nth(1)).to_contain_text("No connection", timeout=90_000)
    look_at_phone(phone, shot, "u17-phone-broken")
    phone.goto("about:blank")
    phone.unroute(PARTS)
    phone.goto(f"{stack.portal}/f")
    expect(phone.locator("main")).to_contain_text("1 file came only in part")
    assert "evening" not in phone.content()
    look_at_phone(phone, shot, "u18-phone-back")
    offsets: list[str] = []
    phone.on("request", lambda sent: offsets.append(sent.headers.get("upload-offset", "")))
    phone.locator("input[type=file]").set_input_files(files)
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("[data-received]")).to_contain_text("Received: 2. Thank you.", timeout=90_000)
    assert "0" not in offsets, "what came before is not sent again"
    assert "evening" not in phone.content()
    assert phone.evaluate(KEPT_ON_THE_DEVICE) == [0, 0, 0, 0, 0]
    look_at_phone(phone, shot, "u19-phone-received")
    wait_until(phone, lambda: stack.sql("select count(*) from evidence_exhibit where producer = 'CL'") == [(4,)])
    phone.goto(f"{stack.portal}/f")
    phone.route(PARTS, break_from(0))
    phone.locator("input[type=file]").set_input_files([{**film, "buffer": film["buffer"] + b"more"}])
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("[data-files] .file")).to_contain_text("No connection")
    phone.locator(".leave [data-leave]").click()
    expect(phone.locator("[data-files] .file")).to_have_count(0)
    phone.wait_for_url(lambda url: "/f" not in url, wait_until="commit")
    assert asked == [], "nothing asks whether somebody really wants to leave"
    assert stack.sql("select count(*) from evidence_upload where is_from_client and state = 'open'") == [(1,)]


def look_at_phone(page: Page, shot: Any, name: str) -> None:
    """Check a client's page on the phone it is on."""
    PROBLEMS.extend(serious_problems(page))
    assert sideways(page) <= 0
    shot(page, name)


def test_nothing_was_wrong_for_assistive_technology() -> None:
    assert PROBLEMS == []
