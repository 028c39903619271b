"""The certificate of an erasure: ids, counts and times that name nobody."""

from typing import Any

from cases.models import Erasure, ErasureState


def certificate(row: Erasure) -> dict[str, Any]:
    """Return what a finished erasure certifies. Times are UTC in ISO 8601; `complete` says whether no key is left."""

    def moment(at: Any) -> str:
        return at.isoformat() if at else ""

    return {
        "certificate": "recourse-erasure-1",
        "erasure": str(row.pk),
        "case": str(row.case_id),
        "reference": row.case.reference,
        "reason": row.reason,
        "opened_at": moment(row.case.opened_at),
        "closed_at": moment(row.case.closed_at),
        "asked_by": row.asked_by.name if row.asked_by else "",
        "asked_at": moment(row.asked_at),
        "granted_by": row.granted_by.name if row.granted_by else "",
        "granted_at": moment(row.granted_at),
        "approval": str(row.approval_id),
        "erased_at": moment(row.erased_at),
        "stored_files_removed_with_all_versions": row.stored_objects,
        "rows_removed": {name: number for name, number in row.counts.items() if name != "stored_files"},
        "case_key_destroyed": True,
        "key_version_to_be_destroyed": row.key_version,
        "complete": row.state == ErasureState.COMPLETE,
        "completed_at": moment(row.completed_at),
        "kept": "reference, dates, this certificate, and the record without its words: its chain still verifies",
    }
