"""What is read from a file is told in plain words; what tells of a person or a place never leaves."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from evidence import sandbox
from evidence.models import DerivativeState
from evidence.probes.reading import facts_for_packet, files_for_bundle, newest, read
from tests.evidence.probing import lines, probed, rows
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case
from tests.factories.evidence import paper
from tests.factories.media import PLACE, SERIAL, clip, signed_photo, tagged_photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _set(folders: None, settings: Any) -> None:
    settings.PROBES = tuple(
        f"evidence.probes.{name}.read" for name in ("file_data", "media_data", "pages", "credentials")
    )


def test_a_film_a_paper_and_a_signed_photo_are_told_in_plain_words() -> None:
    case = make_case()
    _, film = probed(clip(), name="a.mp4", case=case)
    _, sheet = probed(paper(), name="a.pdf", case=case)
    _, signed = probed(signed_photo()[0], name="b.jpg", case=case)
    assert lines(case, film)["Length"] == "0:02"
    assert lines(case, film)["Film"] == "320 × 240, h264"
    assert lines(case, sheet)["Pages"] == "1 page"
    told = lines(case, signed)
    assert told["Content credentials"] == "Present"
    assert told["Credentials hold"].startswith("Yes")
    assert told["Signer is trusted"].startswith("Not known")
    assert lines(case, sheet)["Content credentials"] == "None. That means nothing: most files have none."


def test_places_numbers_and_names_stay_here() -> None:
    case = make_case()
    _, photo = probed(tagged_photo(), name="a.jpg", case=case)
    _, film = probed(clip(), name="a.mp4", case=case)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        kept = dict(read(newest(photo), photo).kept_here)
        told = str([facts_for_packet(photo), facts_for_packet(film)])
    leaving = b"".join(data for one in (photo, film) for _, data in files_for_bundle(one, by=actor))
    assert SERIAL in kept.values()
    assert "Amira Karim" in kept.values()
    assert any("52 deg" in value for value in kept.values())
    for secret in (SERIAL, "Amira", "52 deg", *PLACE, "GPS", "52.52", "Holiday"):
        assert secret not in told
        assert secret.encode() not in leaving
    assert b"Acme" in leaving
    assert b'"left_out":' in leaving


def test_files_of_a_bundle_name_the_whole_result_and_say_how_much_is_left_out() -> None:
    case, exhibit = probed(tagged_photo(), name="a.jpg")
    found = dict(files_for_bundle(exhibit, by=Actor.user(case.owner)))
    assert set(found) == {"exiftool.json", "media.json", "c2pa.json"}
    record = json.loads(found["exiftool.json"])
    assert record["exhibit_sha256"] == exhibit.sha256
    assert record["whole_sha256"] == rows(case, exhibit)["file_data"].sha256
    assert record["left_out"] >= 8
    assert record["read"]["ExifIFD:DateTimeOriginal"] == "2026:05:01 10:20:30"


@pytest.mark.parametrize(
    "tag",
    [
        "-UserComment=call 52.5200, +13.4050",
        "-XMP-dc:Creator=Amira",
        "-IPTC:City=Berlin",
        "-XMP:CreatorTool=a@b.example",
        "-IPTC:Sub-location=Mill Lane 4",
        "-XMP-photoshop:State=Saxony",
        "-OwnerName=Amira",
        "-LensSerialNumber=99-1234",
        "-ImageUniqueID=0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
        "-Comment=meet at Mill Lane",
        "-XMP-xmp:Label=Amira",
        "-Software=at +52.5200+013.4050/",
    ],
)
def test_no_tag_that_tells_of_a_person_or_a_place_leaves(tag: str) -> None:
    case, exhibit = probed(tagged_photo("-Make=Acme", tag), name="a.jpg")
    leaving = b"".join(data for _, data in files_for_bundle(exhibit, by=Actor.user(case.owner))).decode()
    value = tag.partition("=")[2]
    assert value not in leaving
    assert "Acme" in leaving


def test_the_page_of_an_exhibit_tells_what_was_read_with_its_caution() -> None:
    case, exhibit = probed(tagged_photo(), name="a.png")
    browser: Client = signed_in(case.owner)
    page = browser.get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk])).content.decode()
    for words in ("Read from the file", "A claim by whoever last wrote the file", "Acme Phone 9", SERIAL):
        assert words in page
    assert "Left out of bundles by default" in page
    assert "of another kind than its name" in page
    assert page.index("Left out of bundles") < page.index(SERIAL)
    assert page.index("<details", page.index("Read from the file")) < page.index(SERIAL), "behind a press"


def test_tags_that_try_to_be_markup_are_shown_as_text() -> None:
    case, exhibit = probed(
        tagged_photo("-Software=<script>alert(1)</script>{{7*7}}", "-Artist=\u202eevil"), name="a.jpg"
    )
    page = signed_in(case.owner).get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page
    assert "\u202e" not in page


def test_a_bomb_of_tags_is_bounded() -> None:
    bomb = tagged_photo("-Comment=" + "x" * 60_000, *[f"-XMP-dc:Subject+=word{n}{'y' * 200}" for n in range(400)])
    case, exhibit = probed(bomb, name="a.jpg")
    row = rows(case, exhibit)["file_data"]
    assert row.state == DerivativeState.MADE
    assert row.size < 200_000
    assert len(json.dumps(row.facts)) < 20_000


def test_a_large_film_is_read_from_its_two_ends_and_that_is_said(monkeypatch: Any) -> None:
    monkeypatch.setattr(sandbox, "WHOLE_BYTES", 20_000)
    monkeypatch.setattr(sandbox, "HEAD_BYTES", 15_000)
    monkeypatch.setattr(sandbox, "TAIL_BYTES", 5_000)
    monkeypatch.setattr("evidence.probes.credentials.WHOLE_BYTES", 20_000)
    case, exhibit = probed(clip(), name="a.mp4")
    found = rows(case, exhibit)
    assert found["media_data"].facts["ends_only"] is True
    assert found["credentials"].facts["reason"] == "too_large", "of two ends nothing can be said about a seal"
    with acting_as(Actor.user(case.owner)):
        told = read(newest(exhibit), exhibit)
    assert any("only the beginning and the end" in line for line in told.not_read)


def test_a_list_of_trusted_signers_that_is_not_there_is_no_list(settings: Any, tmp_path: Path) -> None:
    settings.C2PA_TRUST = tmp_path / "nowhere.pem"
    case, exhibit = probed(signed_photo()[0], name="b.jpg")
    assert lines(case, exhibit)["Signer is trusted"].startswith("Not known")


def test_a_signer_on_the_list_is_trusted_and_another_is_not(settings: Any, tmp_path: Path) -> None:
    data, root = signed_photo()
    settings.C2PA_TRUST = tmp_path / "list.pem"
    settings.C2PA_TRUST.write_text(root)
    case, exhibit = probed(data, name="b.jpg")
    assert lines(case, exhibit)["Signer is trusted"].startswith("Yes")
