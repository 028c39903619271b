"""What a file is, decided by its first and last bytes, never by its name or by what the sender claims.

Pure: nothing is decoded. Width and height are read from headers, so an image that would fill the memory when opened
is only a pair of numbers here.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

# Enough to pass the camera data that stands before a photo's dimensions.
HEAD_BYTES = 64 * 1024
TAIL_BYTES = 4 * 1024


class Kind(StrEnum):
    """The kinds of file that are taken in as evidence."""

    PNG = "png"
    JPEG = "jpeg"
    GIF = "gif"
    WEBP = "webp"
    MP4 = "mp4"
    QUICKTIME = "quicktime"
    WEBM = "webm"
    PDF = "pdf"
    TEXT = "text"


MEDIA_TYPES: dict[Kind, str] = {
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.GIF: "image/gif",
    Kind.WEBP: "image/webp",
    Kind.MP4: "video/mp4",
    Kind.QUICKTIME: "video/quicktime",
    Kind.WEBM: "video/webm",
    Kind.PDF: "application/pdf",
    Kind.TEXT: "text/plain",
}
# The first of each is the ending that our own copies carry.
ENDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.PNG: (".png",),
    Kind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    Kind.GIF: (".gif",),
    Kind.WEBP: (".webp",),
    Kind.MP4: (".mp4", ".m4v", ".3gp", ".3g2"),
    Kind.QUICKTIME: (".mov", ".qt"),
    Kind.WEBM: (".webm",),
    Kind.PDF: (".pdf",),
    Kind.TEXT: (".txt", ".text", ".log", ".md", ".csv", ".json", ".eml", ".srt", ".vtt"),
}
VIDEO_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 dash msdh msix MSNV M4V M4VH M4VP "
    b"3gp4 3gp5 3gp6 3gp7 3g2a 3g2b 3g2c mmp4 F4V NDSC NDSH XAVC CAEP".split()
)
# These list a video brand among those they are compatible with and are still photos.
PHOTO_BRANDS = frozenset(b"heic heix hevc hevx heim heis mif1 msf1 avif avis".split())
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


class NotTaken(Exception):
    """The file is of no kind that can be kept as evidence. The message can be shown to whoever offered it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the bytes say. `width` and `height` (pixels) are 0 where no header within reach tells them."""

    kind: Kind
    media_type: str
    ending: str
    width: int
    height: int
    name_differs: bool
    claim_differs: bool
    cautions: tuple[str, ...]


def decide(head: bytes, *, tail: bytes, is_text: bool, name: str, claimed_type: str) -> Finding:
    """The kind of a file from its first HEAD_BYTES and last TAIL_BYTES.

    `is_text` says that every byte of the file is UTF-8 text. A name or claimed type that says otherwise is noted,
    never obeyed. Raises NotTaken for an empty file and for every kind that is not on the list.
    """
    if not head:
        raise NotTaken(_("The file is empty."))
    kind = _kind_of(head, is_text=is_text)
    if kind is None:
        raise NotTaken(
            _("We cannot take this kind of file. Use a screenshot (PNG, JPEG), a video (MP4), a PDF or plain text.")
        )
    width, height = _dimensions(kind, head)
    ending = PurePosixPath(name.lower()).suffix
    claimed = claimed_type.split(";")[0].strip().lower()
    return Finding(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        ending=ENDINGS[kind][0],
        width=width,
        height=height,
        name_differs=ending not in ENDINGS[kind],
        claim_differs=claimed not in ("", "application/octet-stream", MEDIA_TYPES[kind])
        and not (kind is Kind.TEXT and claimed.startswith("text/")),
        cautions=_cautions(kind, head, tail),
    )


def _kind_of(head: bytes, *, is_text: bool) -> Kind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Kind.GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Kind.WEBM if b"\x42\x82\x84webm" in head[:64] else None
    # Words may stand where a film has the name of its first box, as in "the free ..."; a film is never text.
    if not is_text and head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _film_kind(head)
    return Kind.TEXT if is_text else None


def _film_kind(head: bytes) -> Kind | None:
    if head[4:8] != b"ftyp":
        # Before brands existed, cameras wrote the film's boxes at once.
        return Kind.QUICKTIME
    length = min(struct.unpack(">I", head[:4])[0], 512, len(head))
    brands = [head[at : at + 4].rstrip(b" \0") for at in (8, *range(16, length - 3, 4))]
    if brands[0] == b"qt":
        return Kind.QUICKTIME
    if brands[0] in PHOTO_BRANDS:
        return None
    return Kind.MP4 if VIDEO_BRANDS.intersection(brands) else None


def _dimensions(kind: Kind, head: bytes) -> tuple[int, int]:
    if kind is Kind.PNG and head[12:16] == b"IHDR" and len(head) >= 24:
        return _pair(">II", head[16:24])
    if kind is Kind.GIF and len(head) >= 10:
        return _pair("<HH", head[6:10])
    if kind is Kind.JPEG:
        return _jpeg_dimensions(head)
    return 0, 0


def _jpeg_dimensions(head: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", head[at + 5 : at + 9])
            return width, height
        elif marker in (0xD9, 0xDA):
            break
        else:
            at += 2 + max(2, _pair(">HH", head[at + 2 : at + 6])[0])
    return 0, 0


def _pair(layout: str, raw: bytes) -> tuple[int, int]:
    first, second = struct.unpack(layout, raw)
    return int(first), int(second)


def _cautions(kind: Kind, head: bytes, tail: bytes) -> tuple[str, ...]:
    found = set()
    # The first bytes are the kind's own signature; a text may speak of pages and scripts without being one.
    edges = (head[8:] + tail).lower()
    for mark, what in FOREIGN_MARKS.items():
        if kind is not Kind.TEXT and not (kind is Kind.PDF and what == "PDF") and mark in edges:
            found.add(what)
    if kind is Kind.TEXT and head.lstrip()[:15].lower().startswith((b"<html", b"<!doctype", b"<svg", b"<?xml")):
        found.add("page")
    return tuple(sorted(found))
