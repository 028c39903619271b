"""Mails as files: head, the way they came, words, attachments by hash; .msg as well; zips in bounds."""

import hashlib
import io
import struct
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.sandbox_tools import Refused, transcript
from evidence.sandbox_tools.chats import archive, mail
from tests.factories.outlook import message_file

HEAD = (
    "Received: from mx.example (mx.example [192.0.2.1]) by inbox.example with ESMTPS id 2;"
    " Sun, 31 Dec 2023 21:05:00 +0100\r\n"
    "Received: from phone.example by mx.example with SMTP;\r\n\tSun, 31 Dec 2023 20:04:59 +0000 (UTC)\r\n"
    "Authentication-Results: inbox.example; spf=pass smtp.mailfrom=b@x.example; dkim=fail\r\n"
    "From: =?utf-8?B?QsOpbg==?= <b@x.example>\r\nTo: m@y.example\r\nSubject: =?iso-8859-1?Q?F=FCr_dich?=\r\n"
    "Date: Sun, 31 Dec 2023 21:04:05 +0100\r\nMessage-ID: <1@x.example>\r\n"
)


def with_body(body: str, kind: str = "text/plain; charset=utf-8") -> bytes:
    return (HEAD + f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}").encode()


def test_the_head_is_read_in_order_and_the_way_from_its_beginning():
    made = transcript.of_bytes(with_body("Pay.\r\nNow."))
    assert (made.format, made.title, made.zone) == ("mail", "Für dich", "+01:00")
    (line,) = made.lines
    assert (line.who, line.text) == ("Bén <b@x.example>", "Pay.\nNow.")
    assert line.at == "2023-12-31T21:04:05+01:00"
    first, second = made.mail["way"]
    assert (first["from"], first["by"], first["at"]) == ("phone.example", "mx.example", "2023-12-31T20:04:59+00:00")
    assert (second["from"], second["by"], second["n"]) == ("mx.example", "inbox.example", "2")
    assert [one["name"] for one in made.mail["claims"]] == ["Authentication-Results"]
    assert [one["name"] for one in made.mail["headers"]][:4] == [
        "Received",
        "Received",
        "Authentication-Results",
        "From",
    ]
    assert made.mail["named"]["message-id"] == "<1@x.example>"


def test_attachments_are_named_with_their_hash_and_never_shown():
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "b@x.example", "m@y.example", "S"
    message["Date"], message["Message-ID"] = "Sun, 31 Dec 2023 21:04:05 +0000", "<2@x.example>"
    message.set_content("plain words")
    message.add_alternative("<p>rich words</p>", subtype="html")
    message.add_attachment(b"\xff\xd8\xffsecret", maintype="image", subtype="jpeg", filename="bild ü.jpg")
    made = transcript.of_bytes(message.as_bytes())
    assert [line.text for line in made.lines] == ["plain words"]
    (file,) = made.files
    assert file["name"] == "bild ü.jpg"
    assert file["sha256"] == hashlib.sha256(b"\xff\xd8\xffsecret").hexdigest()
    assert "secret" not in str(made)


def test_a_mail_of_html_alone_is_told_in_words_without_its_scripts():
    made = transcript.of_bytes(with_body("<style>x{}</style><p>Pay <b>now</b></p><script>bad()</script>", "text/html"))
    assert made.lines[0].text.split() == ["Pay", "now"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain; charset=nonsense", "wörds"),
        ("text/plain; charset=utf-8", "\udc80"),
        ("multipart/mixed", "no parts"),
    ],
)
def test_broken_bodies_are_told_as_far_as_they_go(kind, body):
    made = transcript.of_bytes(
        (HEAD + f"Content-Type: {kind}\r\n\r\n").encode() + body.encode("utf-8", "surrogateescape")
    )
    assert made.lines


