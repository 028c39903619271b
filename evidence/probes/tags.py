"""Which of the many tags in a file mean something to a caseworker, and which may leave the house.

A bundle is read by the other side. So what leaves is a list of names that tell of the file: formats, sizes, dates,
programs, makes and settings of cameras. Every other tag stays here, known or not: places, serial numbers, names of
people and free text hide under hundreds of names.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

VALUE_LENGTH: Final = 200

MAKE, MODEL, SOFTWARE = ("Make",), ("Model",), ("Software", "CreatorTool", "Producer", "WritingApp", "MuxingApp")
CREATED: Final = ("SubSecDateTimeOriginal", "DateTimeOriginal", "CreationDate", "CreateDate", "MediaCreateDate")
CHANGED: Final = ("SubSecModifyDate", "ModifyDate", "MetadataDate", "MediaModifyDate")
PLACES: Final = re.compile(
    r"GPS|Latitude|Longitude|Location|^Geo|City$|Country|^State$|Province|Address|Coordinates|Sub-?location", re.I
)
SERIALS: Final = re.compile(r"Serial|UniqueID|UniqueCameraModel.*ID|DeviceID|UDID|IMEI|ContentIdentifier", re.I)
PEOPLE: Final = re.compile(
    r"Owner|Artist|^Author|By-?line|Creator$|LastModifiedBy|UserName|HostComputer|Contact|Copyright|^Person|Rights$",
    re.I,
)
LEAVES: Final = re.compile(
    r"^(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|ImageSize|Megapixels|BitsPerSample|BitDepth|"
    r"ColorType|ColorSpace|ColorComponents|Compression|EncodingProcess|YCbCrSubSampling|Orientation|Rotation|"
    r"XResolution|YResolution|ResolutionUnit|ExifVersion|ExifByteOrder|JFIFVersion|GIFVersion|FrameCount|"
    r"Make|Model|Software|CreatorTool|Producer|DateTimeOriginal|CreateDate|ModifyDate|OffsetTime|OffsetTimeOriginal|"
    r"OffsetTimeDigitized|SubSecTime|SubSecTimeOriginal|SubSecDateTimeOriginal|SubSecCreateDate|SubSecModifyDate|"
    r"MetadataDate|CreationDate|MediaCreateDate|MediaModifyDate|TrackCreateDate|TrackModifyDate|ExposureTime|FNumber|"
    r"ISO|FocalLength|FocalLengthIn35mmFormat|Flash|WhiteBalance|MeteringMode|ExposureProgram|ExposureMode|LensModel|"
    r"SceneCaptureType|Duration|TrackDuration|MediaDuration|MajorBrand|MinorVersion|CompatibleBrands|HandlerType|"
    r"CompressorID|CompressorName|VideoFrameRate|AudioFormat|AudioChannels|AudioSampleRate|AudioBitsPerSample|"
    r"AvgBitrate|TimeScale|MediaTimeScale|PageCount|PDFVersion|Linearized|Encryption|ExifToolVersion|LineCount|"
    r"WordCount|MIMEEncoding|Newlines|ByteOrderMark)$"
)
"""Names of tags, without their group, that tell of the file and of nobody."""
MEDIA_LEAVES: Final = frozenset(
    (
        *("container", "seconds", "bit_rate", "streams", "format", "width", "height", "frames", "mode", "orientation"),
        *("rotation", "codec_type", "codec_name", "profile", "pix_fmt", "avg_frame_rate", "nb_frames", "duration"),
        *("sample_rate", "channels", "channel_layout", "field_order", "color_space"),
    )
)
CREDENTIAL_LEAVES: Final = frozenset(
    (
        *("present", "remote", "valid", "trusted", "list", "state", "codes", "said", "issuer", "signed_at"),
        *("made_with", "actions", "sources", "ingredients"),
    )
)
PAGE_LEAVES: Final = frozenset(["pages", "version", "locked", "scripts", "form", "files", "signed"])
TELLS_PLACE: Final = re.compile(
    r"[-+]?\d{1,3}\.\d{3,}\s*[,/ ]?\s*[-+]\d{1,3}\.\d{3,}|\d+\s*(?:deg|°)\s*\d+'|\S+@\S+\.\S+"
)
"""Coordinates and addresses of mail, which a value under a harmless name may hold."""


def file_facts(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few facts of a file's tags that a page shows, apart from those that tell of a place or a person."""
    return {
        "type": _first(tags, ("FileType",)),
        "media_type": _first(tags, ("MIMEType",)),
        "device": " ".join(filter(None, (_first(tags, MAKE), _first(tags, MODEL))))[:VALUE_LENGTH],
        "software": _first(tags, SOFTWARE),
        "created": day_said(_first(tags, CREATED)),
        "created_zone": _first(tags, ("OffsetTimeOriginal", "OffsetTime")),
        "changed": day_said(_first(tags, CHANGED)),
        "warning": _first(tags, ("Warning", "Error")),
        "places": _matching(tags, PLACES),
        "serials": _matching(tags, SERIALS),
        "people": _matching(tags, PEOPLE),
        "count": len(tags),
    }


