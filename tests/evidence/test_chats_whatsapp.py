"""WhatsApp's exported chats as phones of many places write them: who, when, what, and nothing dropped."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.sandbox_tools.chats import whatsapp
from evidence.sandbox_tools.chats.lines import LineKind

LRM = "\u200e"
NARROW = "\u202f"


def one(text: str):
    """Read a text of one message, preceded by one that settles the order of the date."""
    return whatsapp.read(text).lines


@pytest.mark.parametrize(
    ("line", "said", "at", "who", "text"),
    [
        ("[31.12.23, 21:04:05] Mara: Hallo", "31.12.23, 21:04:05", "2023-12-31T21:04:05", "Mara", "Hallo"),
        ("31.12.23, 21:04 - Mara: Hallo", "31.12.23, 21:04", "2023-12-31T21:04:00", "Mara", "Hallo"),
        ("31/12/2023, 21:04 - Mara V.: Hi", "31/12/2023, 21:04", "2023-12-31T21:04:00", "Mara V.", "Hi"),
        ("12/31/23, 9:04 PM - Mara: Hi", "12/31/23, 9:04 PM", "2023-12-31T21:04:00", "Mara", "Hi"),
        (f"[12/31/23, 9:04:05{NARROW}PM] M: Hi", f"12/31/23, 9:04:05{NARROW}PM", "2023-12-31T21:04:05", "M", "Hi"),
        ("31/12/23, 9:04 p. m. - Mara: Hola", "31/12/23, 9:04 p. m.", "2023-12-31T21:04:00", "Mara", "Hola"),
        ("31/12/23, 12:04 a. m. - Mara: Hola", "31/12/23, 12:04 a. m.", "2023-12-31T00:04:00", "Mara", "Hola"),
        ("2023-12-31, 21:04 - Mara: Hej", "2023-12-31, 21:04", "2023-12-31T21:04:00", "Mara", "Hej"),
        ("31-12-2023 21:04 - Mara: Hoi", "31-12-2023 21:04", "2023-12-31T21:04:00", "Mara", "Hoi"),
        ("[2023/12/31 下午9:04:05] 玛拉: 你好", "2023/12/31 下午9:04:05", "2023-12-31T21:04:05", "玛拉", "你好"),
        ("2023. 12. 31. 오후 9:04, 마라 : 안녕", "2023. 12. 31. 오후 9:04", "2023-12-31T21:04:00", "마라", "안녕"),
        ("31.12.2023, 21.04 - Mara: Moi", "31.12.2023, 21.04", "2023-12-31T21:04:00", "Mara", "Moi"),
        ("[٣١/١٢/٢٠٢٣، ٩:٠٤:٠٥ م] مارا: مرحبا", "٣١/١٢/٢٠٢٣، ٩:٠٤:٠٥ م", "2023-12-31T21:04:05", "مارا", "مرحبا"),
        (f"{LRM}[31.12.23, 21:04:05] Mara: {LRM}Hi", "31.12.23, 21:04:05", "2023-12-31T21:04:05", "Mara", f"{LRM}Hi"),
        ("\ufeff31/12/23, 21:04 – Mara: Hi", "31/12/23, 21:04", "2023-12-31T21:04:00", "Mara", "Hi"),
    ],
)  # fmt: skip
def test_a_message_is_read_as_its_phone_wrote_it(line, said, at, who, text):
    (found,) = one(line)
    assert (found.at_said, found.at, found.who, found.text) == (said, at, who, text)
    assert found.raw == line
    assert found.place == "_chat.txt:1"
    assert found.kind == LineKind.MESSAGE


@pytest.mark.parametrize(
    ("dates", "ats", "caution"),
    [
        (["13/01/24", "02/02/24"], ["2024-01-13", "2024-02-02"], None),
        (["01/13/24", "02/02/24"], ["2024-01-13", "2024-02-02"], None),
        (["01.02.24", "02.02.24"], ["2024-02-01", "2024-02-02"], "date_order_by_sign"),
        (["01/02/24", "02/01/24"], ["2024-01-02", "2024-02-01"], "date_order_by_sequence"),
        (["01/02/24", "02/02/24"], ["", ""], "date_order_unknown"),
        (["13/01/24", "01/13/24"], ["", ""], "dates_contradict"),
        (["2024-01-13", "13/01/24"], ["", ""], "dates_contradict"),
    ],
)
def test_which_number_is_the_day_is_read_only_where_it_can_be_known(dates, ats, caution):
    made = whatsapp.read("\n".join(f"{date}, 10:00 - A: x" for date in dates))
    assert [line.at[:10] for line in made.lines] == ats
    assert made.cautions == ([caution] if caution else [])
    assert [line.at_said for line in made.lines] == [f"{date}, 10:00" for date in dates]


def test_a_word_beside_the_clock_that_nobody_knows_leaves_the_time_as_it_was_written():
    made = whatsapp.read("31/12/23, 9:04 xyz - A: x")
    assert made.lines[0].at == ""
    assert "half_of_day_unknown" in made.cautions


@pytest.mark.parametrize("wrong", ["31/12/23, 25:04 - A: x", "31/02/24, 10:00 - A: x", "99/99/99, 10:00 - A: x"])
def test_what_is_no_time_is_shown_as_it_was_written(wrong):
    (line,) = one(wrong)
    assert line.at == ""
    assert line.raw == wrong


def test_lines_without_a_time_belong_to_the_message_before():
    text = "31/12/23, 21:04 - A: one\r\ntwo\r\n\r\nthree: four\r\n31/12/23, 21:05 - B: five\r\n"
    first, second = whatsapp.read(text).lines
    assert first.text == "one\ntwo\n\nthree: four"
    assert second.text.rstrip("\n") == "five"
    assert first.raw + "\n" + second.raw == text


def test_what_stands_before_the_first_time_is_shown_as_not_understood():
    made = whatsapp.read("end of something\n31/12/23, 21:04 - A: x")
    assert [line.kind for line in made.lines] == [LineKind.UNREAD, LineKind.MESSAGE]
    assert "begins_in_the_middle" in made.cautions


@pytest.mark.parametrize(
    "line",
    [
        "31/12/23, 21:00 - Messages and calls are end-to-end encrypted.",
        "31/12/23, 21:00 - Ben changed the subject to “Plan: B”",
        "31/12/23, 21:00 - Ben added Mara",
    ],
)
def test_lines_of_the_app_have_no_writer(line):
    (found,) = one(line)
    assert (found.kind, found.who) == (LineKind.SYSTEM, "")
    assert found.text == line.partition(" - ")[2]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"{LRM}<attached: 00000012-PHOTO-2023-12-31.jpg>", ["00000012-PHOTO-2023-12-31.jpg"]),
        ("<Anhang: 00000012-VIDEO.mp4>", ["00000012-VIDEO.mp4"]),
        ("<pièce jointe : IMG-0001.jpg>", ["IMG-0001.jpg"]),
        (f"{LRM}IMG-20231231-WA0001.jpg (file attached)\ncaption", ["IMG-20231231-WA0001.jpg"]),
        ("PTT-20231231-WA0002.opus (Datei angehängt)", ["PTT-20231231-WA0002.opus"]),
        ("I wrote <html> and (no file)", []),
    ],
)
def test_attachments_are_named(text, names):
    lines = whatsapp.read(f"31/12/23, 21:04 - A: {text}").lines
    assert lines[0].attachments == names
    assert lines[0].text == text


@pytest.mark.parametrize("text", ["<Media omitted>", "<Medien ausgeschlossen>", "<Multimedia omitido>"])
def test_media_that_was_left_out_is_noted(text):
    (line,) = one(f"31/12/23, 21:04 - A: {text}")
    assert line.notes == ["left_out"]


@pytest.mark.parametrize(
    "text",
    ["This message was deleted", f"{LRM}You deleted this message.", "Diese Nachricht wurde gelöscht.",
     "تم حذف هذه الرسالة"],
)  # fmt: skip
def test_deleted_messages_keep_their_place(text):
    (line,) = one(f"31/12/23, 21:04 - A: {text}")
    assert (line.kind, line.who, line.text) == (LineKind.DELETED, "A", text)


def test_somebody_who_quotes_those_words_deleted_nothing():
    text = "This message was deleted, he said, but I have a copy of it here and will send it to you tomorrow morning."
    assert one(f"31/12/23, 21:04 - A: {text}")[0].kind == LineKind.MESSAGE


HEAD = st.sampled_from(
    ["31/12/23, 21:04 - A: ", "[31.12.23, 21:04:05] B: ", "2023. 12. 31. 오후 9:04, 마라 : ", "1/2/24, 9:04 PM - ", ""]
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(HEAD, TEXT), max_size=12))
def test_no_line_is_dropped_changed_or_put_elsewhere(parts):
    text = "\n".join(head + words for head, words in parts)
    made = whatsapp.read(text)
    joined = "\n".join(line.raw for line in made.lines)
    assert text.endswith(joined)
    before = text[: len(text) - len(joined)]
    assert not before.strip(" \t\r\n" + whatsapp.MARKS), "only blank lines may stand before the first"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789/.-:,[] APM\n\u200eap٣م下午x", max_size=120))
def test_nothing_that_looks_like_times_breaks_it(text):
    for line in whatsapp.read(text).lines:
        assert line.at == "" or len(line.at) == 19
