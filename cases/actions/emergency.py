"""Emergency access: somebody opens a case that is not theirs for four hours, and a supervisor reviews it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from cases import duty, outbox
from cases.actions import case_task, limit
from cases.actions.case import lock
from cases.actions.membership import NotYours
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.limits import Counted
from cases.models import Audience, Case, CaseTask, Membership, MembershipRole, User
from cases.states import IllegalMove, TaskState

LASTS = timedelta(hours=4)
"""The database refuses more."""

REVIEW_WITHIN = timedelta(hours=24)
REVIEW = "emergency_review"
REFUSED = "staff.emergency_refused"


@transaction.atomic
def open_case(*, reference: str, reason: str, by: Actor, at: datetime) -> Case | None:
    """Open a case by its reference for at most LASTS; None when nothing was opened.

    None answers a wrong reference and a case one is barred from alike, and both are recorded; whoever answers for a
    case that exists hears of it through the worker, because this person may not write there. Somebody who reaches the
    case anyway gets it back and nothing changes.
    """
    known: Case | None = Case.objects.visible_to(by).filter(reference=reference).first()
    if known is not None:
        return known
    limit.count(kind=Counted.EMERGENCY, by=by, at=at)
    with connection.cursor() as cursor:
        cursor.execute("select recourse_break_glass(%s)", [reference])
        (case_id,) = cursor.fetchone() or (None,)
    if case_id is None:
        refused = record(CaseEvent.EMERGENCY_REFUSED, case=None, by=by, at=at, reference=reference, why=reason)
        _tell_worker(refused.pk, reference=reference, reason=reason, by=by, at=at)
        return None
    case = lock(case_id)
    row = Membership.objects.current().get(case=case, user_id=by.id, role=MembershipRole.EMERGENCY)
    row.why = reason
    row.save(update_fields=["sealed"])
    record(CaseEvent.EMERGENCY_OPENED, case=case, by=by, at=at, subject=row, why=reason, until=row.until)
    _call_supervisors(case, row, by=by, at=at)
    return case


def _tell_worker(event_id: UUID, *, reference: str, reason: str, by: Actor, at: datetime) -> None:
    outbox.put(
        REFUSED,
        case=None,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=f"{REFUSED}:{event_id}",
        payload={"reference": reference, "person": str(by.id), "why": reason},
    )


def _call_supervisors(case: Case, row: Membership, *, by: Actor, at: datetime) -> None:
    """Put the review on a supervisor's queue and tell every supervisor of the case by mail, by its number only."""
    told = [person for person in duty.supervisors_of(case.team) if person.pk != by.id]
    path = f"/cases/{case.reference}/reach"
    case_task.create(
        case=case,
        kind=REVIEW,
        due_at=at + REVIEW_WITHIN,
        path=path,
        dedupe_key=f"{REVIEW}:{row.pk}",
        subject_id=row.pk,
        assigned_to_id=told[0].pk if told else case.owner_id,
        by=by,
        at=at,
    )
    text = f"{case.reference} was opened by emergency access"
    for person in told or [case.owner]:
        _mail(case, person, text, key=f"{REVIEW}:{row.pk}", path=path, at=at)


def _mail(case: Case, person: User, text: str, *, key: str, path: str, at: datetime) -> None:
    link = f"{settings.SCHEME}://{settings.STAFF_HOST}{path}"
    outbox.put(
        "staff.reminder",
        case=case,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=f"{key}:{person.pk}",
        channel="email",
        payload={"to": person.email or settings.MAIL_FROM, "subject": text, "text": f"{text}.\n\n{link}\n"},
    )


@transaction.atomic
def refused(*, reference: str, person_id: UUID, reason: str, by: Actor, at: datetime) -> bool:
    """Tell the supervisors of a case that somebody barred from it tried to open it; False for a wrong reference."""
    found = Case.objects.filter(reference=reference).first()
    if found is None:
        return False
    case = lock(found.pk)
    person = User.objects.get(pk=person_id)
    said = {"person": person.pk, "name": person.name, "why": reason}
    event = record(CaseEvent.EMERGENCY_BARRED, case=case, by=by, at=at, subject=case, **said)
    told = [one for one in duty.supervisors_of(case.team) if one.pk != person.pk]
    case_task.create(
        case=case,
        kind="emergency_barred",
        due_at=at + REVIEW_WITHIN,
        path=f"/cases/{case.reference}/timeline",
        dedupe_key=f"emergency_barred:{person.pk}",
        assigned_to_id=told[0].pk if told else case.owner_id,
        by=by,
        at=at,
    )
    for one in told:
        text = f"{case.reference}: emergency access was refused"
        _mail(case, one, text, key=f"barred:{event.pk}", path=f"/cases/{case.reference}/timeline", at=at)
    return True


@transaction.atomic
def review(*, task_id: UUID, note: str, by: Actor, at: datetime) -> CaseTask:
    """Say what was found about one emergency access: who decides about the case, never the person themselves."""
    task = CaseTask.objects.get(pk=task_id, kind=REVIEW)
    case = lock(task.case_id)
    used = Membership.objects.select_related("user").get(pk=task.subject_id)
    if used.user_id == by.id or not case.is_managed_by(by):
        raise NotYours
    task = CaseTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.state != TaskState.OPEN:
        raise IllegalMove("This was reviewed already.")
    task.state, task.ended_at = TaskState.DONE, at
    task.save(update_fields=["state", "ended_at"])
    said = {"person": used.user_id, "name": used.user.name, "note": note}
    record(CaseEvent.EMERGENCY_REVIEWED, case=case, by=by, at=at, subject=used, **said)
    return task
