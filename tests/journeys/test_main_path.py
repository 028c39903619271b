"""The whole path in Chromium with the real worker: from the first administrator to a lawyer's download."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.files import LETTER, jpeg, mp4, png
from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import PROBLEMS, check_bag, go_on, join, look, sideways, still_me, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture(scope="module")
def at_work(stack: RunningStack, desk: BrowserContext, browser: Browser) -> Page:
    """The caseworker's page after the administrator invited them and both joined."""
    office = browser.new_context()
    office.set_default_timeout(PATIENCE)
    page = office.new_page()
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(page, link, name="Robin", email="robin@casework.example")
    page.goto(f"{stack.staff}/people")
    page.get_by_label("Name", exact=True).fill("Amira K.")
    page.get_by_label("Work e-mail address").fill("amira@casework.example")
    page.get_by_label("Caseworker").check()
    page.get_by_role("button", name="Make a link").click()
    still_me(page)
    invitation = page.locator("#handed-link").inner_text().strip()
    office.close()
    mine = desk.new_page()
    mine.emulate_media(reduced_motion="reduce")
    join(mine, invitation, name="Amira K.")
    return mine


@pytest.fixture(autouse=True)
def _photograph_failures(browser: Browser) -> None:
    """Name the browser, so that a failure is photographed."""


def test_01_a_caseworker_signs_in_and_sees_today_with_nothing_due(stack, at_work, shot):
    at_work.goto(stack.staff)
    at_work.wait_for_url("**/today")
    expect(at_work.get_by_text("Nothing due")).to_be_visible()
    look(at_work, shot, "01-today-empty")


def test_02_a_case_comes_in_by_phone_on_one_screen(stack, at_work, shot):
    page = at_work
    page.goto(f"{stack.staff}/contacts/new")
    look(page, shot, "02-contact-new")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/contacts/**")
    page.locator("input[name=age][value=adult]").check()
    page.get_by_role("button", name="Save and go on").click()
    page.locator("input[name=may_contact][value=yes]").check()
    page.locator("input[name=channels][value=text]").check()
    page.locator("[name=phone]").fill("+44 20 7946 0018")
    page.locator("[name=what_happened]").fill("An ex shared a video. <b>She</b> is afraid.")
    links = "\n".join(
        [
            stack.demo.url("vidnest", "/v/abc1"),
            stack.demo.url("vidnest", "/v/abc1"),
            stack.demo.url("steady", "/v/stays"),
        ]
    )
    page.locator("textarea[name=links]").fill(links)
    page.locator("input[name=agrees_ask_sites][value=yes]").check()
    page.locator("[name=witness]").fill("Amira K.")
    expect(page.locator("[data-autosave-state]").first).to_contain_text("Saved")
    look(page, shot, "02-contact")
    # Pressed while the last words are still being saved: the case opens all the same.
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    with page.expect_request("**/save"):
        page.locator("[name=witness]").fill("Amira Kovac")
    page.get_by_role("button", name="Open case").click()
    page.wait_for_url("**/cases/C-*/", timeout=90_000)
    line.send("Network.emulateNetworkConditions", {**slow, "latency": 0})
    expect(page.locator("body")).to_contain_text("2")
    look(page, shot, "02-case")
    (reference,) = re.findall(r"C-\d+", page.url)
    page.goto(f"{stack.staff}/today")
    expect(page.locator("main")).to_contain_text(reference)
    look(page, shot, "02-today")


