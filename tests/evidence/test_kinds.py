"""What a file is: by content, from a short list, with every contradiction noted."""

import struct
import zlib

import pytest

from evidence.kinds import Kind, NotTaken, decide


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg(width: int, height: int, exif: int = 0) -> bytes:
    app1 = b"\xff\xe1" + struct.pack(">H", exif + 2) + bytes(exif) if exif else b""
    return b"\xff\xd8" + app1 + b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9) + b"\xff\xd9"


def film(major: bytes, *others: bytes) -> bytes:
    brands = major + bytes(4) + b"".join(others)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + bytes(40)


TAKEN = [
    (png(1080, 1920), "shot.png", "image/png", Kind.PNG),
    (jpeg(640, 480), "shot.JPG", "image/jpeg", Kind.JPEG),
    (b"GIF89a" + struct.pack("<HH", 20, 10), "a.gif", "image/gif", Kind.GIF),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "a.webp", "image/webp", Kind.WEBP),
    (film(b"isom", b"iso2", b"avc1"), "a.mp4", "video/mp4", Kind.MP4),
    (film(b"M4V ", b"mp42"), "a.m4v", "video/mp4", Kind.MP4),
    (film(b"qt  "), "a.mov", "video/quicktime", Kind.QUICKTIME),
    (struct.pack(">I", 8) + b"wide" + bytes(30), "a.mov", "video/quicktime", Kind.QUICKTIME),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x84webm", "a.webm", "video/webm", Kind.WEBM),
    (b"%PDF-1.7\n%\xe2\xe3", "a.pdf", "application/pdf", Kind.PDF),
    ("Er schrieb: «zahl»".encode(), "a.txt", "text/plain", Kind.TEXT),
    (b"The free trial he talked of", "a.txt", "text/plain", Kind.TEXT),
]


@pytest.mark.parametrize(("head", "name", "claimed", "kind"), TAKEN, ids=lambda value: str(value)[:20])
def test_each_kind_is_known_by_its_content(head: bytes, name: str, claimed: str, kind: Kind) -> None:
    finding = decide(head, tail=head[-4096:], is_text=kind is Kind.TEXT, name=name, claimed_type=claimed)
    assert finding.kind is kind
    assert not finding.name_differs
    assert not finding.claim_differs
    assert finding.cautions == ()


REFUSED = [
    b"MZ\x90\0",
    b"\x7fELF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    film(b"heic", b"mif1", b"iso8"),
    film(b"avif"),
    b"\x1aE\xdf\xa3\x42\x82\x88matroska",
    b"\x00" * 40,
    b"\n" * 1000 + b"%PDF-1.4 \xff",
]


@pytest.mark.parametrize("head", REFUSED)
def test_what_is_not_on_the_list_is_refused_in_plain_words(head: bytes) -> None:
    with pytest.raises(NotTaken, match="We cannot take this kind of file"):
        decide(head, tail=head, is_text=False, name="evidence.png", claimed_type="image/png")


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(NotTaken, match="empty"):
        decide(b"", tail=b"", is_text=True, name="a.txt", claimed_type="")


def test_a_name_that_says_otherwise_is_noted_and_not_obeyed() -> None:
    finding = decide(png(1, 1), tail=b"", is_text=False, name="holiday.pdf", claimed_type="application/pdf")
    assert finding.kind is Kind.PNG
    assert finding.name_differs
    assert finding.claim_differs


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (png(60_000, 60_000), (60_000, 60_000)),
        (jpeg(4032, 3024, exif=30_000), (4032, 3024)),
        (b"GIF87a" + struct.pack("<HH", 20, 10), (20, 10)),
        (jpeg(1, 1)[:8], (0, 0)),
        (png(1, 1)[:20], (0, 0)),
        (b"\xff\xd8\xff\xe1\0\0" * 20, (0, 0)),
    ],
)
def test_dimensions_are_read_and_never_decoded(head: bytes, size: tuple[int, int]) -> None:
    finding = decide(head, tail=b"", is_text=False, name="a.png", claimed_type="")
    assert (finding.width, finding.height) == size


@pytest.mark.parametrize(
    ("head", "tail", "what"),
    [
        (b"GIF89a\x01\0\x01\0" + bytes(50), b"PK\x05\x06" + bytes(18), "archive"),
        (b"GIF89a=1;alert(1)//<script>", b"", "script"),
        (png(1, 1) + b"<!DOCTYPE HTML><html>", b"", "page"),
        (film(b"isom") + b"<html>", b"", "page"),
        (png(1, 1) + b"%PDF-1.4", b"", "PDF"),
    ],
)
def test_a_file_that_reads_as_two_carries_a_caution(head: bytes, tail: bytes, what: str) -> None:
    finding = decide(head, tail=tail, is_text=False, name="a", claimed_type="")
    assert what in finding.cautions


def test_a_page_sent_as_text_carries_a_caution() -> None:
    finding = decide(b" <html><body>", tail=b"", is_text=True, name="a.txt", claimed_type="text/plain")
    assert (finding.kind, finding.cautions) == (Kind.TEXT, ("page",))


def test_a_letter_that_speaks_of_scripts_carries_none() -> None:
    words = b"He put a <script> on the page and a PDF (%PDF-)."
    assert decide(words, tail=words, is_text=True, name="a.txt", claimed_type="text/plain").cautions == ()
