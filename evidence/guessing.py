"""A sensible guess what a file is as evidence. A person decides; this only chooses what stands there first."""

import re

from evidence.kinds import Finding, Kind
from evidence.models.exhibit import EvidenceKind

SCREENSHOT = re.compile(
    r"screen[ _-]?shot|screen[ _-]?capture|bildschirmfoto|captura|capture d|schermata|снимок|لقطة"
    r"|スクリーンショット|截图|截屏",
    re.I,
)
RECORDING = re.compile(r"screen[ _-]?record|rpreplay|bildschirmaufnahme|grabaci[oó]n de pantalla|录屏", re.I)
CHAT = re.compile(r"whatsapp|telegram|signal|messenger|\bchats?\b|_chat|messages?\b|imessage|instagram", re.I)

ALWAYS: dict[Kind, EvidenceKind] = {
    Kind.EML: EvidenceKind.EMAIL,
    Kind.MSG: EvidenceKind.EMAIL,
    Kind.ZIP: EvidenceKind.CHAT,
    Kind.WACZ: EvidenceKind.WEB,
    Kind.PDF: EvidenceKind.DOCUMENT,
    Kind.DOCX: EvidenceKind.DOCUMENT,
    Kind.XML: EvidenceKind.DOCUMENT,
    Kind.SVG: EvidenceKind.OTHER,
}
FILMS = frozenset({Kind.MP4, Kind.QUICKTIME, Kind.WEBM})
PHONE_SHAPE = (1.7, 2.4)
"""Height over width of whole phone screens; photos are 4:3 or 3:2."""


def guess(finding: Finding, name: str) -> EvidenceKind:
    """Return the likeliest kind of evidence for a file of these bytes and this name."""
    if finding.kind in ALWAYS:
        return ALWAYS[finding.kind]
    if finding.kind in (Kind.TEXT, Kind.HTML):
        if CHAT.search(name):
            return EvidenceKind.CHAT
        return EvidenceKind.WEB if finding.kind is Kind.HTML else EvidenceKind.DOCUMENT
    if finding.kind in FILMS:
        return EvidenceKind.RECORDING if RECORDING.search(name) else EvidenceKind.ORIGINAL
    if finding.media_type.startswith("audio/"):
        return EvidenceKind.ORIGINAL
    if SCREENSHOT.search(name) or finding.kind is Kind.PNG or _has_shape_of_a_phone(finding):
        return EvidenceKind.SCREENSHOT
    return EvidenceKind.ORIGINAL


def _has_shape_of_a_phone(finding: Finding) -> bool:
    if not finding.width or finding.kind in (Kind.HEIC, Kind.AVIF):
        return False
    return PHONE_SHAPE[0] <= finding.height / finding.width <= PHONE_SHAPE[1]
