"""Telegram, Messenger, Instagram and Signal: each known form, and odd ones that must be shown, not dropped."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.sandbox_tools import Refused, transcript
from evidence.sandbox_tools.chats import meta, signal, telegram
from evidence.sandbox_tools.chats.lines import LineKind, as_json_lines, as_text

TELEGRAM = {
    "name": "Ben",
    "type": "personal_chat",
    "id": 1,
    "messages": [
        {"id": 1, "type": "message", "date": "2023-12-31T21:04:05", "date_unixtime": "1704053045", "from": "Ben",
         "from_id": "user1", "text": "Hi"},
        {"id": 2, "type": "message", "date": "2023-12-31T21:05:05", "date_unixtime": "1704053105", "from": "Mara",
         "text": ["see ", {"type": "link", "text": "https://x.example"}, " now"], "edited": "2023-12-31T21:06:00",
         "reply_to_message_id": 1},
        {"id": 3, "type": "message", "date": "2023-12-31T21:07:05", "from": "Ben", "text": "",
         "photo": "photos/photo_1.jpg", "width": 1, "height": 2},
        {"id": 4, "type": "service", "date": "2023-12-31T21:08:05", "actor": "Ben", "action": "phone_call",
         "duration_seconds": 61},
        {"id": 5, "type": "service", "date": "2023-12-31T21:08:06", "actor": "Ben", "action": "pin_message"},
        {"id": 6, "type": "message", "from": None, "text": "", "file": "f/a.mp4", "file_name": "a.mp4"},
        {"id": 7, "type": "hologram", "text": "?"},
        "a stray text",
    ],
}  # fmt: skip


def test_telegrams_json_is_read_message_by_message():
    made = transcript.of_bytes(json.dumps(TELEGRAM).encode())
    assert made.format == "telegram_json"
    kinds = [line.kind for line in made.lines]
    assert kinds == ["message", "message", "message", "call", "system", "message", "unread", "unread"]
    first, second, third, call, *_others, hologram, stray = made.lines
    assert (first.at, first.at_said, first.who) == ("2023-12-31T20:04:05Z", "2023-12-31T21:04:05", "Ben")
    assert second.text == "see https://x.example now"
    assert second.notes == ["edited", "reply"]
    assert third.attachments == ["photos/photo_1.jpg"]
    assert third.at == "2023-12-31T21:07:05"
    assert call.text == "phone_call 61"
    assert made.lines[5].attachments == ["a.mp4"]
    assert (hologram.text, json.loads(hologram.raw)["id"]) == (hologram.raw, 7)
    assert stray.raw == "a stray text"
    assert made.zone == "not_stated", "not every message states one"


def test_a_whole_account_tells_that_it_holds_several_chats():
    chat = {**TELEGRAM, "messages": TELEGRAM["messages"][:1]}
    made = telegram.read_json({"chats": {"list": [chat, {**chat, "name": "Ana"}, 7]}})
    assert [line.text for line in made.lines[:4]] == ["Ben", "Hi", "Ana", "Hi"]
    assert made.lines[4].kind == LineKind.UNREAD
    assert "several_chats" in made.cautions


PAGE = """<html><body><div class="page_header"><div class="text bold"> Ben &amp; Mara </div></div>
<div class="message service" id="message-1"><div class="body details">31 December 2023</div></div>
<div class="message default clearfix" id="message1">
<div class="pull_right date details" title="31.12.2023 21:04:05 UTC+01:00">21:04</div>
<div class="from_name">Ben</div><div class="text">Hi <script>alert(1)</script><br>there</div></div>
<div class="message default clearfix joined" id="message2">
<div class="pull_right date details" title="31.12.2023 21:05:05 UTC+01:00">21:05</div>
<div class="media_wrap"><a class="photo_wrap" href="photos/photo_1.jpg"><img src="photos/t.jpg"></a>
<a href="https://out.example/x">x</a></div></div>
<div class="message default clearfix" id="message3"><div class="from_name">Mara</div></div></body></html>"""


def test_telegrams_page_is_read_and_a_joined_message_keeps_its_writer():
    made = transcript.of_bytes(PAGE.encode())
    assert (made.format, made.title, made.zone) == ("telegram_html", "Ben & Mara", "+01:00")
    assert [line.kind for line in made.lines] == ["system", "message", "message", "unread"]
    assert made.lines[1].at == "2023-12-31T21:04:05+01:00"
    assert made.lines[1].text.split() == ["Hi", "there"] or "alert" in made.lines[1].text
    assert (made.lines[2].who, made.lines[2].attachments) == ("Ben", ["photos/photo_1.jpg"])
    assert made.lines[2].place == "messages.html#message2"


def old(text: str) -> str:
    """Break a text as Meta's old export does."""
    return text.encode().decode("latin-1")


