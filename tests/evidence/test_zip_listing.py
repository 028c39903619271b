"""Archives are judged by their listing alone: what breaks a limit, leads out or lies over itself is refused unread."""

import io
import os
import struct
import tracemalloc
import zipfile

import pytest

from evidence import zip_listing
from evidence.guessing import guess
from evidence.kinds import ARCHIVE_TAIL_BYTES, HOLDS_MEDIA, Finding, Kind, NotTaken, decide
from evidence.models import EvidenceKind
from evidence.zip_listing import Refused
from tests.factories.archives import chat_export, listing_of, overlapping, packed, with_link


def read(data: bytes) -> tuple[zip_listing.Entry, ...]:
    return zip_listing.read(data[-ARCHIVE_TAIL_BYTES:], size=len(data))


def test_a_chat_export_is_listed_and_nothing_is_unpacked() -> None:
    data = chat_export()
    assert [(entry.name, entry.size) for entry in read(data)] == [
        ("WhatsApp Chat with M/_chat.txt", 30),
        ("IMG-1.jpg", 900),
    ]
    finding = decide(data, tail=data, is_text=False, name="chat.zip", claimed_type="application/zip", size=len(data))
    assert (finding.kind, finding.entries, finding.unpacked, finding.cautions) == (Kind.ZIP, 2, 930, ())


def test_a_word_document_is_one_and_says_when_it_holds_macros() -> None:
    files = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}
    data = packed(files)
    assert decide(data, tail=data, is_text=False, name="a.docx", claimed_type="", size=len(data)).kind is Kind.DOCX
    data = packed({**files, "word/vbaProject.bin": b"x"})
    finding = decide(data, tail=data, is_text=False, name="a.docm", claimed_type="", size=len(data))
    assert finding.cautions == ("macro",)


CAPTURE = {
    "archive/data.warc.gz": b"\x1f\x8b record",
    "indexes/index.cdx.gz": b"\x1f\x8b index",
    "pages/pages.jsonl": b"{}",
    "datapackage.json": b"{}",
}


def judged(files: dict[str, bytes], name: str = "page.wacz") -> Finding:
    data = packed(files)
    return decide(data, tail=data, is_text=False, name=name, claimed_type="application/wacz", size=len(data))


def test_a_web_capture_that_somebody_brings_is_one_and_is_never_taken_for_harmless() -> None:
    finding = judged(CAPTURE)
    assert (finding.kind, finding.media_type, finding.entries) == (Kind.WACZ, "application/wacz", 4)
    assert (finding.name_differs, finding.claim_differs, finding.cautions) == (False, False, (HOLDS_MEDIA,))
    assert guess(finding, "page.wacz") is EvidenceKind.WEB
    assert judged({**CAPTURE, "archive/data.warc": b"WARC/1.1"}, "page.zip").name_differs


@pytest.mark.parametrize("more", ["archive/inner.zip", "pictures.tar.gz", "archive/more/data.warc.gz", "run.exe"])
def test_a_web_capture_holds_records_and_no_other_archive(more: str) -> None:
    with pytest.raises(NotTaken, match=r"another archive|a program"):
        judged({**CAPTURE, more: b"x"})


@pytest.mark.parametrize("missing", ["datapackage.json", "archive/data.warc.gz"])
def test_half_of_a_web_capture_is_none(missing: str) -> None:
    with pytest.raises(NotTaken, match="another archive"):
        judged({name: data for name, data in CAPTURE.items() if name != missing})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed({"a.txt": bytes(300_000_000 // 100)}), "far larger"),
        (packed({"chat.txt": bytes(30_000_000), "a.jpg": os.urandom(3_000_000)}), "far larger"),
        (packed({f"{n}.txt": bytes(900_000) for n in range(9)}), "far larger"),
        (b"PK\x03\x04 another beginning" + chat_export(), "damaged"),
        (packed({"chat.txt": b"x", "../../etc/x": b"y"}), "leads out"),
        (packed({"chat.txt": b"x", "/etc/x": b"y"}), "leads out"),
        (packed({"chat.txt": b"x", "C:\\x": b"y"}), "leads out"),
        (packed({"chat.txt": b"x", "a\\..\\..\\x": b"y"}), "leads out"),
        (packed({"chat.txt": b"x", "inner.zip": packed({"a.txt": b"x"})}), "another archive"),
        (packed({"chat.txt": b"x", "setup.EXE": b"MZ"}), "a program"),
        (with_link(), "a link"),
        (overlapping(), "over each other"),
        (listing_of(501), "more than 500"),
        (listing_of(70_000), "damaged, or holds too many"),
        (packed({}), "empty"),
        (packed({"folder/": b""}), "empty"),
        (chat_export()[:-4], "damaged"),
        (chat_export()[:-22] + b"between_listing and end" + chat_export()[-22:], "damaged"),
        (chat_export() + b"more", "damaged"),
        (b"PK\x03\x04" + bytes(5000), "damaged"),
        (listing_of(3, told=2), "damaged"),
        (listing_of(3, told=4), "damaged"),
    ],
)
def test_what_breaks_a_rule_is_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read(data)
    if data.startswith(b"PK\x03\x04"):
        tail = data[-ARCHIVE_TAIL_BYTES:]
        with pytest.raises(NotTaken, match=words):
            decide(data, tail=tail, is_text=False, name="a.zip", claimed_type="", size=len(data))


def test_sizes_that_only_the_listing_tells_count_too() -> None:
    data = bytearray(packed({"a.txt": b"words"}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 3 << 30)
    with pytest.raises(Refused):
        read(bytes(data))


def test_an_archive_of_large_files_is_read_with_its_64_bit_fields() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("chat.txt", "w", force_zip64=True) as file:
        file.write(b"words")
    assert [entry.size for entry in read(out.getvalue())] == [5]


def test_a_listing_of_a_million_files_is_refused_from_its_end_alone() -> None:
    data = listing_of(70_000)
    tail = data[-ARCHIVE_TAIL_BYTES:]
    tracemalloc.start()
    with pytest.raises(Refused):
        zip_listing.read(tail, size=10**9)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * ARCHIVE_TAIL_BYTES


@pytest.mark.parametrize("at", range(0, 200, 7))
def test_no_broken_listing_ends_in_anything_but_a_refusal(at: int) -> None:
    data = bytearray(chat_export())
    data[-at - 1] ^= 0xFF
    try:
        read(bytes(data))
    except Refused:
        return


def test_an_archive_without_any_text_is_no_chat_export() -> None:
    data = packed({"a.jpg": b"x", "b.jpg": b"y"})
    with pytest.raises(NotTaken, match="We cannot take this kind of file"):
        decide(data, tail=data, is_text=False, name="a.zip", claimed_type="", size=len(data))


def test_a_locked_archive_is_kept_with_a_caution() -> None:
    data = bytearray(chat_export())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    finding = decide(bytes(data), tail=bytes(data), is_text=False, name="a.zip", claimed_type="", size=len(data))
    assert "locked" in finding.cautions
