"""What was found alike: kept inside a case for a person to decide, and across cases told to a supervisor only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, CaseLink, LookupKind, Match
from cases.states import IllegalMove, TaskState
from evidence.events import EvidenceEvent
from evidence.matching.rule import Alike
from evidence.models import Exhibit, Likeness, LikenessBasis, LikenessDecision, Turn

TASK = "likeness"
ELSEWHERE_TASK = "seen_before"
DECIDE_WITHIN = timedelta(days=7)
ASK_WITHIN = timedelta(days=2)


def found(
    *, case: Case, exhibit: Exhibit, alike: Sequence[tuple[Exhibit, Alike | None]], by: Actor, at: datetime
) -> list[Likeness]:
    """Keep what an exhibit of a locked case was found to be like; `None` stands for the very same bytes.

    Inside the case each pair becomes a question. For others there is one mark without a pointer; the two references
    go into a match that only supervisors read. A film's single frame is too thin to be told across cases.
    """
    made = [_inside(case, exhibit, other, why, by=by, at=at) for other, why in alike if other.case_id == case.pk]
    kept = [row for row in made if row is not None]
    if kept:
        case_task.create(
            case=case,
            kind=TASK,
            due_at=at + DECIDE_WITHIN,
            path=_page(case),
            dedupe_key=TASK,
            by=by,
            at=at,
        )
    elsewhere = {other.case_id for other, why in alike if other.case_id != case.pk and (why is None or not why.is_thin)}
    told = [_match(case, other_id, at=at) for other_id in sorted(elsewhere)]
    if any(told):
        kept += _elsewhere(case, exhibit, by=by, at=at)
    return kept


def _page(case: Case) -> str:
    return reverse("evidence:likenesses", args=[case.reference])


def _inside(
    case: Case, exhibit: Exhibit, other: Exhibit, why: Alike | None, *, by: Actor, at: datetime
) -> Likeness | None:
    pair = [exhibit.pk, other.pk]
    if Likeness.objects.filter(case=case, exhibit__in=pair, other__in=pair).exists():
        return None
    row = Likeness(
        case=case,
        exhibit=exhibit,
        other=other,
        basis=LikenessBasis.SAME_FILE if why is None else LikenessBasis.NEAR,
        distance=None if why is None else why.distance,
        turn=Turn.NONE if why is None else Turn(why.way),
        frames_alike=why.frames if why else 0,
        frames=why.of if why else 0,
        found_at=at,
    )
    row.save(force_insert=True)
    record(
        EvidenceEvent.LIKENESS_FOUND,
        case=case,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        other=other.label,
        basis=row.basis,
        distance=row.distance,
        turn=row.turn,
    )
    return row


def _match(case: Case, other_id: UUID, *, at: datetime) -> bool:
    """Write two references for a supervisor; False where the two are linked, kept apart or were decided already."""
    if CaseLink.objects.filter(case=case, other_id=other_id).exists():
        return False
    pair = [case.pk, other_id]
    earlier = Match.objects.filter(asked_case__in=pair, other_case__in=pair).order_by("-asked_at").first()
    if earlier is None:
        other = Case.objects.get(pk=other_id)
        Match(
            asked_case=case,
            other_case=other,
            asked_reference=case.reference,
            other_reference=other.reference,
            kinds=[LookupKind.PICTURE.value],
            asked_by_id=case.owner_id,
            asked_at=at,
        ).save(force_insert=True)
        return True
    if not earlier.decision and LookupKind.PICTURE not in earlier.kinds:
        earlier.kinds = [*earlier.kinds, LookupKind.PICTURE.value]
        earlier.save(update_fields=["kinds"])
    return not earlier.decision


def _elsewhere(case: Case, exhibit: Exhibit, *, by: Actor, at: datetime) -> list[Likeness]:
    if Likeness.objects.elsewhere().filter(exhibit=exhibit).exists():
        return []
    row = Likeness(case=case, exhibit=exhibit, other=None, basis=LikenessBasis.NEAR, found_at=at)
    row.save(force_insert=True)
    record(EvidenceEvent.SEEN_BEFORE, case=case, by=by, at=at, subject=exhibit, exhibit=exhibit.label)
    case_task.create(
        case=case,
        kind=ELSEWHERE_TASK,
        due_at=at + ASK_WITHIN,
        path=_page(case),
        dedupe_key=f"{ELSEWHERE_TASK}:{exhibit.pk}",
        subject_id=exhibit.pk,
        facts={"exhibit": exhibit.label},
        by=by,
        at=at,
    )
    return [row]


def ask_again(*, case: Case, by: Actor, at: datetime) -> None:
    """Put what nobody decided before a case was closed on its owner's list again, where it is opened again."""
    if Likeness.objects.open().filter(case=case).exists():
        due_at = at + DECIDE_WITHIN
        case_task.create(case=case, kind=TASK, due_at=due_at, path=_page(case), dedupe_key=TASK, by=by, at=at)


@transaction.atomic
def decide(*, likeness_id: UUID, decision: LikenessDecision, by: Actor, at: datetime) -> Likeness:
    """Keep what a person says of two exhibits. A distance alone never decides."""
    row = _locked(likeness_id)
    if row.decision:
        raise IllegalMove(_("Somebody decided this already."))
    row.decision, row.decided_by_id, row.decided_at = decision, by.id, at
    row.save(update_fields=["decision", "decided_by", "decided_at"])
    _record(EvidenceEvent.LIKENESS_DECIDED, row, by=by, at=at, decision=decision)
    if not Likeness.objects.open().filter(case=row.case_id).exists():
        case_task.end_for(case=row.case, dedupe_key=TASK, at=at, state=TaskState.DONE)
    return row


@transaction.atomic
def undo(*, likeness_id: UUID, by: Actor, at: datetime) -> Likeness:
    """Take a decision back; the pair waits again. The earlier word stays in the record."""
    row = _locked(likeness_id)
    if not row.decision:
        raise IllegalMove(_("Nobody decided this yet."))
    before = row.decision
    row.decision, row.decided_by_id, row.decided_at = "", None, None
    row.save(update_fields=["decision", "decided_by", "decided_at"])
    _record(EvidenceEvent.LIKENESS_UNDONE, row, by=by, at=at, decision=before)
    return row


def _locked(likeness_id: UUID) -> Likeness:
    case = lock(Likeness.objects.values_list("case_id", flat=True).get(pk=likeness_id))
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18."))
    row: Likeness = (
        Likeness.objects.select_for_update(of=("self",)).select_related("exhibit", "other", "case").get(pk=likeness_id)
    )
    if row.other is None:
        raise IllegalMove(_("Your supervisor decides what this is. Ask them."))
    return row


def _record(kind: EvidenceEvent, row: Likeness, *, by: Actor, at: datetime, decision: str) -> None:
    assert row.other is not None
    record(
        kind,
        case=row.case,
        by=by,
        at=at,
        subject=row.exhibit,
        exhibit=row.exhibit.label,
        other=row.other.label,
        decision=decision,
    )
