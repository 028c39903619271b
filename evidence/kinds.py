"""What a file is, decided by its first and last bytes, never by its name or by what the sender claims.

Pure: nothing is decoded or unpacked. Width and height are read from headers, so an image that would fill the memory
when opened is only a pair of numbers here. Archives are read from their listing (evidence/zip_listing.py).
"""

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence import pictures, zip_listing

# Enough to pass the camera data that stands before a photo's dimensions.
HEAD_BYTES = 64 * 1024
TAIL_BYTES = 4 * 1024
ARCHIVE_TAIL_BYTES = 256 * 1024
"""What is kept of an archive's end: the listing of 500 files fits, and one that does not fit has too many."""
PIXEL_LIMIT = 40_000_000
"""A picture with more pixels than this is kept and never decoded."""
PIXELS = "pixels"
HOLDS_MEDIA = "holds_media"
"""A caution on an archive in which pictures, films or sounds lie."""


class Kind(StrEnum):
    """The kinds of file that are taken in as evidence."""

    PNG = "png"
    JPEG = "jpeg"
    GIF = "gif"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"
    MP4 = "mp4"
    QUICKTIME = "quicktime"
    WEBM = "webm"
    M4A = "m4a"
    MP3 = "mp3"
    OGG = "ogg"
    OPUS = "opus"
    WAV = "wav"
    PDF = "pdf"
    DOCX = "docx"
    EML = "eml"
    MSG = "msg"
    ZIP = "zip"
    WACZ = "wacz"
    HTML = "html"
    SVG = "svg"
    XML = "xml"
    TEXT = "text"


MEDIA_TYPES: dict[Kind, str] = {
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.GIF: "image/gif",
    Kind.WEBP: "image/webp",
    Kind.HEIC: "image/heic",
    Kind.AVIF: "image/avif",
    Kind.MP4: "video/mp4",
    Kind.QUICKTIME: "video/quicktime",
    Kind.WEBM: "video/webm",
    Kind.M4A: "audio/mp4",
    Kind.MP3: "audio/mpeg",
    Kind.OGG: "audio/ogg",
    Kind.OPUS: "audio/opus",
    Kind.WAV: "audio/wav",
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.EML: "message/rfc822",
    Kind.MSG: "application/vnd.ms-outlook",
    Kind.ZIP: "application/zip",
    Kind.WACZ: "application/wacz",
    Kind.HTML: "text/html",
    Kind.SVG: "image/svg+xml",
    Kind.XML: "application/xml",
    Kind.TEXT: "text/plain",
}
# The first of each is the ending that our own copies carry: a page that is kept opaque leaves as plain text.
ENDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.PNG: (".png",),
    Kind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    Kind.GIF: (".gif",),
    Kind.WEBP: (".webp",),
    Kind.HEIC: (".heic", ".heif", ".hif"),
    Kind.AVIF: (".avif",),
    Kind.MP4: (".mp4", ".m4v", ".3gp", ".3g2"),
    Kind.QUICKTIME: (".mov", ".qt"),
    Kind.WEBM: (".webm", ".weba"),
    Kind.M4A: (".m4a", ".m4b", ".mp4"),
    Kind.MP3: (".mp3",),
    Kind.OGG: (".ogg", ".oga"),
    Kind.OPUS: (".opus", ".ogg", ".oga"),
    Kind.WAV: (".wav", ".wave"),
    Kind.PDF: (".pdf",),
    Kind.DOCX: (".docx", ".docm"),
    Kind.EML: (".eml", ".txt"),
    Kind.MSG: (".msg",),
    Kind.ZIP: (".zip",),
    Kind.WACZ: (".wacz",),
    Kind.HTML: (".txt", ".html", ".htm", ".xhtml"),
    Kind.SVG: (".txt", ".svg"),
    Kind.XML: (".txt", ".xml"),
    Kind.TEXT: (".txt", ".text", ".log", ".md", ".csv", ".json", ".srt", ".vtt"),
}
OPAQUE = frozenset({Kind.HTML, Kind.SVG, Kind.XML, Kind.DOCX, Kind.MSG, Kind.ZIP, Kind.WACZ})
"""Kinds that are kept and never shown as what they are: they could run something or lead somewhere."""

