"""Names of what evidence records: app.noun_verbed. Each has a template evidence/events/<what>.html."""

from collections.abc import Mapping
from enum import StrEnum

from cases.events import CaseEvent


class EvidenceEvent(StrEnum):
    """Everything that evidence writes into the record."""

    EXHIBIT_SEALED = "evidence.exhibit_sealed"
    FILE_KNOWN = "evidence.file_known"
    FILE_REFUSED = "evidence.file_refused"
    BUNDLE_REQUESTED = "evidence.bundle_requested"
    BUNDLE_SEALED = "evidence.bundle_sealed"
    BUNDLE_FAILED = "evidence.bundle_failed"
    BUNDLE_DOWNLOADED = "evidence.bundle_downloaded"
    SHARE_MADE = "evidence.share_made"
    SHARE_OPENED = "evidence.share_opened"
    SHARE_REFUSED = "evidence.share_refused"
    SHARE_DOWNLOADED = "evidence.share_downloaded"
    SHARE_REVOKED = "evidence.share_revoked"
    SHARES_FROZEN = "evidence.shares_frozen"


DISCLOSED: Mapping[str, tuple[str, ...]] = {
    CaseEvent.CASE_OPENED: (),
    CaseEvent.CASE_ACTIVATED: (),
    CaseEvent.CASE_CLOSED: (),
    CaseEvent.CASE_REOPENED: (),
    EvidenceEvent.EXHIBIT_SEALED: ("exhibit", "media_type", "size", "sha256", "method"),
    EvidenceEvent.FILE_KNOWN: ("exhibit", "sha256"),
    EvidenceEvent.FILE_REFUSED: ("reason",),
}
"""What a bundle tells of the record: kinds of events, and of each the values that may be read.

Every bundle may be read by the other side. So a kind that is not listed travels as a withheld line: its number and
hash, nothing else. Contact, consent, notes, messages, releases and whatever the client did are never listed.
"""
