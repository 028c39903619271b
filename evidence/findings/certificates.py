"""What the drafts of certificates and statements are filled with: facts of the record, for a person to check and sign.

Only what is on file about the law is said, with where it was read and how sure that is. Nothing is signed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.models import Case, Event
from evidence.bundle_sections import notes_of, system_facts
from evidence.events import EvidenceEvent
from evidence.findings.drafts import draft_of
from evidence.models import AcquisitionMethod, Exhibit, Noun, Paper, StoredCheck, StoredState
from evidence.order import BundleOrder

CERTIFICATES = (Paper.CERTIFICATE_A, Paper.CERTIFICATE_B, Paper.CERTIFICATE_C)

BASIS: dict[Paper, tuple[str | Promise, str | Promise]] = {
    Paper.CERTIFICATE_A: (
        gettext_lazy("United States, Federal Rules of Evidence 902(13); form of 902(11)."),
        gettext_lazy("Read in pages about the rule (jhany.com, attested.legal, filesworn.com), not in the rule itself. "
                     "Fairly sure; no lawyer has checked it."),
    ),
    Paper.CERTIFICATE_B: (
        gettext_lazy("United States, Federal Rules of Evidence 902(14); same certificate and notice as 902(13)."),
        gettext_lazy("Read in pages about the rule (a law firm’s on jdsupra.com, proofledger.io, a publisher’s form), "
                     "not in the rule itself. Fairly sure; no lawyer has checked it."),
    ),
    Paper.CERTIFICATE_C: (
        gettext_lazy("England and Wales: statement of a witness who produces exhibits."),
        gettext_lazy("Our belief, read nowhere. Not sure; a lawyer of the country must check it."),
    ),
    Paper.PRODUCER: (
        gettext_lazy("Statement of a witness who produces exhibits; the form depends on the country."),
        gettext_lazy("Our belief, read nowhere. Not sure; a lawyer of the country must check it."),
    ),
}  # fmt: skip
"""For each paper: the rule it is meant for, and where that was read and how sure it is."""

EXCEPTIONS: dict[str, str | Promise] = {
    EvidenceEvent.FILE_REFUSED: gettext_lazy("A file was offered and not taken in"),
    EvidenceEvent.CAPTURE_FAILED: gettext_lazy("A page could not be captured"),
    EvidenceEvent.CAPTURE_STOPPED: gettext_lazy("A capture was stopped"),
    EvidenceEvent.DERIVATIVE_FAILED: gettext_lazy("Data of a file could not be read"),
    EvidenceEvent.FILE_DIFFERS: gettext_lazy("A stored file was not what it should be"),
    EvidenceEvent.ACQUISITION_CORRECTED: gettext_lazy("What was said about an exhibit was corrected"),
    EvidenceEvent.FINDING_CORRECTED: gettext_lazy("Something written down was corrected"),
    EvidenceEvent.FINDING_WITHDRAWN: gettext_lazy("Something written down was taken back"),
    EvidenceEvent.BUNDLE_FAILED: gettext_lazy("A bundle could not be built"),
}
"""Kinds of event that a certificate owns up to, in words; kinds that were never recorded are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One record that a paper names. `sha256` is of the file as it came and as it is kept."""

    exhibit: str
    description: str
    media_type: str
    size: int
    sha256: str
    received_at: datetime
    method: str
    source: str
    discovered_at: datetime | None = None
    notes: Sequence[str] = field(default=())


def record_rows(case: Case, order: BundleOrder, at: datetime, *, paper: Paper, producer: str = "") -> list[RecordRow]:
    """Return the records that a paper speaks of: A what we captured, B what was handed over, C all, or one producer's.

    An exhibit that the bundle hides is left out.
    """
    rows = Exhibit.objects.sealed().filter(case=case, received_at__lte=at).for_rows()
    chosen = [row for row in rows if not order.hides(row.pk) and (not producer or row.producer == producer)]
    if paper == Paper.CERTIFICATE_A:
        chosen = [row for row in chosen if row.method == AcquisitionMethod.CAPTURED]
    elif paper == Paper.CERTIFICATE_B:
        chosen = [row for row in chosen if row.method != AcquisitionMethod.CAPTURED]
    return [
        RecordRow(
            exhibit=row.label,
            description=row.description,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            received_at=row.received_at,
            method=row.method_said,
            source=row.source,
            discovered_at=row.discovered_at,
            notes=notes_of(row),
        )
        for row in chosen
    ]


def exceptions_of(case: Case, at: datetime) -> list[tuple[str, list[Event]]]:
    """Return what did not go as it should, by kind, with the events; call inside `acting_as`."""
    found = Event.objects.filter(case=case, kind__in=EXCEPTIONS, at__lte=at).order_by("kind", "seq")
    # A draft that was saved again is no correction of what it is about.
    told = (event for event in found if event.body.get("noun") != Noun.STATEMENT_DRAFT)
    return [(str(EXCEPTIONS[kind]), list(events)) for kind, events in groupby(told, key=lambda event: event.kind)]


def last_verification(case: Case) -> str:
    """Say when the stored files were last read again and compared, as far as that is on record; trouble comes first."""
    kept = set(Exhibit.objects.sealed().filter(case=case).values_list("pk", flat=True))
    looked = StoredCheck.objects.filter(case=case, subject=Exhibit._meta.db_table, subject_id__in=kept)
    trouble = looked.alarming().count()
    if trouble:
        return ngettext(
            "%(n)d stored file is not what was stored, or is gone. See the record.",
            "%(n)d stored files are not what was stored, or are gone. See the record.",
            trouble,
        ) % {"n": trouble}
    good = list(looked.filter(state=StoredState.VERIFIED).values_list("verified_at", flat=True))
    if not good:
        return _("No later check of the stored files is on record. Each was read back once when it was stored.")
    oldest = min(moment for moment in good if moment is not None).astimezone(UTC)
    return _(
        "%(done)d of %(all)d stored files were read again from the store and compared by hash, the longest ago on "
        "%(day)s UTC. None had changed."
    ) % {"done": len(good), "all": len(kept), "day": f"{oldest:%Y-%m-%d %H:%M}"}


def producers(case: Case) -> list[str]:
    """Return the letters of everybody who produced exhibits of a case."""
    rows = Exhibit.objects.sealed().filter(case=case).order_by("producer")
    return list(rows.values_list("producer", flat=True).distinct())


def wanted(case: Case, order: BundleOrder, at: datetime) -> list[tuple[Paper, str]]:
    """Return the papers that have a record to speak of, with what each is about.

    The statement for England and Wales is a producer's statement by another name: only where somebody filled it in.
    """
    found = [(paper, "") for paper in CERTIFICATES if record_rows(case, order, at, paper=paper)]
    if draft_of(case, Paper.CERTIFICATE_C) is None:
        found = [one for one in found if one[0] != Paper.CERTIFICATE_C]
    shown = producers(case)
    own = [one for one in shown if record_rows(case, order, at, paper=Paper.PRODUCER, producer=one)]
    return [*found, *((Paper.PRODUCER, letters) for letters in own)]


def certificate_context(
    case: Case, order: BundleOrder, at: datetime, *, paper: Paper, about: str = "", typed: dict[str, str] | None = None
) -> dict[str, object]:
    """Return everything the template of a certificate or a producer's statement shows.

    `typed` is what a person typed for this paper; without it the newest draft is taken.
    """
    kept = draft_of(case, paper, about)
    rule, confidence = BASIS[paper]
    return {
        "paper": paper.value,
        "title": str(paper.label),
        "about": about,
        "rule": rule,
        "confidence": confidence,
        "typed": typed if typed is not None else (kept.fields if kept else {}),
        "version": kept.version if kept else 0,
        "case_ref": case.reference,
        "records": record_rows(case, order, at, paper=paper, producer=about if paper == Paper.PRODUCER else ""),
        "exceptions": [
            {"what": what, "n": len(events), "entries": [event.seq for event in events][:12]}
            for what, events in exceptions_of(case, at)
        ],
        "verification": last_verification(case),
        "system": system_facts(),
        "at": at,
    }
