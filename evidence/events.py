"""Names of what evidence records: app.noun_verbed. Each has a template evidence/events/<what>.html."""

from collections.abc import Mapping
from enum import StrEnum

from cases.events import CaseEvent


class EvidenceEvent(StrEnum):
    """Everything that evidence writes into the record."""

    EXHIBIT_SEALED = "evidence.exhibit_sealed"
    FILE_KNOWN = "evidence.file_known"
    FILE_REFUSED = "evidence.file_refused"
    ACQUISITION_CORRECTED = "evidence.acquisition_corrected"
    FILES_ASKED = "evidence.files_asked"
    FILES_ASK_ENDED = "evidence.files_ask_ended"
    FILES_RECEIVED = "evidence.files_received"
    CAPTURE_ASKED = "evidence.capture_asked"
    CAPTURE_KEPT = "evidence.capture_kept"
    CAPTURE_FAILED = "evidence.capture_failed"
    CAPTURE_STOPPED = "evidence.capture_stopped"
    BUNDLE_REQUESTED = "evidence.bundle_requested"
    BUNDLE_REDACTED = "evidence.bundle_redacted"
    BUNDLE_STOPPED = "evidence.bundle_stopped"
    BUNDLE_SEALED = "evidence.bundle_sealed"
    BUNDLE_FAILED = "evidence.bundle_failed"
    BUNDLE_DOWNLOADED = "evidence.bundle_downloaded"
    SHARE_MADE = "evidence.share_made"
    SHARE_OPENED = "evidence.share_opened"
    SHARE_REFUSED = "evidence.share_refused"
    SHARE_DOWNLOADED = "evidence.share_downloaded"
    SHARE_REVOKED = "evidence.share_revoked"
    SHARES_FROZEN = "evidence.shares_frozen"
    SHARE_ASKED = "evidence.share_asked"
    COPY_LAID = "evidence.copy_laid"
    COPY_OPENED = "evidence.copy_opened"
    COPY_TAKEN = "evidence.copy_taken"
    COPY_KEPT_HERE = "evidence.copy_kept_here"
    COPY_ENDED = "evidence.copy_ended"
    RECEIPT_GIVEN = "evidence.receipt_given"
    BUNDLE_STAMPED = "evidence.bundle_stamped"
    STAMP_REFUSED = "evidence.stamp_refused"
    VOLUMES_MADE = "evidence.volumes_made"
    VOLUME_DOWNLOADED = "evidence.volume_downloaded"
    FINGERPRINT_KEPT = "evidence.fingerprint_kept"
    FINGERPRINT_FAILED = "evidence.fingerprint_failed"
    LIKENESS_FOUND = "evidence.likeness_found"
    LIKENESS_DECIDED = "evidence.likeness_decided"
    LIKENESS_UNDONE = "evidence.likeness_undone"
    SEEN_BEFORE = "evidence.seen_before"
    HASH_RELEASE_GIVEN = "evidence.hash_release_given"
    HASH_RELEASE_ENDED = "evidence.hash_release_ended"
    HASH_SERVICE_USED = "evidence.hash_service_used"
    HASH_SERVICE_TAKEN_BACK = "evidence.hash_service_taken_back"
    TRANSCRIPT_OPENED = "evidence.transcript_opened"
    TRANSCRIPT_COPIED = "evidence.transcript_copied"
    LOOK_GRANTED = "evidence.look_granted"
    LOOK_ENDED = "evidence.look_ended"
    LOOK_ASKED = "evidence.look_asked"
    LOOK_MORE_ASKED = "evidence.look_more_asked"
    LOOK_EXTENDED = "evidence.look_extended"
    TEXT_CHOSEN = "evidence.text_chosen"
    RELEASE_ASKED = "evidence.release_asked"
    RELEASE_ALLOWED = "evidence.release_allowed"
    RELEASE_TOLD = "evidence.release_told"
    ORIGINAL_RELEASED = "evidence.original_released"
    RELEASE_ENDED = "evidence.release_ended"
    FINDING_WRITTEN = "evidence.finding_written"
    FINDING_CORRECTED = "evidence.finding_corrected"
    FINDING_WITHDRAWN = "evidence.finding_withdrawn"
    PAPER_MADE = "evidence.paper_made"
    DERIVATIVE_MADE = "evidence.derivative_made"
    DERIVATIVE_FAILED = "evidence.derivative_failed"
    FILE_DIFFERS = "evidence.file_differs"
    FILE_WHOLE_AGAIN = "evidence.file_whole_again"


DISCLOSED: Mapping[str, tuple[str, ...]] = {
    CaseEvent.CASE_OPENED: (),
    CaseEvent.CASE_ACTIVATED: (),
    CaseEvent.CASE_CLOSED: (),
    CaseEvent.CASE_REOPENED: (),
    EvidenceEvent.EXHIBIT_SEALED: ("exhibit", "media_type", "size", "sha256", "method"),
    EvidenceEvent.FILE_KNOWN: ("exhibit", "sha256"),
    EvidenceEvent.FILE_REFUSED: ("reason",),
    EvidenceEvent.CAPTURE_ASKED: ("with_media",),
    EvidenceEvent.CAPTURE_KEPT: ("exhibit", "result", "reason", "picture_sha256"),
    EvidenceEvent.CAPTURE_FAILED: ("reason",),
    EvidenceEvent.ACQUISITION_CORRECTED: ("exhibit", "number", "changed"),
    EvidenceEvent.LOOK_GRANTED: ("exhibit",),
    EvidenceEvent.LOOK_ENDED: ("exhibit", "seconds"),
    EvidenceEvent.DERIVATIVE_MADE: ("exhibit", "what", "sha256", "parent_sha256", "tool"),
    EvidenceEvent.DERIVATIVE_FAILED: ("exhibit", "what", "reason", "tool"),
    EvidenceEvent.FILE_DIFFERS: ("what", "found"),
    EvidenceEvent.FILE_WHOLE_AGAIN: ("what",),
}
"""What a bundle tells of the record: kinds of events, and of each the values that may be read.

Every bundle may be read by the other side. So a kind that is not listed travels as a withheld line: its number and
hash, nothing else. Contact, consent, notes, messages, releases and whatever the client did are never listed.
"""