@pytest.mark.parametrize("text", ["From: a\r\n\r\nx", "A: b\r\nC: d\r\nE: f\r\n\r\nx", "Hello: you\nand me"])
def test_three_colons_make_no_mail(text):
    assert not mail.is_mail(text.encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_mail_breaks_the_reader(data):
    made = transcript.of_bytes(HEAD.encode() + data)
    assert made.lines or made.files
    assert made.mail["headers"]


def test_outlooks_message_is_read_with_its_head_and_attachments(tmp_path):
    path = tmp_path / "m.msg"
    path.write_bytes(message_file(subject="Für dich", body="Zahl!", head=HEAD, files={"a.jpg": b"bytes"}))
    made = transcript.read(str(path), is_whole=True)
    assert (made.format, made.title) == ("outlook_msg", "Für dich")
    assert made.lines[0].text == "Zahl!"
    assert [hop["by"] for hop in made.mail["way"]] == ["mx.example", "inbox.example"]
    assert made.files == [{"name": "a.jpg", "type": "", "size": 5, "sha256": hashlib.sha256(b"bytes").hexdigest()}]


def test_outlooks_message_without_a_head_is_told_by_its_fields(tmp_path):
    path = tmp_path / "m.msg"
    path.write_bytes(message_file(subject="S", body="", head="", files={}))
    made = transcript.read(str(path), is_whole=True)
    assert made.lines[0].kind == "unread"
    assert "body_not_read" in made.cautions
    assert made.mail["fields"]["subject"] == "S"


@pytest.mark.parametrize("cut", [20, 600, 1500])
def test_a_broken_container_is_refused(tmp_path, cut):
    path = tmp_path / "m.msg"
    path.write_bytes(message_file(subject="S", body="B", head="", files={})[:cut])
    with pytest.raises(Refused, match=r"damaged|no_chat"):
        transcript.read(str(path), is_whole=True)


CHAT = "31.12.23, 21:04 - Mara: Hallo\n31.12.23, 21:05 - Ben: IMG-1.jpg (Datei angehängt)\n"


def zipped(tmp_path, members: dict[str, bytes], **more) -> str:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **more) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return str(path)


def test_a_zip_gives_its_chat_and_names_its_media_by_hash(tmp_path):
    path = zipped(tmp_path, {"IMG-1.jpg": b"\xff\xd8pic", "WhatsApp Chat mit Mara.txt": CHAT.encode()})
    made = transcript.read(path, is_whole=True)
    assert [line.who for line in made.lines] == ["Mara", "Ben"]
    assert made.lines[0].place == "WhatsApp Chat mit Mara.txt:1"
    assert {"name": "IMG-1.jpg", "size": 5, "sha256": hashlib.sha256(b"\xff\xd8pic").hexdigest()} in made.files


def test_a_conversation_in_several_files_becomes_one(tmp_path):
    import json

    def part(ms: int, text: str) -> bytes:
        one = {"sender_name": "A", "timestamp_ms": ms, "content": text}
        return json.dumps({"participants": [], "title": "T", "messages": [one]}).encode()

    members = {"i/message_1.json": part(1704053046000, "late"), "i/message_2.json": part(1704053045000, "early")}
    made = transcript.read(zipped(tmp_path, members), is_whole=True)
    assert [line.text for line in made.lines] == ["early", "late"]
    assert "several_chats" not in made.cautions


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({f"{n}.txt": b"x" for n in range(archive.MOST_FILES + 1)}, "too_many_files"),
        ({"_chat.txt": CHAT.encode(), "more.zip": b"PK"}, "nested"),
        ({"_chat.txt": bytes(50 << 20)}, "too_dense"),
        ({"letter.txt": b"Dear you"}, "no_chat"),
        ({}, "no_chat"),
    ],
)
def test_zips_out_of_bounds_are_refused(tmp_path, members, code):
    with pytest.raises(Refused, match=code):
        transcript.read(zipped(tmp_path, members), is_whole=True)


def test_a_zip_that_lies_about_sizes_is_refused(tmp_path):
    path = zipped(tmp_path, {"_chat.txt": CHAT.encode() * 2000})
    data = bytearray(io.FileIO(path).readall())
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 100)
    (tmp_path / "lie.zip").write_bytes(bytes(data))
    with pytest.raises(Refused, match=r"too_dense|damaged"):
        transcript.read(str(tmp_path / "lie.zip"), is_whole=True)


def test_a_locked_zip_is_refused(tmp_path):
    data = bytearray(io.FileIO(zipped(tmp_path, {"_chat.txt": CHAT.encode()})).readall())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    (tmp_path / "locked.zip").write_bytes(bytes(data))
    with pytest.raises(Refused, match="locked"):
        transcript.read(str(tmp_path / "locked.zip"), is_whole=True)


def test_a_file_of_which_only_the_ends_are_here_is_refused(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text(CHAT)
    with pytest.raises(Refused, match="too_large"):
        transcript.read(str(path), is_whole=False)
