"""Looking at media in Chromium: refused without a reason, shown only while held, covered by everything, logged."""

import io
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import PROBLEMS, look, open_case, sideways

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


def photo() -> bytes:
    """Make a photo with something in it: a face of three circles on two colours."""
    image = Image.new("RGB", (900, 700), (196, 120, 90))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 420, 900, 700), fill=(40, 90, 140))
    pen.ellipse((330, 130, 570, 430), fill=(240, 200, 170))
    pen.ellipse((390, 230, 420, 260), fill=(20, 20, 20))
    pen.ellipse((480, 230, 510, 260), fill=(20, 20, 20))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def film(folder: Path) -> bytes:
    """Make four seconds of a test picture with a tone."""
    path = folder / "film.mp4"
    argv = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=12:duration=4", "-f", "lavfi"]
    argv += ["-i", "sine=330:duration=4", "-c:v", "libx264", "-c:a", "aac", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(argv, check=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def evidence(
    stack: RunningStack,
    browser: Browser,
    desk: BrowserContext,
    robin: Page,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The page of evidence of a case with a photo, a film and a letter."""
    page = robin
    address = f"{open_case(page, stack, told='An ex shared a photo.')}evidence"
    files: list[Any] = [
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()},
        {"name": "film.mp4", "mimeType": "video/mp4", "buffer": film(tmp_path_factory.mktemp("film"))},
        {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"I will send it to your colleagues.\n"},
    ]
    plain = browser.new_context(java_script_enabled=False, storage_state=desk.storage_state())
    form = plain.new_page()
    form.goto(address)
    form.locator("form[data-upload] input[type=file]").first.set_input_files(files)
    form.locator("[name=description]").first.fill("What he sent")
    form.get_by_role("button", name="Keep files").click()
    form.wait_for_load_state()
    plain.close()
    assert stack.sql("select count(*) from evidence_exhibit") == [(3,)]
    return address


def until(page: Page, what: Callable[[], Any], *, tries: int = 100) -> None:
    """Wait until something is so, without loading the page again."""
    for _try in range(tries):
        if what():
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.locator("main").inner_text()[:1000])


def exhibits(stack: RunningStack) -> dict[str, str]:
    """Return the ids of exhibits by media type."""
    return {str(kind): str(pk) for pk, kind in stack.sql("select id, media_type from evidence_exhibit")}


class Heard:
    """What the browser was given by the media host."""

    def __init__(self, page: Page) -> None:
        self.answers: list[Response] = []
        page.on("response", lambda answer: self.answers.append(answer) if "media.localhost" in answer.url else None)

    @property
    def shown(self) -> list[Response]:
        return [answer for answer in self.answers if answer.status in (200, 206)]


def given(stack: RunningStack, address: str) -> int:
    """Ask the media host as any program could, past the browser; return its status."""
    host, _slash, path = address.removeprefix("http://").partition("/")
    asked = urllib.request.Request(f"http://127.0.0.1:{stack.port}/{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        assert b"\xff\xd8\xff" not in refused.read()
        return refused.code


def begin(page: Page, evidence: str, exhibit: str) -> None:
    """Give a reason and come to the cover of a granted look."""
    page.goto(f"{evidence}/{exhibit}/look")
    page.locator("input[name=reason][value=same]").check()
    page.get_by_role("button", name="Begin the look").click()
    page.wait_for_url("**/look/*-*/")


def test_1_a_look_without_a_reason_is_refused(stack, robin, evidence, shot):
    heard = Heard(robin)
    robin.goto(f"{evidence}/{exhibits(stack)['image/jpeg']}/look")
    look(robin, shot, "look-reason")
    robin.get_by_role("button", name="Begin the look").click()
    expect(robin.locator("main")).to_contain_text("A look without a reason does not begin")
    assert not heard.answers


def test_2_it_is_shown_only_while_it_is_held(stack, robin, evidence, shot):
    heard = Heard(robin)
    begin(robin, evidence, exhibits(stack)["image/jpeg"])
    assert "<img" not in robin.content()
    assert not heard.answers, "not a byte before something is held"
    look(robin, shot, "look-covered")
    button = robin.get_by_role("button", name="Hold to look")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    robin.mouse.move(box["x"] + 30, box["y"] + 20)
    robin.mouse.down()
    picture = robin.locator("[data-look-shown] img")
    expect(picture).to_be_visible()
    until(robin, lambda: picture.evaluate("node => node.complete && node.naturalWidth > 0"))
    assert len(heard.shown) == 1
    shot(robin, "look-held")
    robin.mouse.up()
    expect(picture).to_be_hidden()
    expect(robin.locator("[data-look-say]")).to_have_text("Covered")


def test_3_the_space_bar_holds_and_another_tab_or_escape_covers(robin):
    button = robin.get_by_role("button", name="Hold to look")
    picture = robin.locator("[data-look-shown] img")
    button.focus()
    robin.keyboard.down(" ")
    expect(picture).to_be_visible()
    robin.keyboard.press("Escape")
    expect(picture).to_be_hidden()
    robin.keyboard.up(" ")
    robin.keyboard.down(" ")
    expect(picture).to_be_visible()
    robin.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    robin.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(picture).to_be_hidden()
    robin.evaluate("delete document.hidden")
    robin.keyboard.up(" ")


def test_4_ten_seconds_by_one_press_for_who_cannot_hold(robin):
    picture = robin.locator("[data-look-shown] img")
    robin.get_by_role("button", name="Show for 10 s").click()
    expect(picture).to_be_visible()
    robin.get_by_role("button", name="Show for 10 s").click()
    expect(picture).to_be_hidden()


def test_5_blur_and_grey_go_by_a_press_each(stack, robin, shot):
    heard = Heard(robin)
    robin.get_by_role("button", name="Without blur").click()
    robin.get_by_role("button", name="In colour").click()
    expect(robin.locator("main")).to_contain_text("Now in colour.")
    button = robin.get_by_role("button", name="Hold to look")
    button.focus()
    robin.keyboard.down(" ")
    picture = robin.locator("[data-look-shown] img")
    until(robin, lambda: picture.evaluate("node => node.complete && node.naturalWidth > 0"))
    assert heard.shown[-1].url.endswith("/still-colour")
    shot(robin, "look-colour")
    assert given(stack, heard.shown[-1].url) == 200
    robin.keyboard.up(" ")
    until(robin, lambda: given(stack, heard.shown[-1].url) == 404)


def test_6_an_ended_look_gives_nothing_any_more(stack, robin, evidence):
    address = robin.locator("[data-look]").get_attribute("data-source")
    robin.get_by_role("button", name="I have seen enough").click()
    expect(robin.locator("main")).to_contain_text("Covered again")
    assert given(stack, str(address)) == 404
    ((seconds, ending),) = stack.sql("select seconds, ending from evidence_viewing")
    assert ending == "covered"
    assert isinstance(seconds, int)
    assert seconds >= 1
    robin.goto(evidence.replace("/evidence", "/timeline"))
    expect(robin.locator("main")).to_contain_text(re.compile(r"Look at RO?/?\S* ended: \d+ seconds?\. In colour\."))


def test_7_a_film_is_stills_then_moves_and_then_sounds(stack, robin, evidence, shot):
    begin(robin, evidence, exhibits(stack)["video/mp4"])
    button = robin.get_by_role("button", name="Hold to look")
    button.focus()
    robin.keyboard.down(" ")
    stills = robin.locator("[data-look-shown] img")
    until(robin, lambda: stills.count() and stills.evaluate("node => node.complete && node.naturalWidth > 0"))
    shot(robin, "look-stills")
    robin.keyboard.up(" ")
    robin.get_by_role("button", name="Let it move, mute").click()
    button = robin.get_by_role("button", name="Hold to look")
    button.focus()
    robin.keyboard.down(" ")
    clip = robin.locator("[data-look-shown] video")
    until(robin, lambda: clip.count() and clip.evaluate("node => node.currentTime > 0.3"))
    assert clip.evaluate("node => node.muted")
    shot(robin, "look-clip")
    robin.keyboard.up(" ")
    assert clip.evaluate("node => node.paused")
    expect(robin.get_by_role("button", name="With sound")).to_be_visible()


def test_8_a_page_that_is_left_ends_its_look(stack, robin, evidence):
    robin.goto(evidence)
    ended = "select count(*) from evidence_viewing where ending = 'left'"
    until(robin, lambda: stack.sql(ended) == [(1,)])


def test_9_a_break_covers_and_refuses_until_it_ends(stack, robin, evidence, desk, shot):
    photo_id = exhibits(stack)["image/jpeg"]
    begin(robin, evidence, photo_id)
    robin.get_by_role("button", name="Show for 10 s").click()
    expect(robin.locator("[data-look-shown] img")).to_be_visible()
    other = desk.new_page()
    other.goto(f"{stack.staff}/today")
    other.get_by_role("button", name="Take a break, hide media").first.click()
    expect(other.locator("main")).to_contain_text("You are on a break")
    look(other, shot, "my-day-break")
    expect(robin.locator("[data-look-shown] img")).to_have_count(0)
    robin.goto(f"{evidence}/{photo_id}/look")
    expect(robin.locator("main")).to_contain_text("Everything stays covered until you end it")
    other.get_by_role("button", name="End the break").click()
    look(other, shot, "my-day")
    other.close()


def test_a_letter_is_read_instead(stack, robin, evidence, shot):
    letter = exhibits(stack)["text/plain"]
    robin.goto(f"{evidence}/{letter}/look")
    expect(robin.locator("main")).to_contain_text("This file cannot be shown here")
    robin.get_by_role("button", name=re.compile("Read it")).click()
    expect(robin.locator(".reading")).to_contain_text("I will send it to your colleagues.")
    look(robin, shot, "look-text")


def test_b_without_script_it_is_shown_for_ten_seconds(stack, robin, evidence, browser, desk, shot):
    state = desk.storage_state()
    plain = browser.new_context(java_script_enabled=False, storage_state=state, viewport={"width": 320, "height": 800})
    plain.set_default_timeout(PATIENCE)
    page = plain.new_page()
    begin(page, evidence, exhibits(stack)["image/jpeg"])
    expect(page.get_by_role("button", name="Hold to look")).to_have_count(0)
    heard = Heard(page)
    page.get_by_role("button", name="Show for 10 s").click()
    until(page, lambda: len(heard.shown) == 1)
    shot(page, "look-timed-320")
    page.wait_for_url("**/look/*-*/", timeout=90_000)
    assert page.locator("main img").count() == 0
    plain.close()


def test_c_the_facts_page_says_how_often_and_axe_is_silent(stack, robin, evidence, shot):
    robin.goto(f"{evidence}/{exhibits(stack)['image/jpeg']}/")
    expect(robin.locator("main")).to_contain_text(re.compile(r"Looked at \d times|Looked at once"))
    look(robin, shot, "look-facts")
    robin.get_by_role("link", name="Ask to release it").click()
    expect(robin.locator("main")).to_contain_text("Release the sealed original of")
    look(robin, shot, "look-release")
    robin.goto(f"{evidence}?show=kind-video")
    expect(robin.locator(".cover")).to_have_count(1)
    look(robin, shot, "look-filters")
    assert sideways(robin) == 0
    assert not PROBLEMS, "\n".join(PROBLEMS)
