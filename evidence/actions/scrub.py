"""Write down what a look at a stored file found: an alarm when it is not what was stored, its end when it is again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Model, Q

from cases import duty
from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case
from cases.states import CaseState, TaskState
from evidence.events import EvidenceEvent
from evidence.models import ALARMING, ScrubDay, StoredCheck, StoredState
from evidence.scrub_subjects import StoredFile, path_of, said

EVERY = timedelta(days=7)
EARLIER = timedelta(days=1)
"""By up to so much each file is looked at earlier, each by another part of it: not all fall due in one hour again."""
AGAIN_AFTER_ALARM = timedelta(days=1)
AGAIN_AFTER_NOTHING = timedelta(hours=1)
LEASE = timedelta(minutes=30)
ALARM = "stored_file_differs"
ALARM_WITHIN = timedelta(hours=8)


@transaction.atomic
def claim(*, file: StoredFile, since: datetime, at: datetime) -> bool:
    """Take one file for one worker; False when another has it, or has looked at it since the run began."""
    row = StoredCheck(case_id=file.case_id, subject=file.subject, subject_id=file.subject_id, next_at=at)
    StoredCheck.objects.bulk_create([row], ignore_conflicts=True)
    mine = StoredCheck.objects.filter(subject=file.subject, subject_id=file.subject_id).free(at=at)
    mine = mine.filter(Q(looked_at__isnull=True) | Q(looked_at__lt=since))
    return mine.update(leased_until=at + LEASE) == 1


@transaction.atomic
def note(
    *, file: StoredFile, model: type[Model], state: StoredState, opened: bool, by: Actor, at: datetime
) -> StoredState | None:
    """Write down what a look found; None when the row names that file no more, which is no finding.

    The first look that finds a file changed or gone records an event and calls the supervisor; the first that finds it
    whole again records that and ends the call. A store that could not be read changes neither.
    """
    case = lock(file.case_id)
    check = StoredCheck.objects.select_for_update().get(subject=file.subject, subject_id=file.subject_id)
    row: Any = model._base_manager.filter(pk=file.subject_id).first()
    if row is None or row.object_name != file.name:
        check.delete()
        return None
    before = check.state
    check.looked_at, check.leased_until = at, None
    if state == StoredState.NOT_CHECKED:
        # What was known before stands: an alarm is not ended by a store that does not answer.
        check.next_at = at + AGAIN_AFTER_NOTHING
        check.state = before if before in ALARMING else state
    elif state in ALARMING:
        check.state, check.next_at = state, at + AGAIN_AFTER_ALARM
        if before not in ALARMING:
            _call(case, row, file, state, by=by, at=at)
    else:
        check.state, check.verified_at = state, at
        check.plain_at = at if opened else check.plain_at
        check.next_at = at + EVERY - EARLIER * (file.subject_id.int % 997 / 997)
        if before in ALARMING:
            record(EvidenceEvent.FILE_WHOLE_AGAIN, case=case, by=by, at=at, subject=row, what=said(model, row))
            case_task.end_for(case=case, dedupe_key=_key(file.subject_id), at=at, state=TaskState.DONE)
    check.save()
    return state


@transaction.atomic
def add_to_day(*, counts: dict[str, int], at: datetime) -> None:
    """Add the numbers of one run to those of its day."""
    ScrubDay.objects.bulk_create([ScrubDay(day=at.date(), last_at=at)], ignore_conflicts=True)
    sums = {name: F(name) + number for name, number in counts.items()}
    ScrubDay.objects.filter(pk=at.date()).update(last_at=at, **sums)


def _call(case: Case, row: Any, file: StoredFile, state: StoredState, *, by: Actor, at: datetime) -> None:
    what = said(type(row), row)
    record(EvidenceEvent.FILE_DIFFERS, case=case, by=by, at=at, subject=row, what=what, found=state)
    if case.state == CaseState.ERASED:
        return
    supervisors = duty.supervisors_of(case.team)
    case_task.create(
        case=case,
        kind=ALARM,
        due_at=at + ALARM_WITHIN,
        path=path_of(row, case),
        dedupe_key=_key(file.subject_id),
        subject_id=file.subject_id,
        facts={"what": what, "found": state.value},
        assigned_to_id=supervisors[0].pk if supervisors else case.owner_id,
        by=by,
        at=at,
    )


def _key(subject_id: UUID) -> str:
    return f"{ALARM}:{subject_id}"
