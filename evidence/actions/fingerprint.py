"""Keep how an exhibit looks, compare it with what is kept, let it go: with the client's yes only, never under 18."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, Consent, Power
from cases.retention import DataClass
from cases.states import AgeAnswer, CaseState
from evidence.actions import likeness
from evidence.events import EvidenceEvent
from evidence.matching import index
from evidence.matching.index import Index
from evidence.matching.rule import Alike, Frame, Seen, compare
from evidence.models import Exhibit, ExhibitState, Fingerprint, FingerprintHash, FingerprintState, Likeness

MEDIA = Q(media_type__startswith="image/") | Q(media_type__startswith="video/")


def agreed() -> QuerySet[Case]:
    """Return the cases whose client lets us keep fingerprints, of adults as they said."""
    yes = Consent.objects.standing().filter(case=OuterRef("pk"), power=Power.KEEP_FINGERPRINT, is_given=True)
    adults: QuerySet[Case] = Case.objects.filter(Exists(yes), age_answer=AgeAnswer.ADULT)
    return adults.exclude(state=CaseState.ERASED)


def to_make() -> QuerySet[Exhibit]:
    """Return pictures and films without a fingerprint whose client lets us keep one, the oldest first."""
    kept: QuerySet[Exhibit] = Exhibit.objects.sealed().filter(MEDIA, case__in=agreed(), fingerprint=None)
    return kept.order_by("sealed_at", "number", "pk")


@transaction.atomic
def keep(*, exhibit_id: UUID, seen: Seen, tool: str, by: Actor, at: datetime) -> Fingerprint | None:
    """Keep what the sandbox saw of an exhibit. None where it may not be kept (any more), or is kept already."""
    exhibit = _kept_exhibit(exhibit_id)
    if exhibit is None:
        return None
    state = FingerprintState.MADE if seen.usable else FingerprintState.POOR
    row = _row(exhibit, state=state, is_film=seen.is_film, tool=tool, at=at)
    FingerprintHash.objects.bulk_create(
        FingerprintHash(
            case_id=exhibit.case_id,
            fingerprint=row,
            frame=number,
            at_ms=frame.at_ms,
            pdq=frame.straight,
            turns=frame.turns,
            quality=frame.quality,
        )
        for number, frame in enumerate(seen.frames)
    )
    record(
        EvidenceEvent.FINGERPRINT_KEPT,
        case=exhibit.case_id,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        frames=len(seen.frames),
        usable=len(seen.usable),
        tool=tool,
    )
    return row


@transaction.atomic
def fail(*, exhibit_id: UUID, reason: str, by: Actor, at: datetime) -> Fingerprint | None:
    """Note that no fingerprint could be made of an exhibit; equal files are still found by their hash."""
    exhibit = _kept_exhibit(exhibit_id)
    if exhibit is None:
        return None
    is_film = exhibit.media_type.startswith("video/")
    row = _row(exhibit, state=FingerprintState.FAILED, is_film=is_film, tool="", at=at, error=reason[:20])
    record(
        EvidenceEvent.FINGERPRINT_FAILED,
        case=exhibit.case_id,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        reason=reason[:60],
    )
    return row


def _kept_exhibit(exhibit_id: UUID) -> Exhibit | None:
    """Lock the case and return the exhibit, if its fingerprint may be kept and is not yet."""
    case = lock(Exhibit.objects.values_list("case_id", flat=True).get(pk=exhibit_id))
    found: Exhibit | None = Exhibit.objects.filter(pk=exhibit_id, state=ExhibitState.SEALED, fingerprint=None).first()
    return found if agreed().filter(pk=case.pk).exists() else None


def _row(
    exhibit: Exhibit, *, state: FingerprintState, is_film: bool, tool: str, at: datetime, error: str = ""
) -> Fingerprint:
    row = Fingerprint(
        case_id=exhibit.case_id,
        exhibit=exhibit,
        state=state,
        is_film=is_film,
        made_at=at,
        tool=tool[:80],
        error=error,
        sha256=exhibit.sha256,
        md5=exhibit.md5,
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def compare_one(*, fingerprint_id: UUID, by: Actor, at: datetime, held: Index | None = None) -> list[Likeness]:
    """Compare one fingerprint with every one that was compared before, over all cases. Run by a worker.

    Whichever of two comes second meets the first, since places are given under one lock. Returns what was found.
    """
    held = held if held is not None else index.held
    row: Fingerprint | None = Fingerprint.objects.filter(pk=fingerprint_id).select_related("exhibit").first()
    if row is None:
        return []
    case = lock(row.case_id)
    index.take_turn()
    row = Fingerprint.objects.select_for_update(of=("self",)).filter(pk=fingerprint_id).first()
    if row is None or row.place is not None or not agreed().filter(pk=case.pk).exists():
        return []
    held.refresh()
    seen = _seen([row])[row.pk]
    found = likeness.found(case=case, exhibit=row.exhibit, alike=_alike(row, seen, held), by=by, at=at)
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(place), 0) + 1 from evidence_fingerprint")
        (row.place,) = cursor.fetchone()
    row.compared_at = at
    row.save(update_fields=["place", "compared_at"])
    return found


def _alike(row: Fingerprint, seen: Seen, held: Index) -> list[tuple[Exhibit, Alike | None]]:
    """Return every other exhibit that is equal to this one (None) or looks like it, each once."""
    places = {
        place
        for frame in seen.usable
        for way in range(0, len(frame.turns), 32)
        for place, _distance in held.hashes.near(frame.turns[way : way + 32])
    }
    others = Fingerprint.objects.exclude(pk=row.pk).filter(
        Q(place__in=places) | Q(sha256=row.sha256, place__isnull=False), case__in=agreed()
    )
    candidates = list(others.select_related("exhibit", "case").order_by("place"))
    theirs = _seen(candidates)
    found: list[tuple[Exhibit, Alike | None]] = []
    for other in candidates:
        if other.sha256 == row.sha256:
            found.append((other.exhibit, None))
        elif (alike := compare(seen, theirs[other.pk])) is not None:
            found.append((other.exhibit, alike))
    return found


def _seen(rows: list[Fingerprint]) -> Mapping[UUID, Seen]:
    frames: dict[UUID, list[Frame]] = {row.pk: [] for row in rows}
    hashes = FingerprintHash.objects.filter(fingerprint__in=rows).order_by("fingerprint_id", "frame")
    for one in hashes:
        frames[one.fingerprint_id].append(Frame(bytes(one.turns), one.quality, one.at_ms))
    return {row.pk: Seen(tuple(frames[row.pk]), row.is_film) for row in rows}


def remove(*, case: Case, kind: DataClass, rule: str, at: datetime) -> None:
    """Let fingerprints go with the files of a closed case that a rule removes."""
    if kind in (DataClass.MEDIA, DataClass.MEDIA_KEPT):
        FingerprintHash.objects.filter(case=case).delete()
        Fingerprint.objects.filter(case=case).delete()
        Likeness.objects.filter(case=case, decision="").delete()