def media_facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a film or sound that a page shows; tags that tell of a place or a person stand apart."""
    tags: dict[str, Any] = dict(told.get("tags", {}))
    streams = []
    for stream in told.get("streams", []):
        tags |= {name: value for name, value in stream.get("tags", {}).items() if name not in tags}
        streams.append({name: value for name, value in stream.items() if name != "tags"})
    return {
        "container": told.get("container", ""),
        "seconds": told.get("seconds", 0),
        "streams": streams[:10],
        "created": str(tags.get("creation_time", ""))[:40],
        "places": _matching(tags, PLACES),
        "serials": _matching(tags, SERIALS),
        "people": _matching(tags, PEOPLE),
    }


def may_leave(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags of a file that may be told to the other side."""
    return {
        name: _short(value)
        for name, value in tags.items()
        if LEAVES.match(name.rpartition(":")[2])
        and not name.startswith(("GPS:", "XMP-iptc", "IPTC"))
        and not TELLS_PLACE.search(str(value))
    }


def only(told: Any, names: Iterable[str]) -> Any:
    """Return a value with only these names left in it, at any depth; texts that tell of a place are left out."""
    kept = frozenset(names)
    if isinstance(told, Mapping):
        pruned = {name: only(value, kept) for name, value in told.items() if name in kept}
        return {name: value for name, value in pruned.items() if value is not None}
    if isinstance(told, list):
        return [value for one in told if (value := only(one, kept)) is not None]
    if isinstance(told, str):
        return None if TELLS_PLACE.search(told) else told[:VALUE_LENGTH]
    return told


def _first(tags: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first tag of these names, whatever its group, the earlier names first."""
    for wanted in names:
        for name, value in tags.items():
            if name.rpartition(":")[2] == wanted and str(value).strip(" 0:"):
                return _text(value)
    return ""


def _matching(tags: Mapping[str, Any], pattern: re.Pattern[str]) -> list[list[str]]:
    """Return name and value of matching tags; each value once, however many groups repeat it."""
    found: dict[str, str] = {}
    for name, value in tags.items():
        plain = name.rpartition(":")[2]
        text = _text(value)
        if pattern.search(plain) and not plain.endswith(("Ref", "VersionID")) and text and text not in found.values():
            found[plain] = text
    return [[name, value] for name, value in list(found.items())[:30]]


def _short(value: Any) -> Any:
    return value if isinstance(value, int | float | bool) else _text(value)


def _text(value: Any) -> str:
    """Return a value as one line that can be shown: no control signs, no direction marks, of bounded length."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(text.split())[:VALUE_LENGTH]


def day_said(text: str) -> str:
    """Return a date as people read it where EXIF wrote colons between year, month and day."""
    return re.sub(r"^(\d{4}):(\d\d):(\d\d)(?=\s|$)", r"\1-\2-\3", text)