@pytest.fixture(scope="module")
def her_phone(browser: Browser) -> Iterator[Page]:
    """The client's phone: small, without JavaScript."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """What later steps need to know of earlier ones."""
    return {}


def test_03_a_client_comes_in_by_invitation_and_reports_without_javascript(stack, at_work, her_phone, found, shot):
    at_work.goto(f"{stack.staff}/contacts/new")
    at_work.get_by_role("button", name="Invite to their page").click()
    link = at_work.locator("#handed-link").inner_text().strip()
    assert link.startswith(stack.portal)
    (found["ref"],) = re.findall(r"C-\d+", at_work.url)

    page = her_phone
    page.goto(link)
    page.goto(link)  # a mail scanner that opens it before her spends nothing
    shot(page, "03-invite")
    go_on(page, "Continue")
    assert link.rsplit("/", 1)[1] not in page.url
    shot(page, "03-start")
    page.get_by_role("button", name="I understand, continue").click()
    page.locator("input[name=may][value=yes]").check()
    shot(page, "03-safe-1")
    go_on(page)
    page.locator("input[name=ways][value=email]").check()
    go_on(page)
    page.locator("input[type=email], input[name*=address], input[name*=email]").first.fill("her@mail.example")
    shot(page, "03-safe-3")
    go_on(page)
    page.locator("input[name=when]").first.check()
    go_on(page)
    go_on(page)
    found["code"] = page.locator(".big--code").inner_text().strip()
    pins = page.locator("form input:not([type=hidden])")
    for number in range(pins.count()):
        pins.nth(number).fill("482917")
    shot(page, "03-pin")
    go_on(page, "Save PIN")
    shot(page, "03-report")
    page.get_by_role("link", name="About you").click()
    page.locator("input[name=about][value=me]").check()
    go_on(page)
    page.goto(f"{stack.portal}/d/2")
    page.locator("input[name=answer][value=adult]").check()
    shot(page, "03-age")
    go_on(page)
    page.goto(f"{stack.portal}/d/3")
    page.locator("input[name=kinds][value=shared]").check()
    page.locator("input[name=threat_now][value=no]").check()
    page.locator("textarea").first.fill("He put it on three sites. <script>alert(1)</script>")
    shot(page, "03-what")
    go_on(page)
    page.goto(f"{stack.portal}/d")
    page.get_by_role("link", name="Where it is").click()
    links = [
        stack.demo.url("photopost", "/p/one"),
        stack.demo.url("steady", "/v/two"),
        stack.demo.url("pixvault", "/a/three"),
    ]
    page.locator("textarea[name=links]").fill("\n".join(links))
    shot(page, "03-links")
    go_on(page)
    page.goto(f"{stack.portal}/d/5")
    for box in page.locator("input[name=powers]").all():
        box.check()
    page.locator("input[name=signed_name]").fill("Ines Moreau")
    shot(page, "03-agree")
    go_on(page)
    page.goto(f"{stack.portal}/d/6")
    shot(page, "03-check")
    go_on(page, "Send to our team")
    expect(page.locator("main")).to_contain_text("24 hours")
    shot(page, "03-done")
    page.goto(f"{stack.portal}/s")
    expect(page.locator("main")).to_contain_text("0 of 3")
    shot(page, "03-status")
    assert sideways(page) <= 0


def test_04_the_case_is_on_today_with_a_first_contact_clock_and_links_are_added(stack, at_work, found, shot):
    page = at_work
    page.goto(f"{stack.staff}/today")
    expect(page.locator("main")).to_contain_text(found["ref"])
    page.goto(f"{stack.staff}/cases/{found['ref']}/links/add")
    again = stack.demo.url("photopost", "/p/one") + "?utm_source=x#top"
    page.locator("textarea[name=links]").fill(f"{again}\n{stack.demo.url('photopost', '/p/four')}\njavascript:alert(1)")
    page.get_by_role("button", name="Add links").click()
    expect(page.locator("main")).to_contain_text("javascript:alert(1)")
    look(page, shot, "04-add-links")
    page.goto(f"{stack.staff}/cases/{found['ref']}/links")
    expect(page.locator("tbody tr")).to_have_count(4)
    look(page, shot, "04-links")


def test_05_evidence_is_sealed_with_numbers_and_no_picture_is_shown(stack, at_work, found, shot):
    page = at_work
    page.goto(f"{stack.staff}/cases/{found['ref']}/evidence")
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "shot.png", "mimeType": "image/png", "buffer": png()},
            {"name": "../../x.jpg", "mimeType": "image/jpeg", "buffer": jpeg()},
            {"name": "film.mp4", "mimeType": "video/mp4", "buffer": mp4()},
            {"name": "message.txt", "mimeType": "text/plain", "buffer": LETTER},
        ]
    )
    page.locator("[name=description]").fill("What he posted and wrote")
    page.locator("input[name=method]").first.check()
    page.get_by_role("button", name="Keep files").click()
    expect(page.locator(".cover")).to_have_count(4)
    assert page.locator("main img, main video").count() == 0
    expect(page.locator("main")).to_contain_text("/001")
    look(page, shot, "05-evidence")
    page.locator(".cover a").first.click()
    expect(page.locator("main")).to_contain_text(hashlib.sha256(png()).hexdigest()[:8])
    look(page, shot, "05-exhibit")


def test_06_a_notice_goes_out_by_mail_and_its_clock_starts(stack, at_work, found, shot):
    page = at_work
    page.goto(f"{stack.staff}/cases/{found['ref']}/notices/new")
    page.get_by_role("link", name=re.compile("PhotoPost")).first.click()
    for box in page.locator("input[name=links]").all():
        box.check()
    page.locator("input[name=route][value=us_take_it_down_act]").check()
    look(page, shot, "06-route")
    page.get_by_role("button", name="Write the letter").click()
    page.wait_for_url("**/notices/*-*/")
    page.locator("[name=states_no_consent]").check()
    page.get_by_text(re.compile("What .*the letter may say")).click()
    page.get_by_role("button", name="Write the letter anew").click()
    expect(page.get_by_text("Nothing is missing.")).to_be_visible()
    look(page, shot, "06-compose")
    page.get_by_role("button", name="Send by mail").click()
    wait_until(page, lambda: "by law" in page.locator("main").inner_text())
    expect(page.locator("main")).to_contain_text("48 hours by law")
    look(page, shot, "06-sent")
    (mail,) = [mail for mail in stack.demo.mails() if any("photopost" in to for to in mail.recipients)]
    message = stack.demo.received(mail)
    assert found["ref"] not in str(message)
    assert "Ines" not in str(message)
    assert stack.demo.url("photopost", "/p/one") in message.get_content()


def test_06b_a_notice_by_web_form_keeps_its_ticket(stack, at_work, found, shot):
    page = at_work
    page.goto(f"{stack.staff}/cases/{found['ref']}/notices/new")
    page.get_by_role("link", name=re.compile("Steady")).first.click()
    page.locator("input[name=links]").first.check()
    page.locator("input[name=route][value=policy]").check()
    page.get_by_role("button", name="Write the letter").click()
    page.wait_for_url("**/notices/*-*/")
    page.get_by_label("Ticket number").fill("ST-771204")
    page.get_by_label("Time you sent it").fill(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="I have sent it").click()
    expect(page.locator("main")).to_contain_text("ST-771204")
    look(page, shot, "06-form-sent")


def test_07_looks_find_what_is_gone_what_is_up_and_what_cannot_be_told(stack, at_work, her_phone, found, shot):
    stack.demo.set("photopost", "/p/one", "not_found")
    page = at_work
    page.goto(f"{stack.staff}/cases/{found['ref']}/links")

    def told() -> bool:
        text = page.locator("main").inner_text().lower()
        return "down, watching" in text and "still up" in text and "cannot tell" in text

    wait_until(page, told)
    look(page, shot, "07-links")
    her_phone.goto(f"{stack.portal}/s")
    expect(her_phone.locator("main")).to_contain_text("1 of 3")
    shot(her_phone, "07-status")


def test_07b_a_link_that_comes_back_raises_a_task(stack, at_work, found, shot):
    stack.demo.set("photopost", "/p/one", "up")
    page = at_work
    page.goto(f"{stack.staff}/today")
    wait_until(page, lambda: "came back" in page.locator("main").inner_text().lower())
    look(page, shot, "07-today-back")


def test_07c_a_clock_that_passed_is_late_on_today_and_one_reminder_goes_out(stack, at_work, found, shot):
    past = datetime.now(UTC) - timedelta(hours=6)
    last = "select id from takedowns_noticeclock where state = 'running' order by started_at desc limit 1"
    stack.sql(f"update takedowns_noticeclock set due_at = %s where id = ({last})", past)
    page = at_work
    page.goto(f"{stack.staff}/today")
    wait_until(page, lambda: "Past the limit" in page.locator("main").inner_text())
    look(page, shot, "07-today-late")

    def reminders() -> list[Any]:
        mine = [mail for mail in stack.demo.mails() if "amira@casework.example" in mail.recipients]
        return [mail for mail in mine if "time passed" in mail.subject]

    wait_until(page, lambda: bool(reminders()))
    page.wait_for_timeout(3000)  # a second one would come with the next sweeps
    (mail,) = reminders()
    assert found["ref"] in str(stack.demo.received(mail)["Subject"])


def test_08_a_bundle_is_built_shared_and_checked_by_a_lawyer(stack, at_work, browser, found, shot, tmp_path):
    page = at_work
    page.goto(f"{stack.staff}/cases/{found['ref']}/bundle")
    look(page, shot, "08-bundles")
    page.locator("a.kind[href$='reader=lawyer']").click()
    page.locator("[name=recipient]").fill("Berger & Partners")
    page.locator("[name=purpose]").fill("Civil claim")
    for box in page.locator("input[name=included]").all():
        box.check()
    look(page, shot, "08-bundle-form")
    page.get_by_role("button", name="See what goes in").click()
    expect(page.get_by_role("heading", name="The cover will say")).to_be_visible()
    look(page, shot, "08-bundle-preview")
    page.get_by_role("button", name="Build bundle").click()
    page.wait_for_url("**/bundle/*-*/")
    wait_until(page, lambda: page.get_by_role("button", name="Make a link").count() > 0, seconds=60)
    look(page, shot, "08-bundle")
    page.locator("[name=recipient]").fill("Ms Berger")
    page.locator("[name=purpose]").fill("Civil claim")
    page.get_by_role("button", name="Make a link").click()
    still_me(page)
    link, code = page.locator("#link").inner_text().strip(), page.locator("#secret").inner_text().strip()
    look(page, shot, "08-share-made")

    office = browser.new_context(accept_downloads=True)
    office.set_default_timeout(PATIENCE)
    lawyer = office.new_page()
    lawyer.goto(link)
    lawyer.get_by_label("Your opening code").fill("AAAAAAAAAA")
    lawyer.get_by_role("button", name="Open").click()
    expect(lawyer.get_by_role("alert").first).to_be_visible()
    lawyer.get_by_label("Your opening code").fill(code)
    lawyer.get_by_role("button", name="Open").click()
    lawyer.wait_for_url("**/share/open")
    assert link.rsplit("/", 1)[1] not in lawyer.url
    look(lawyer, shot, "08-share")
    with lawyer.expect_download() as waiting:
        lawyer.get_by_role("button", name=re.compile("Download.*whole packet")).click()
    archive = tmp_path / "packet.zip"
    waiting.value.save_as(archive)
    check_bag(archive, tmp_path / "bag", lawyer.content())
    office.close()

    page.goto(f"{stack.staff}/cases/{found['ref']}/timeline")
    expect(page.locator("main")).to_contain_text("ownloaded")
    look(page, shot, "08-timeline")


def test_08b_the_same_bundle_is_built_on_the_command_line(stack, found, tmp_path):
    stack.manage("bundle", found["ref"], "--to", str(tmp_path))
    assert list(tmp_path.rglob("manifest-sha256.txt")) or list(tmp_path.rglob("*.zip"))


def test_09_the_record_verifies_and_a_forged_row_is_found(stack):
    stack.manage("verify_record")
    stack.sql("alter table cases_event disable trigger event_no_change")
    stack.sql("update cases_event set kind = 'cases.forged' where seq = 3")
    stack.sql("alter table cases_event enable trigger event_no_change")
    with pytest.raises(AssertionError, match="3"):
        stack.manage("verify_record")


def test_10_leaving_and_coming_back_by_code_and_pin(stack, her_phone, found, shot):
    page = her_phone
    page.goto(f"{stack.portal}/s")
    page.get_by_role("link", name=re.compile("Leave this page")).last.click()
    assert page.url.startswith(stack.demo.url("steady", "/"))
    page.goto(f"{stack.portal}/s")
    assert page.url == f"{stack.portal}/"
    boxes = page.locator("form input:not([type=hidden])")
    boxes.nth(0).fill(found["code"])
    boxes.nth(1).fill("482918")
    go_on(page, "Continue")
    expect(page.locator("main")).to_contain_text("do not match")
    shot(page, "10-door")
    page.locator("form input:not([type=hidden])").nth(0).fill(found["code"])
    page.locator("form input:not([type=hidden])").nth(1).fill("482917")
    go_on(page, "Continue")
    assert page.url == f"{stack.portal}/s"


def test_11_no_page_on_the_way_had_a_serious_problem_or_was_wider_than_a_phone():
    assert not PROBLEMS, "\n".join(PROBLEMS)