VIDEO_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 dash msdh msix MSNV M4V M4VH M4VP "
    b"3gp4 3gp5 3gp6 3gp7 3g2a 3g2b 3g2c mmp4 F4V NDSC NDSH XAVC CAEP".split()
)
SOUND_BRANDS = frozenset(b"M4A M4B".split())
# These list a video brand among those they are compatible with and are still photos.
HEIC_BRANDS = frozenset(b"heic heix hevc hevx heim heis mif1 msf1".split())
AVIF_BRANDS = frozenset(b"avif avis".split())
# What makes one file read as two: a page, a script or an archive inside a picture.
FOREIGN_MARKS: dict[bytes, str] = {
    b"<script": "script",
    b"<html": "page",
    b"<!doctype html": "page",
    b"<?php": "script",
    b"%pdf-": "PDF",
    b"pk\x03\x04": "archive",
    b"pk\x05\x06": "archive",
    b"rar!\x1a\x07": "archive",
    b"7z\xbc\xaf\x27\x1c": "archive",
}
READS_AS_TEXT = frozenset({Kind.TEXT, Kind.EML, Kind.HTML, Kind.SVG, Kind.XML})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OUTLOOK = "__properties_version1.0".encode("utf-16-le")
"""The stream that every Outlook message has, as its name stands in the file's directory."""
MAIL_HEADER = re.compile(rb"(?:[!-9;-~]+:[ \t][^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n|[!-9;-~]+:\r?\n)")
TELLING_HEADERS = frozenset(
    b"from to date subject received message-id mime-version return-path delivered-to dkim-signature".split()
)

WORDS: dict[str, Promise] = {
    Kind.PDF: gettext_lazy("PDF"),
    Kind.DOCX: gettext_lazy("Document"),
    Kind.EML: gettext_lazy("E-mail"),
    Kind.MSG: gettext_lazy("E-mail"),
    Kind.ZIP: gettext_lazy("Archive"),
    Kind.WACZ: gettext_lazy("Web capture"),
    Kind.HTML: gettext_lazy("Web page"),
    Kind.XML: gettext_lazy("Data file"),
}


class NotTaken(Exception):
    """The file is of no kind that can be kept as evidence. The message can be shown to whoever offered it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the bytes say. `width` and `height` (pixels) are 0 where no header within reach tells them.

    `entries` counts the files of an archive, `unpacked` is what its listing says they hold together, in bytes.
    """

    kind: Kind
    media_type: str
    ending: str
    width: int
    height: int
    name_differs: bool
    claim_differs: bool
    cautions: tuple[str, ...]
    entries: int = 0
    unpacked: int = 0


def kind_said(kind: str, media_type: str) -> Promise:
    """Return what a file's bytes are in one word, for a cover."""
    for start, word in (
        ("video/", gettext_lazy("Video")),
        ("image/", gettext_lazy("Image")),
        ("audio/", gettext_lazy("Sound")),
    ):
        if media_type.startswith(start):
            return word
    return WORDS.get(kind, gettext_lazy("Text"))


def is_archive(head: bytes) -> bool:
    """Whether a file's listing stands at its end, so that more of that end is worth keeping."""
    return head.startswith(b"PK\x03\x04")


def decide(head: bytes, *, tail: bytes, is_text: bool, name: str, claimed_type: str, size: int = 0) -> Finding:
    """The kind of a file of `size` bytes from its first HEAD_BYTES and its end.

    `is_text` says that every byte of the file is UTF-8 text. A name or claimed type that says otherwise is noted,
    never obeyed. Raises NotTaken for an empty file, for every kind that is not on the list and for an archive whose
    listing breaks a limit.
    """
    if not head:
        raise NotTaken(_("The file is empty."))
    entries = _entries_of(head, tail, size)
    kind = _archive_kind(entries) if entries else _kind_of(head, tail, is_text=is_text)
    if kind is None:
        raise NotTaken(
            _(
                "We cannot take this kind of file. Use a screenshot or photo, a video, a voice message, "
                "an e-mail, a chat export (ZIP), a PDF or plain text."
            )
        )
    width, height = pictures.dimensions(kind.value, head)
    ending = PurePosixPath(name.lower()).suffix
    claimed = claimed_type.split(";")[0].strip().lower()
    return Finding(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        ending=ENDINGS[kind][0],
        width=width,
        height=height,
        name_differs=ending not in ENDINGS[kind],
        claim_differs=_claim_differs(kind, claimed),
        cautions=_cautions(kind, head, tail, entries, pixels=width * height),
        entries=len(entries),
        unpacked=sum(entry.size for entry in entries),
    )


def _claim_differs(kind: Kind, claimed: str) -> bool:
    if claimed in ("", "application/octet-stream", MEDIA_TYPES[kind]) or claimed.startswith(MEDIA_TYPES[kind] + "."):
        return False
    if kind in READS_AS_TEXT and (claimed.startswith("text/") or (kind is not Kind.TEXT and "xml" in claimed)):
        return False
    loose = {Kind.ZIP: "zip", Kind.WAV: "wav", Kind.HEIC: "hei", Kind.M4A: "m4a", Kind.DOCX: "wordprocessingml"}
    loose[Kind.WACZ] = "wacz"
    if kind in (Kind.OPUS, Kind.OGG) and claimed in ("audio/ogg", "audio/opus", "application/ogg"):
        return False
    return loose.get(kind, "\0") not in claimed