META = {
    "participants": [{"name": old("José")}, {"name": "Mara"}],
    "messages": [
        {"sender_name": old("José"), "timestamp_ms": 1704053105000, "content": old("¿Qué? 🙂"),
         "reactions": [{"reaction": "x", "actor": "Mara"}]},
        {"sender_name": "Mara", "timestamp_ms": 1704053045000, "photos": [{"uri": "photos/1.jpg"}]},
        {"sender_name": "Mara", "timestamp_ms": 1704053044000, "is_unsent": True},
        {"sender_name": "Mara", "timestamp_ms": 1704053043000, "call_duration": 12, "content": "Call"},
        {"sender_name": "Mara", "timestamp_ms": 1704053042000, "share": {"link": "https://x.example"}},
        {"sender_name": "Mara", "timestamp_ms": "soon"},
    ],
    "title": "Mara",
    "thread_path": "inbox/x",
}  # fmt: skip


def test_messenger_and_instagram_are_put_in_order_and_made_readable():
    made = transcript.of_bytes(json.dumps(META).encode())
    assert made.format == "meta_json"
    assert [line.text for line in made.lines] == ["https://x.example", "Call", "", "", "¿Qué? 🙂", made.lines[5].raw]
    assert [line.kind for line in made.lines] == ["message", "call", "deleted", "message", "message", "unread"]
    assert made.lines[4].who == "José"
    assert made.lines[4].place == "message_1.json:messages[0]"
    assert made.lines[3].attachments == ["photos/1.jpg"]
    assert {"sorted_by_time", "made_readable"} <= set(made.cautions)
    assert made.zone == "UTC"


def test_two_messages_of_one_second_keep_the_order_in_which_they_were_written():
    backwards = [
        {"sender_name": "A", "timestamp_ms": 1704053045900, "content": "second"},
        {"sender_name": "A", "timestamp_ms": 1704053045100, "content": "first"},
        {"sender_name": "A", "timestamp_ms": 1704053044000, "content": "earlier"},
    ]
    made = meta.read({"participants": [], "messages": backwards})
    assert [line.text for line in made.lines] == ["earlier", "first", "second"]


def test_the_new_form_of_messenger_needs_no_repair():
    new = {
        "participants": ["José", "Mara"],
        "threadName": "José_1",
        "messages": [
            {"isUnsent": False, "media": [{"uri": "media/1.jpg"}], "senderName": "José", "text": "¿Qué?",
             "timestamp": 1704053045000, "type": "media"},
            {"isUnsent": True, "media": [], "senderName": "José", "text": "",
             "timestamp": 1704053046000, "type": "text"},
        ],
    }  # fmt: skip
    made = transcript.of_bytes(json.dumps(new, ensure_ascii=False).encode())
    assert [line.kind for line in made.lines] == ["message", "deleted"]
    assert (made.lines[0].who, made.lines[0].text, made.cautions) == ("José", "¿Qué?", [])


