"""Decoders inside the sandbox: four picture formats, films that point nowhere, papers, credentials; bombs refused."""

import io
import json
import struct
import subprocess
import zlib

import pytest
from PIL import Image

from evidence import sandbox
from evidence.sandbox import MEGABYTE, Ended, Outcome, Source
from tests.factories.evidence import paper
from tests.factories.media import clip, photo, signed_photo


def ask(module: str, data: bytes, **arguments) -> Outcome:
    """Put one question to a decoder of ours."""
    words = {"forks": True, "seconds": 60, "output_limit": 64 * MEGABYTE} if module == "film" else {}
    return sandbox.python(module, arguments, source=Source.of(data), **words)


def shown(data: bytes, **arguments) -> Image.Image:
    """Make a preview and open it here: it is a picture of our own making."""
    done = ask("picture", data, verb="preview", **arguments)
    assert done.ended == Ended.WELL, done.err
    return Image.open(io.BytesIO(done.out))


def huge_png(side: int) -> bytes:
    """Make a picture of a few hundred bytes that says of itself that it is enormous."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_four_formats_are_decoded(kind):
    data = photo((120, 80), kind=kind)
    told = ask("picture", data, verb="facts").json()
    assert (told["format"], told["width"], told["height"], told["frames"]) == (kind, 120, 80, 1)
    assert shown(data, side=60).size == (60, 40)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "PCX", "TGA"])
def test_no_other_format_is(kind):
    assert ask("picture", photo(kind=kind), verb="facts").refusal == "unknown_format"
    assert ask("picture", photo(kind=kind), verb="preview").refusal == "unknown_format"


@pytest.mark.parametrize("side", [6_400, 12_000, 20_000, 60_000])
def test_a_picture_of_more_than_40_million_points_is_refused_before_it_is_decoded(side):
    for verb in ("facts", "preview"):
        assert ask("picture", huge_png(side), verb=verb).refusal == "too_many_pixels"


def test_a_ribbon_of_few_points_and_endless_length_is_refused():
    head = struct.pack(">IIBBBBB", 40_000, 10, 8, 2, 0, 0, 0)
    data = huge_png(10).replace(struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0), head)
    data = data[:29] + struct.pack(">I", zlib.crc32(b"IHDR" + head)) + data[33:]
    assert ask("picture", data, verb="facts").refusal == "too_many_pixels"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photo_is_shown_upright(orientation):
    image = shown(photo((120, 80), orientation=orientation), side=120).convert("RGB")
    assert image.size == ((120, 80) if orientation in (1, 3) else (80, 120))
    width, height = image.size
    red = {1: (5, height // 2), 3: (width - 5, height // 2), 6: (width // 2, 5), 8: (width // 2, height - 5)}
    assert image.getpixel(red[orientation])[0] > 200
    assert image.getexif().get(0x0112, 1) == 1


def test_a_preview_holds_nothing_of_the_old_file():
    marked = photo()[:-2] + b"\xff\xfe\x00\x12secret-words-here"[:20] + b"\xff\xd9<script>alert(1)</script>PK\x03\x04"
    out = ask("picture", marked, verb="preview", side=64).out
    for mark in (b"secret", b"<script", b"PK\x03\x04", b"Exif"):
        assert mark not in out


def test_grey_and_blur_leave_neither_colour_nor_shape():
    plain, hidden = shown(photo((800, 600)), side=400), shown(photo((800, 600)), side=400, grey=True, blur=True)
    assert plain.mode == "RGB"
    assert (hidden.mode, hidden.size) == ("L", (400, 300))
    chess = Image.new("L", (800, 600))
    chess.putdata([255 * ((x // 8 + y // 8) % 2) for y in range(600) for x in range(800)])
    held = io.BytesIO()
    chess.save(held, "PNG")
    low, high = shown(held.getvalue(), side=400, grey=True, blur=True).getextrema()
    assert high - low < 40, "a pattern of 8 points is gone"


def test_a_clear_ground_becomes_white():
    held = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(held, "PNG")
    assert shown(held.getvalue(), side=20).convert("RGB").getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "L", "P", "CMYK", "I;16", "LA", "1"])
def test_every_colour_mode_ends_as_a_jpeg(kind):
    image = Image.new("RGB" if kind == "PNG" else "I;16" if kind == "I;16" else "RGB", (30, 20))
    if kind not in ("PNG", "I;16"):
        image = image.convert(kind)
    held = io.BytesIO()
    image.save(held, "JPEG" if kind == "CMYK" else "PNG")
    assert shown(held.getvalue(), side=30).size == (30, 20)


def test_the_first_of_several_pictures_is_taken():
    held = io.BytesIO()
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue", "lime")]
    frames[0].save(held, "GIF", save_all=True, append_images=frames[1:])
    assert ask("picture", held.getvalue(), verb="facts").json()["frames"] == 3
    assert shown(held.getvalue(), side=30).convert("RGB").getpixel((10, 10))[0] > 200


def test_what_is_cut_or_changed_is_refused_and_never_an_error_of_ours():
    ends = set()
    for data in (photo((300, 200)), photo((300, 200), kind="PNG"), photo((300, 200), kind="WEBP")):
        for at in range(20, len(data), max(1, len(data) // 7)):
            broken = bytearray(data[:-at] if at % 2 else data)
            broken[min(at, len(broken) - 1)] ^= 0xFF
            done = ask("picture", bytes(broken), verb="preview", side=64)
            ends.add(done.refusal or done.ended.value)
    assert ends <= {"well", "damaged", "unknown_format", "too_many_pixels"}


def test_previews_of_the_same_bytes_are_the_same():
    assert ask("picture", photo(), verb="preview").out == ask("picture", photo(), verb="preview").out


def test_a_film_is_told_with_length_size_and_sound():
    told = ask("film", clip(), verb="facts").json()
    assert told["seconds"] == pytest.approx(2, abs=0.2)
    assert [stream["codec_type"] for stream in told["streams"]] == ["video", "audio"]
    assert (told["streams"][0]["width"], told["streams"][0]["height"]) == (320, 240)
    assert ask("film", clip(container="webm"), verb="facts").json()["container"] == "matroska,webm"


def test_stills_are_new_jpegs_at_the_wanted_times():
    done = ask("film", clip(), verb="stills", times=[0, 1.2, 99], side=160)
    pictures = [Image.open(io.BytesIO(part)) for part in done.parts()]
    assert [picture.size for picture in pictures] == [(160, 120), (160, 120)], "past the end there is none"
    assert done.parts()[0] != done.parts()[1]


def test_key_frames_come_in_order_and_are_bounded():
    assert len(ask("film", clip(), verb="key_frames", limit=9, side=64).parts()) == 2, "one each second"
    assert len(ask("film", clip(), verb="key_frames", limit=1, side=64).parts()) == 1


def test_a_clip_is_mute_small_and_holds_no_tag_of_the_old_one():
    out = ask("film", clip(size="640x480"), verb="clip", seconds=1, grey=True, blur=True).out
    told = ask("film", out, verb="facts").json()
    assert [stream["codec_type"] for stream in told["streams"]] == ["video"]
    assert (told["streams"][0]["width"], told["streams"][0]["codec_name"]) == (320, "h264")
    assert "Baseline" in told["streams"][0]["profile"]
    assert told["seconds"] <= 1.3
    assert b"Holiday" not in out
    assert "location" not in json.dumps(told)


LIST_OF_PARTS = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n%s\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "data",
    [
        LIST_OF_PARTS % b"file:///etc/passwd",
        LIST_OF_PARTS % b"http://127.0.0.1:1/x.ts",
        b"ffconcat version 1.0\nfile /etc/passwd\nduration 1\n",
        b"ffconcat version 1.0\nfile 'http://127.0.0.1:1/x'\n",
        b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>file:///etc/</BaseURL></MPD>",
        b"RIFF\x24\0\0\0AVI LIST" + LIST_OF_PARTS % b"file:///etc/passwd",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
    ],
)
@pytest.mark.parametrize("verb", ["facts", "stills", "clip"])
def test_lists_that_point_elsewhere_are_refused(data, verb):
    done = ask("film", data, verb=verb, times=[0], seconds=1)
    assert b"root:" not in done.out
    assert done.ended == Ended.FAILED or done.out == b"", "stills of nothing are none"


def test_lists_are_refused_by_name_before_anything_they_name_is_opened():
    for data in (LIST_OF_PARTS % b"/usr/bin/env", b"ffconcat version 1.0\nfile /usr/bin/env\nduration 1\n"):
        assert "not on whitelist" in ask("film", data, verb="facts").err


def test_an_avi_that_holds_a_list_in_its_subtitles_gives_nothing_of_a_file():
    """GAB2 subtitles may be of any format that ffmpeg knows: a list of parts among them."""
    text = LIST_OF_PARTS % b"file:///etc/passwd"
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, 0) + struct.pack("<HI", 4, len(text)) + text
    head = b"avih" + struct.pack("<I", 56) + struct.pack("<14I", 40000, 0, 0, 16, 1, 0, 1, 0, 64, 64, 0, 0, 0, 0)
    stream = b"strh" + struct.pack("<I", 56) + b"txts" + bytes(52)
    form = b"strf" + struct.pack("<I", 0)
    tracks = b"LIST" + struct.pack("<I", 4 + len(stream) + len(form)) + b"strl" + stream + form
    header = b"LIST" + struct.pack("<I", 4 + len(head) + len(tracks)) + b"hdrl" + head + tracks
    body = b"00tx" + struct.pack("<I", len(gab2)) + gab2 + b"\0" * (len(gab2) % 2)
    movie = b"LIST" + struct.pack("<I", 4 + len(body)) + b"movi" + body
    data = b"RIFF" + struct.pack("<I", 4 + len(header) + len(movie)) + b"AVI " + header + movie
    for verb in ("facts", "stills", "clip"):
        assert b"root:" not in ask("film", data, verb=verb, times=[0], seconds=1).out


def test_changed_films_end_well_or_are_refused_and_never_hang():
    data = clip()
    ends = set()
    for number in range(12):
        broken = bytearray(data)
        for step in range(40):
            broken[(number * 7919 + step * 104729) % len(broken)] ^= 0xA5
        done = ask("film", bytes(broken), verb="facts" if number % 3 else "stills", times=[0, 1])
        ends.add(done.refusal or done.ended.value)
    assert ends <= {"well", "damaged", "too_costly"}


def test_a_film_that_says_it_is_enormous_costs_no_memory():
    data = clip()
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    broken = data[:at] + struct.pack(">HH", 65535, 65535) + data[at + 4 :]
    done = ask("film", broken, verb="stills", times=[0], side=64)
    assert done.ended in (Ended.WELL, Ended.FAILED)


def test_pages_are_counted_and_scripts_are_told():
    told = ask("papers", paper(), verb="facts").json()
    assert (told["pages"], told["scripts"], told["files"], told["locked"]) == (1, False, 0, False)
    with_script = paper().replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>"
    )
    assert ask("papers", with_script, verb="facts").json()["scripts"] is True


def test_a_locked_paper_and_a_torn_one_say_so(tmp_path):
    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(paper())
    subprocess.run(["qpdf", "--encrypt", "secret", "secret", "256", "--", plain, locked], check=True)
    assert ask("papers", locked.read_bytes(), verb="facts").refusal == "locked"
    assert ask("papers", b"%PDF-1.7\n" + bytes(400), verb="facts").refusal == "damaged"


def test_credentials_are_present_valid_and_trusted_each_for_itself(tmp_path):
    data, root = signed_photo()
    listed = tmp_path / "list.pem"
    listed.write_text(root)

    def read(given: bytes, *, with_list: bool = False) -> dict:
        anchors = f"{sandbox.INSIDE}/{listed.name}" if with_list else ""
        done = sandbox.python(
            "credentials",
            {"media_type": "image/jpeg", "anchors": anchors},
            source=Source.of(given),
            beside=[listed] if with_list else [],
        )
        return done.json()

    unknown, known = read(data), read(data, with_list=True)
    assert (unknown["present"], unknown["valid"], unknown["trusted"], unknown["list"]) == (True, True, False, False)
    assert (known["valid"], known["trusted"], known["list"]) == (True, True, True)
    changed = bytearray(data)
    changed[-40] ^= 1
    broken = read(bytes(changed))
    assert (broken["present"], broken["valid"], broken["trusted"]) == (True, False, False)
    assert broken["codes"] == ["assertion.dataHash.mismatch"]
    assert read(photo()) == {"present": False}
    assert unknown["said"]["issuer"] == "Acme Camera"


def test_an_unknown_decoder_and_an_unknown_question_are_refused():
    assert sandbox.python("../picture", {"verb": "facts"}, source=Source.of(photo())).ended == Ended.FAILED
    assert ask("picture", photo(), verb="open_door").refusal == "unknown_verb"
