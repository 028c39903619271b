"""Looking at films: stills first, moving and sound as choices of their own, our encoding only."""

import io
import json
import subprocess
from typing import Any

import pytest
from PIL import Image

from evidence import sandbox
from evidence.events import EvidenceEvent
from tests.factories.looking import Desk, is_nothing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make three seconds of a test picture with a tone, and a title among its tags."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=3"),
            *("-f", "lavfi", "-i", "sine=440:duration=3", "-c:v", "libx264", "-c:a", "aac", "-pix_fmt", "yuv420p"),
            *("-metadata", "title=SecretTitle", str(path)),
        ],
        check=True,
    )
    return path.read_bytes()


def told(data: bytes) -> dict[str, Any]:
    """Say what ffprobe finds in a clip."""
    argv = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", "pipe:0"]
    found: dict[str, Any] = json.loads(subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=True).stdout)
    return found


def test_a_film_is_six_stills_first_and_no_clip(moving: bytes) -> None:
    desk = Desk(data=moving)
    desk.grant()
    desk.hold()
    answer = desk.preview("still-soft")
    assert answer.status_code == 200
    sheet = Image.open(io.BytesIO(answer.content))
    assert sheet.height > sheet.width * 0.7, "three rows of two"
    assert is_nothing(desk.preview("clip-soft"))


def test_it_moves_mute_by_one_press_and_sounds_by_another(moving: bytes) -> None:
    desk = Desk(data=moving)
    desk.grant()
    desk.hold()
    desk.browser.post(desk.at("widen_look"), {"step": "sound"})
    assert is_nothing(desk.preview("clip-soft-sound")), "no sound before it moves"
    desk.browser.post(desk.at("widen_look"), {"step": "moving"})
    desk.hold()
    clip = desk.preview("clip-soft")
    assert clip.headers["Content-Type"] == "video/mp4"
    found = told(clip.content)
    assert [stream["codec_type"] for stream in found["streams"]] == ["video"]
    assert b"SecretTitle" not in clip.content
    assert is_nothing(desk.preview("clip-soft-sound"))
    desk.browser.post(desk.at("widen_look"), {"step": "sound"})
    desk.hold()
    loud = desk.preview("clip-soft-sound")
    assert {stream["codec_type"] for stream in told(loud.content)["streams"]} == {"video", "audio"}
    assert is_nothing(desk.preview("clip-sharp"))
    desk.browser.post(desk.at("end_look"), {"by": "hand"})
    (event,) = desk.events(EvidenceEvent.LOOK_ENDED)
    assert (event.body["moving"], event.body["sound"], event.body["tone"]) == (True, True, "soft")
    assert is_nothing(desk.preview("clip-soft"))


def test_parts_of_a_clip_fit_together(moving: bytes) -> None:
    desk = Desk(data=moving)
    desk.grant()
    desk.browser.post(desk.at("widen_look"), {"step": "moving"})
    desk.hold()
    first = desk.preview("clip-soft", Range="bytes=0-999")
    desk.hold()
    others = desk.preview("clip-soft", Range="bytes=1000-")
    assert told(first.content + others.content)["format"]["format_name"].startswith("mov")


def test_a_damaged_film_is_facts_only(moving: bytes) -> None:
    desk = Desk(data=moving[:3000] + bytes(3000))
    desk.grant()
    desk.hold()
    assert is_nothing(desk.preview("still-soft"))


def test_nothing_is_shown_without_the_mark(moving: bytes) -> None:
    plain = {"verb": "stills", "tone": "colour", "mark": ""}
    marked = {**plain, "mark": "7F3A-21BC · C-2047 · 22 Nov 2026 13:40 UTC"}
    one, other = (
        sandbox.python("preview", words, source=sandbox.Source.of(moving), seconds=60, forks=True)
        for words in (plain, marked)
    )
    first, second = (Image.open(io.BytesIO(outcome.out)).convert("L") for outcome in (one, other))
    changed = sum(1 for a, b in zip(first.tobytes(), second.tobytes(), strict=True) if abs(a - b) > 6)
    assert changed > 0.01 * first.width * first.height