def test_text_that_only_looks_broken_stays_as_it_is():
    made = meta.read(
        {"participants": [], "messages": [{"sender_name": "A", "timestamp_ms": 1704053045000, "content": "Ã©é"}]}
    )
    assert made.lines[0].text == "Ã©é"


def test_signals_text_and_json_are_read():
    text = "[2023-12-31 21:04] Me: Hi\nthere\n[2023-12-31 21:05:30] Ben: ![photo](media/1.jpg)\n"
    made = transcript.of_bytes(text.encode())
    assert made.format == "signal_text"
    assert [(line.at, line.who, line.text.strip()) for line in made.lines] == [
        ("2023-12-31T21:04:00", "Me", "Hi\nthere"),
        ("2023-12-31T21:05:30", "Ben", "![photo](media/1.jpg)"),
    ]
    assert made.lines[1].attachments == ["media/1.jpg"]
    desktop = [
        {"conversationId": "c", "sent_at": 1704053045000, "type": "incoming", "source": "+00 1", "body": "Hi",
         "attachments": [{"fileName": "a.jpg", "contentType": "image/jpeg"}]},
        {"conversationId": "c", "sent_at": 1704053046000, "type": "outgoing", "body": "", "isErased": True},
        {"conversationId": "c", "sent_at": 1704053047000, "type": "verified-change"},
        {"conversationId": "c", "sent_at": 1704053048000, "type": "incoming", "body": ""},
    ]  # fmt: skip
    made = transcript.of_bytes(json.dumps(desktop).encode())
    assert [line.kind for line in made.lines] == ["message", "deleted", "system", "unread"]
    assert made.zone == "UTC"
    assert made.lines[0].attachments == ["a.jpg"]
    rows = '{"date": "2023-12-31 21:04:05", "sender": "Ben", "body": "Hi", "attachments": []}\nnot json\n'
    made = transcript.of_bytes(rows.encode())
    assert [line.kind for line in made.lines] == ["message", "unread"]
    assert (made.lines[0].at, made.lines[1].raw) == ("2023-12-31T21:04:05", "not json")


@pytest.mark.parametrize(
    "data",
    [b"", b"a letter\nto somebody", b"{}", b"[]", b"[1,2]", b'{"messages": []}', b"<html><body>x</body></html>",
     b"\0\1",
     b"[" * 100_000, b'{"a":' * 50_000, b"12/31/23 was a day - we met", b"name;date\na;b\n"],
)  # fmt: skip
def test_what_is_no_chat_is_said_to_be_none(data):
    with pytest.raises(Refused, match="no_chat"):
        transcript.of_bytes(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "date",
                    "from",
                    "text",
                    "messages",
                    "participants",
                    "name",
                    "content",
                    "photos",
                    "uri",
                    "sender_name",
                    "timestamp_ms",
                    "share",
                    "sticker",
                    "action",
                    "date_unixtime",
                    "body",
                    "sent_at",
                    "attachments",
                    "conversationId",
                    "chats",
                    "list",
                    "file",
                    "media",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
MESSAGES = st.lists(JSON, max_size=6)


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_no_message_breaks_a_reader_or_is_dropped(messages):
    for made in (
        telegram.read_json({"id": 1, "type": "x", "messages": messages}),
        meta.read({"participants": [], "messages": messages}),
        signal.read_json(messages),
    ):
        assert len(made.lines) == len(messages)
        wanted = sorted(
            m if isinstance(m, str) else "" if m is None else json.dumps(m, ensure_ascii=False) for m in messages
        )
        assert sorted(line.raw for line in made.lines) == wanted
        assert len(list(as_json_lines(made))) == len(messages) + 1
        assert len(list(as_text(made))) == len(messages)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_break_the_choice_of_a_reader(data):
    try:
        made = transcript.of_bytes(data)
    except Refused as refusal:
        assert str(refusal) == "no_chat"
    else:
        assert made.lines
