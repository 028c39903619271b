"""What was read from an exhibit, in plain words: for its page, for a packet, and as files of a bundle.

All of it is a claim by whoever last wrote the file. A place, a serial number or a person's name is shown to staff on
the exhibit's page alone: a bundle is read by the other side, so none of it leaves by default.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.access import acting_as
from cases.actor import Actor
from cases.vault import VaultError
from evidence.derivatives import open_bytes
from evidence.models import Derivative, DerivativeKind, DerivativeState, Exhibit
from evidence.probes.looking import ENDS_ONLY
from evidence.probes.tags import CREDENTIAL_LEAVES, MEDIA_LEAVES, PAGE_LEAVES, may_leave, only
from evidence.sandbox import MEGABYTE

READ_KINDS = (
    DerivativeKind.FILE_DATA,
    DerivativeKind.MEDIA_DATA,
    DerivativeKind.PAGES,
    DerivativeKind.CREDENTIALS,
)
"""Kinds of derivative that our own probes make, in the order in which they are told."""
FILE_NAMES = {
    DerivativeKind.FILE_DATA: "exiftool.json",
    DerivativeKind.MEDIA_DATA: "media.json",
    DerivativeKind.PAGES: "pages.json",
    DerivativeKind.CREDENTIALS: "c2pa.json",
}
Line = tuple[str, str]


@dataclass(slots=True)
class Reading:
    """Lines of one exhibit: those that may leave, those that stay here, and what could not be read."""

    lines: list[Line] = field(default_factory=list)
    kept_here: list[Line] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    differs: bool = False
    """Whether the bytes are of another kind than the name or the sender said."""


def newest(exhibit: Exhibit) -> list[Derivative]:
    """Return the newest result of each of our probes, failures too; call inside `acting_as`."""
    rows = Derivative.objects.filter(exhibit=exhibit, kind__in=READ_KINDS).order_by("-made_at", "pk")
    first: dict[str, Derivative] = {}
    for row in rows:
        first.setdefault(row.kind, row)
    return [first[kind] for kind in READ_KINDS if kind in first]


def read(rows: Iterable[Derivative], exhibit: Exhibit) -> Reading:
    """Say in words what derivatives hold; opens their sealed facts, so call inside `acting_as`."""
    told = Reading(differs=exhibit.has_other_extension or bool(exhibit.findings.get("claimed_type")))
    tellers = {
        DerivativeKind.FILE_DATA: _file,
        DerivativeKind.MEDIA_DATA: _media,
        DerivativeKind.PAGES: _pages,
        DerivativeKind.CREDENTIALS: _credentials,
    }
    for row in rows:
        kind = DerivativeKind(row.kind)
        if row.state == DerivativeState.MADE:
            tellers[kind](row.facts, told)
            told.differs = told.differs or _is_of_another_kind(row.facts.get("media_type", ""), exhibit.media_type)
            if row.facts.get(ENDS_ONLY):
                told.not_read.append(_("%(what)s: only the beginning and the end were read.") % {"what": kind.label})
        elif row.state == DerivativeState.FAILED:
            why = reason_said(row.facts.get("reason", ""))
            told.not_read.append(_("%(what)s: %(why)s") % {"what": kind.label, "why": why})
    return told


def facts_for_packet(exhibit: Exhibit) -> list[Line]:
    """Return what a packet tells of an exhibit: no place, no serial number, nobody's name. Call inside `acting_as`."""
    return read(newest(exhibit), exhibit).lines


def files_for_bundle(exhibit: Exhibit, *, by: Actor) -> list[tuple[str, bytes]]:
    """Return (ending of the file's name, bytes) of the records of a bundle, with what may leave alone in them.

    Each says how many values were left out and names the whole result by its SHA-256. A result that cannot be opened
    is left out. Call outside of `acting_as`; `exhibit` is loaded already, nothing of its sealed values is used.
    """
    found = []
    with acting_as(by):
        rows = newest(exhibit)
    for row in rows:
        if row.state != DerivativeState.MADE:
            continue
        try:
            told = json.loads(open_bytes(row, 16 * MEGABYTE, by=by))
        except (VaultError, ValueError):
            continue
        kind = DerivativeKind(row.kind)
        kept = leaving(kind, told)
        record = {
            "exhibit": exhibit.label,
            "exhibit_sha256": row.parent_sha256,
            "left_out": _count(told) - _count(kept),
            "made_at": row.made_at.isoformat(),
            "note": "A claim by whoever last wrote the file. Places, serial numbers and names are left out.",
            "read": kept,
            "tool": row.tool,
            "whole_sha256": row.sha256,
        }
        data = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1).encode()
        found.append((FILE_NAMES[kind], data + b"\n"))
    return found


def leaving(kind: str, told: Any) -> Any:
    """Return what may leave the house of a result of this kind: of our own probes a list of harmless names only."""
    if kind == DerivativeKind.FILE_DATA:
        return may_leave(told) if isinstance(told, dict) else {}
    names = {
        DerivativeKind.MEDIA_DATA: MEDIA_LEAVES,
        DerivativeKind.PAGES: PAGE_LEAVES,
        DerivativeKind.CREDENTIALS: CREDENTIAL_LEAVES,
    }
    return only(told, names[DerivativeKind(kind)]) if kind in names else told


def _count(told: Any) -> int:
    if isinstance(told, dict):
        return sum(_count(value) for value in told.values())
    return sum(_count(value) for value in told) if isinstance(told, list) else 1


def _is_of_another_kind(read: str, taken: str) -> bool:
    """Whether a second reader takes a picture, film or sound for something else: one file may be built to be two."""
    majors = ("image", "video", "audio")
    first, second = read.partition("/")[0], taken.partition("/")[0]
    return bool(read) and second in majors and first != second and not {first, second} <= {"video", "audio"}


