"""What a file is: by content, from a short list, with every contradiction noted."""

import struct
import zlib

import pytest

from evidence.kinds import OLE, OUTLOOK, PIXELS, Kind, NotTaken, decide


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
    (film(b"heic", b"mif1", b"iso8"), "a.HEIC", "image/heic", Kind.HEIC),
    (film(b"mif1", b"heic"), "a.heif", "image/heif", Kind.HEIC),
    (film(b"avif", b"mif1"), "a.avif", "image/avif", Kind.AVIF),
    (film(b"mif1", b"avif"), "a.avif", "image/avif", Kind.AVIF),
    (film(b"M4A ", b"isom", b"mp42"), "a.m4a", "audio/mp4", Kind.M4A),
    (b"ID3\x03\0\0\0\0\0\x20" + bytes(40), "a.mp3", "audio/mpeg", Kind.MP3),
    (b"\xff\xfb\x90\x64" + bytes(40), "a.mp3", "audio/mpeg", Kind.MP3),
    (b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01", "voice.opus", "audio/ogg", Kind.OPUS),
    (b"OggS\0\x02" + bytes(20) + b"\x01\x1e\x01vorbis", "a.ogg", "audio/ogg", Kind.OGG),
    (b"RIFF\x10\0\0\0WAVEfmt ", "a.wav", "audio/x-wav", Kind.WAV),
    (OLE + bytes(600) + OUTLOOK, "a.msg", "application/vnd.ms-outlook", Kind.MSG),
    (b"From: a@b.example\r\nTo: c@d.example\r\nSubject: S\r\n\r\n\xe9", "a.eml", "message/rfc822", Kind.EML),
    (b"Received: by mx\n with SMTP\nDate: now\nMessage-ID: <1@x>\n\nHello", "a.eml", "", Kind.EML),
]
OPAQUE_PAGES = [
    (b" <html><body>", True, Kind.HTML),
    (b"<!DOCTYPE html><p>", True, Kind.HTML),
    ("<html><body>".encode("utf-16"), False, Kind.HTML),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", True, Kind.SVG),
    (b"<?xml version='1.0'?><svg/>", True, Kind.SVG),
    (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x/>", True, Kind.XML),
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
    OLE + bytes(4000),
    b"OggS\0\x02" + bytes(20) + b"\x80theora",
    b"\xff\xfb\xf0\x64" + bytes(40),
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


@pytest.mark.parametrize(("head", "is_text", "kind"), OPAQUE_PAGES)
def test_a_page_is_kept_opaque_with_a_caution_and_leaves_as_plain_text(head: bytes, is_text: bool, kind: Kind) -> None:
    finding = decide(head, tail=head, is_text=is_text, name="a.html", claimed_type="text/plain")
    assert (finding.kind, finding.cautions, finding.ending) == (kind, ("page",), ".txt")


@pytest.mark.parametrize(("width", "height"), [(12_000, 12_000), (20_000, 20_000), (60_000, 60_000)])
def test_a_picture_that_would_fill_the_memory_is_kept_and_marked_never_to_be_decoded(width: int, height: int) -> None:
    for head in (png(width, height), jpeg(width, height)):
        assert PIXELS in decide(head, tail=b"", is_text=False, name="a", claimed_type="").cautions


def test_a_picture_of_a_phone_carries_no_such_mark() -> None:
    assert decide(jpeg(4032, 3024), tail=b"", is_text=False, name="a", claimed_type="").cautions == ()


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (999).to_bytes(3, "little") + (499).to_bytes(3, "little"), (1000, 500)),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"\x2f" + (99 | 49 << 14).to_bytes(4, "little"), (100, 50)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(7) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480), (640, 480)),
        (film(b"heic") + b"ispe" + bytes(4) + struct.pack(">II", 512, 512) + b"ispe" + bytes(4)
         + struct.pack(">II", 4032, 3024), (4032, 3024)),
        (b"RIFF\0\0\0\0WEBPVP8X", (0, 0)),
    ],
)  # fmt: skip
def test_dimensions_of_newer_pictures_are_read_too(head: bytes, size: tuple[int, int]) -> None:
    finding = decide(head, tail=b"", is_text=False, name="a", claimed_type="")
    assert (finding.width, finding.height) == size


def test_a_letter_with_colons_is_no_mail() -> None:
    words = b"Date: monday\nTo: whom it may\nI saw it.\n"
    assert decide(words, tail=words, is_text=True, name="a.txt", claimed_type="").kind is Kind.TEXT


def test_a_letter_that_speaks_of_scripts_carries_none() -> None:
    words = b"He put a <script> on the page and a PDF (%PDF-)."
    assert decide(words, tail=words, is_text=True, name="a.txt", claimed_type="text/plain").cautions == ()
