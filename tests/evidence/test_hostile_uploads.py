"""Uploads that mean harm: refused or held as they are, never an error of ours, never more memory than others."""

import io
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.http import TOKEN_FIELD, new_form_token
from cases.models import Case, Event
from evidence.events import EvidenceEvent
from evidence.models import Exhibit
from tests.evidence.test_kinds import film, jpeg, png
from tests.evidence.test_upload_page import send
from tests.factories.archives import chat_export, listing_of, overlapping, packed, with_link
from tests.factories.evidence import paper, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def held(case: Case) -> list[Exhibit]:
    with acting_as(Actor.user(case.owner)):
        rows = list(Exhibit.objects.filter(case=case).for_rows())
        for row in rows:
            row.opened()
        return rows


def refused(case: Case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        return [event.body["reason"] for event in Event.objects.filter(case=case, kind=EvidenceEvent.FILE_REFUSED)]


def left(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]


REFUSED = {
    "a bomb of 300 MB": packed({"chat.txt": bytes(30_000_000)}),
    "an archive in an archive": packed({"chat.txt": b"x", "a.zip": chat_export()}),
    "a name that leads out": packed({"chat.txt": b"x", "../../etc/x": b"x"}),
    "a link": with_link(),
    "seventy thousand files": listing_of(70_000),
    "files over each other": overlapping(),
    "a program": b"MZ\x90\0" + bytes(900),
    "a program for Linux": b"\x7fELF" + bytes(900),
    "a disk image": bytes(40_000),
    "an old Office file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9000),
    "nothing": b"",
}

HELD = {
    "pixels 12000": (png(12_000, 12_000), "pixels"),
    "pixels 20000": (jpeg(20_000, 20_000), "pixels"),
    "pixels 60000": (png(60_000, 60_000), "pixels"),
    "gif and zip": (b"GIF89a" + struct.pack("<HH", 9, 9) + bytes(99) + chat_export(), "archive"),
    "gif and script": (b"GIF89a" + struct.pack("<HH", 9, 9) + b"/*" + bytes(9) + b"<script>x()</script>", "script"),
    "jpeg and page": (jpeg(9, 9) + b"<html><body onload=x()>", "page"),
    "film and page": (film(b"isom", b"mp42") + b"<html>", "page"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>", "page"),
    "page": (b"<!doctype html><script>x()</script>", "page"),
    "page in UTF-16": ("<html><script>x()</script>".encode("utf-16"), "page"),
    "entities": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>', "page"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_safe_is_refused_in_words_and_recorded(
    case: Case, browser: Client, tmp_path: Path, what: str
) -> None:
    answer = send(browser, case, (f"{what}.png", REFUSED[what]))
    assert answer.status_code == 422
    assert held(case) == []
    assert refused(case) == ["kind"]
    assert left(tmp_path) == []


@pytest.mark.parametrize("what", HELD)
def test_what_reads_as_two_things_or_is_too_large_to_open_is_held_with_a_caution(
    case: Case, browser: Client, what: str
) -> None:
    data, caution = HELD[what]
    assert send(browser, case, (f"{what}.jpg", data)).status_code == 302
    (exhibit,) = held(case)
    assert caution in exhibit.findings["cautions"]
    assert exhibit.size == len(data)
    assert exhibit.is_never_decoded == (caution == "pixels")
    page = browser.get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk]))
    assert page.status_code == 200
    assert "<script>x()" not in page.content.decode()


def test_a_pdf_that_begins_late_is_no_pdf(case: Case, browser: Client) -> None:
    assert send(browser, case, ("a.pdf", b"\0" * 1024 + paper())).status_code == 422


@pytest.mark.parametrize(
    "name",
    ["../../etc/x", "/etc/passwd", "a\0b.png", "x" * 600 + ".png", "\u202egnp.exe", "CON", "end.", "🙂.png",
     'a"b.png', "a;b.png", "{{7*7}}{% include 'x' %}.png"],
)  # fmt: skip
def test_no_name_reaches_the_disk_or_a_template(case: Case, browser: Client, tmp_path: Path, name: str) -> None:
    assert send(browser, case, (name, picture())).status_code == 302
    (exhibit,) = held(case)
    assert len(exhibit.file_name) <= 120
    stored = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert all(path.name.isalnum() for path in stored)
    text = browser.get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk])).content.decode()
    assert "49" not in exhibit.file_name
    assert text.count("Traceback") == 0


def raw(case: Case, browser: Client, body: Any, **more: Any) -> int:
    kind = more.pop("content_type", "multipart/form-data; boundary=x")
    told: dict[str, Any] = {"content_type": kind, "CONTENT_TYPE": kind, **more}
    answer: Any = browser.generic("POST", reverse("evidence:add_exhibits", args=[case.reference]), body, **told)
    return int(answer.status_code)


BROKEN_BASE64 = (
    b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--'
)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"no boundary at all", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data; name=\"chosen\"; filename=\"a.png\"\r\n\r\nabc", None),
        (b"--x\r\n" + b"A" * 70_000 + b"\r\n\r\n", None),
        (b"\xff\xfe" * 500, None),
        (b"--x--\r\n", None),
        (b"", None),
        (BROKEN_BASE64, None),
        (b"--x\r\nContent-Disposition: form-data; name*=utf-8''%ff%fe; filename*=utf-8''%ff\r\n\r\nq\r\n--x--", None),
    ],
)  # fmt: skip
def test_a_broken_body_is_answered_and_leaves_nothing(
    case: Case, browser: Client, tmp_path: Path, body: bytes, content_type: str | None
) -> None:
    more = {"content_type": content_type} if content_type else {}
    assert raw(case, browser, body, **more) in (400, 403, 413, 422)
    assert held(case) == []
    assert left(tmp_path) == []


def test_a_hundred_thousand_fields_are_refused(case: Case, browser: Client) -> None:
    one = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n'
    assert raw(case, browser, one * 100_000 + b"--x--\r\n") == 400


class Drip(io.RawIOBase):
    """A body that comes in small drops, and says nothing of its end."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def read(self, length: int = -1) -> bytes:
        piece = min(self.left, 700 if length < 0 else min(length, 700))
        self.left -= piece
        return bytes(piece)


def test_a_body_without_a_length_is_not_read(case: Case, browser: Client, tmp_path: Path) -> None:
    body = Drip(10 << 20)
    more: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": ""}
    assert raw(case, browser, b"", **more) in (400, 403, 422)
    assert body.left == 10 << 20
    assert left(tmp_path) == []


def test_a_slow_and_large_file_takes_no_more_memory_than_a_small_one(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    def drops(size: int) -> bytes:
        token = f'--x\r\nContent-Disposition: form-data; name="{TOKEN_FIELD}"\r\n\r\n{new_form_token()}\r\n'
        words = 'Content-Disposition: form-data; name="chosen"; filename="a.png"\r\n\r\n'
        return token.encode() + f"--x\r\n{words}".encode() + png(9, 9) + bytes(size) + b"\r\n--x--\r\n"

    peaks = []
    for size in (100_000, 24 << 20):
        body = drops(size)
        more: dict[str, Any] = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        tracemalloc.start()
        assert raw(case, browser, b"", **more) == 422  # without the words of the form
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (12 << 20)
    assert left(tmp_path) == []


def test_the_test_virus_is_only_a_text_where_no_scanner_is_set(case: Case, browser: Client) -> None:
    assert send(browser, case, ("eicar.txt", EICAR)).status_code == 302
    assert [row.media_type for row in held(case)] == ["text/plain"]