def _entries_of(head: bytes, tail: bytes, size: int) -> tuple[zip_listing.Entry, ...]:
    if not is_archive(head):
        return ()
    try:
        return zip_listing.read(tail, size=size or len(tail))
    except zip_listing.Refused as refusal:
        raise NotTaken(str(refusal)) from None


def _archive_kind(entries: tuple[zip_listing.Entry, ...]) -> Kind | None:
    names = {entry.name for entry in entries}
    if zip_listing.is_web_capture(entries):
        return Kind.WACZ
    if "[Content_Types].xml" in names:
        return Kind.DOCX if "word/document.xml" in names else None
    return Kind.ZIP if zip_listing.holds_words(entries) else None


def _kind_of(head: bytes, tail: bytes, *, is_text: bool) -> Kind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Kind.GIF
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return Kind.WEBP if head[8:12] == b"WEBP" else Kind.WAV
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Kind.WEBM if b"\x42\x82\x84webm" in head[:64] else None
    # Words may stand where a film has the name of its first box, as in "the free ..."; a film is never text.
    if not is_text and head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _film_kind(head)
    if head.startswith(OLE):
        return Kind.MSG if OUTLOOK in head or OUTLOOK in tail else None
    if not is_text and (sound := _sound_kind(head)):
        return sound
    if _is_mail(head):
        return Kind.EML
    return _page_kind(head, is_text=is_text) or (Kind.TEXT if is_text else None)


def _film_kind(head: bytes) -> Kind | None:
    if head[4:8] != b"ftyp":
        # Before brands existed, cameras wrote the film's boxes at once.
        return Kind.QUICKTIME
    length = min(struct.unpack(">I", head[:4])[0], 512, len(head))
    brands = [head[at : at + 4].rstrip(b" \0") for at in (8, *range(16, length - 3, 4))]
    if brands[0] == b"qt":
        return Kind.QUICKTIME
    if brands[0] in AVIF_BRANDS or (brands[0] in HEIC_BRANDS and AVIF_BRANDS.intersection(brands)):
        return Kind.AVIF
    if brands[0] in HEIC_BRANDS:
        return Kind.HEIC
    if brands[0] in SOUND_BRANDS:
        return Kind.M4A
    return Kind.MP4 if VIDEO_BRANDS.intersection(brands) else None


def _sound_kind(head: bytes) -> Kind | None:
    if head.startswith(b"OggS\0"):
        if b"theora" in head[:512]:
            return None
        return Kind.OPUS if b"OpusHead" in head[:512] else Kind.OGG
    if head.startswith(b"ID3") and len(head) > 10 and head[3] in (2, 3, 4):
        return Kind.MP3
    # A frame of MPEG audio, layer III: sync, a bit rate and a sample rate that exist.
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3)
    return Kind.MP3 if is_frame and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3 else None


def _is_mail(head: bytes) -> bool:
    """Whether the file begins with the head of a mail: at least three header lines, two of them telling ones."""
    at, told, lines = 0, set(), 0
    while lines < 200 and (line := MAIL_HEADER.match(head, at)):
        told.add(line[0].split(b":")[0].lower())
        at, lines = line.end(), lines + 1
    return lines >= 3 and len(told & TELLING_HEADERS) >= 2


def _page_kind(head: bytes, *, is_text: bool) -> Kind | None:
    start = head[:2048]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start, is_text = start.decode("utf-16", "ignore").encode(), True
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not is_text or not start.startswith(b"<"):
        return None
    if start.startswith((b"<html", b"<!doctype html")) or (start.startswith(b"<!--") and b"<html" in start):
        return Kind.HTML
    if start.startswith(b"<svg") or (start.startswith((b"<?xml", b"<!doctype svg")) and b"<svg" in start):
        return Kind.SVG
    if start.startswith(b"<?xml"):
        return Kind.HTML if b"<html" in start else Kind.XML
    return None


def _cautions(
    kind: Kind, head: bytes, tail: bytes, entries: tuple[zip_listing.Entry, ...], *, pixels: int
) -> tuple[str, ...]:
    found = set()
    # The first bytes are the kind's own signature; a text may speak of pages and scripts without being one.
    edges = (head[8:] + tail).lower()
    for mark, what in FOREIGN_MARKS.items():
        is_own = (kind is Kind.PDF and what == "PDF") or (bool(entries) and what == "archive")
        if kind not in READS_AS_TEXT and not is_own and mark in edges:
            found.add(what)
    if kind in (Kind.HTML, Kind.SVG, Kind.XML):
        found.add("page")
    if any(entry.name.lower().endswith("vbaproject.bin") for entry in entries):
        found.add("macro")
    if any(entry.is_locked for entry in entries):
        found.add("locked")
    if kind is Kind.WACZ:
        # Whatever the pages held lies in it, packed: nobody can say without unpacking that no picture does.
        found.add(HOLDS_MEDIA)
    if pixels > PIXEL_LIMIT:
        found.add(PIXELS)
    return tuple(sorted(found))