def _file(facts: dict[str, Any], told: Reading) -> None:
    _add(told.lines, _("Type, by its bytes"), facts.get("type", ""))
    _add(told.lines, _("Device that made it"), facts.get("device", ""))
    _add(told.lines, _("Program that wrote it"), facts.get("software", ""))
    zone = facts.get("created_zone", "")
    created = f"{facts.get('created', '')} {zone}".strip() if zone not in facts.get("created", "") else facts["created"]
    _add(told.lines, _("Made, it says"), created)
    _add(told.lines, _("Last changed, it says"), facts.get("changed", ""))
    _stay(facts, told)


def _media(facts: dict[str, Any], told: Reading) -> None:
    if facts.get("width") and facts.get("height"):
        _add(told.lines, _("Size of the picture"), f"{facts['width']} × {facts['height']}")
        if facts.get("frames", 1) > 1:
            _add(told.lines, _("Pictures in it"), str(facts["frames"]))
    if facts.get("seconds"):
        _add(told.lines, _("Length"), length(facts["seconds"]))
    for stream in facts.get("streams", []):
        if stream.get("codec_type") == "video" and stream.get("width"):
            size = f"{stream['width']} × {stream.get('height', 0)}"
            _add(told.lines, _("Film"), f"{size}, {stream.get('codec_name', '?')}")
        elif stream.get("codec_type") == "audio":
            _add(told.lines, _("Sound"), str(stream.get("codec_name", "?")))
    if facts.get("streams") and not any(one.get("codec_type") == "audio" for one in facts["streams"]):
        _add(told.lines, _("Sound"), _("None"))
    _add(told.lines, _("Recorded, it says"), facts.get("created", ""))
    _stay(facts, told)


def _stay(facts: dict[str, Any], told: Reading) -> None:
    for group, label in (("places", _("Place")), ("serials", _("Number of a device")), ("people", _("Name in it"))):
        for name, value in facts.get(group, []):
            line = (f"{label} ({name})", value)
            if line not in told.kept_here:
                told.kept_here.append(line)


def _pages(facts: dict[str, Any], told: Reading) -> None:
    number = int(facts.get("pages", 0))
    _add(told.lines, _("Pages"), ngettext("%(n)d page", "%(n)d pages", number) % {"n": number})
    held = [
        (facts.get("scripts"), _("scripts")),
        (facts.get("form"), _("a form")),
        (facts.get("files"), _("files inside it")),
        (facts.get("signed"), _("a signature (not checked)")),
        (facts.get("locked"), _("a lock")),
    ]
    _add(told.lines, _("It also holds"), ", ".join(word for is_there, word in held if is_there))


def _credentials(facts: dict[str, Any], told: Reading) -> None:
    if not facts.get("present"):
        _add(told.lines, _("Content credentials"), _("None. That means nothing: most files have none."))
        return
    if facts.get("remote"):
        _add(told.lines, _("Content credentials"), _("Kept elsewhere on the internet. We did not fetch them."))
        return
    _add(told.lines, _("Content credentials"), _("Present"))
    valid = _("Yes: the file is as it was signed") if facts.get("valid") else _("No: file or credentials were changed")
    codes = ", ".join(facts.get("codes", [])[:3])
    _add(told.lines, _("Credentials hold"), valid if facts.get("valid") or not codes else f"{valid} ({codes})")
    if facts.get("trusted"):
        trusted = _("Yes, by the list that this organisation uses")
    elif facts.get("list"):
        trusted = _("No: not on the list that this organisation uses")
    else:
        trusted = _("Not known: this organisation uses no list of trusted signers")
    _add(told.lines, _("Signer is trusted"), trusted)
    said = facts.get("said", {})
    _add(told.lines, _("Signed by, it says"), said.get("issuer", ""))
    _add(told.lines, _("Signed at, it says"), said.get("signed_at", ""))
    _add(told.lines, _("Made with, it says"), ", ".join(said.get("made_with", [])))
    if any("trainedAlgorithmicMedia" in one or "TrainedAlgorithmicMedia" in one for one in said.get("sources", [])):
        _add(told.lines, _("It says of itself"), _("Made or changed by a generator"))


def reason_said(reason: str) -> str:
    """Return a reason code in words for a caseworker."""
    words = {
        "damaged": _("the file is damaged, or not what it seems"),
        "unknown_format": _("its format is not one that is opened here"),
        "not_supported": _("its format is not one that is opened here"),
        "too_many_pixels": _("the picture is too large to be opened safely"),
        "too_costly": _("opening it would take too much memory"),
        "out_of_memory": _("opening it would take too much memory"),
        "locked": _("it is locked with a password"),
        "too_large": _("the file is too large for this"),
        "timed_out": _("it took too long"),
        "killed": _("it took too much memory or time"),
        "too_much_output": _("it gave more than is taken"),
        "no_sandbox": _("not looked at: no sandbox can be made here"),
        "no_file": _("not looked at: the stored file could not be read"),
        "no_store": _("not looked at: the store could not be written to"),
    }
    return words.get(reason, _("it could not be read"))


def length(seconds: float) -> str:
    """Return a length as hours, minutes and seconds, such as 1:02:03 or 0:42."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _add(lines: list[Line], label: str, value: str) -> None:
    if value:
        lines.append((str(label), str(value)))


def waiting_said(reasons: Sequence[str]) -> str:
    """Return what to say of probes that have not been put yet: why, or that they wait."""
    for reason in ("no_sandbox", "no_file", "no_store"):
        if reason in reasons:
            return reason_said(reason)[:1].upper() + reason_said(reason)[1:] + "."
    return _("Not looked at yet: it is waiting for the worker.")
