"""Remind a member of staff of a task whose time has passed: once."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cases import duty, outbox
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, CaseTask
from cases.states import TaskState


@transaction.atomic
def remind(*, task_id: UUID, by: Actor, at: datetime) -> bool:
    """Put one reminder mail into the outbox; False when the task ended or was reminded of meanwhile.

    The mail names the case by number and the time; it holds no name, no link to the material, nothing of the client.
    """
    found = CaseTask.objects.filter(pk=task_id).values_list("case_id", flat=True).first()
    if found is None:
        return False
    case = lock(found)
    task = CaseTask.objects.select_for_update(of=("self",)).select_related("assigned_to").get(pk=task_id)
    if task.state != TaskState.OPEN or task.reminded_at is not None or task.due_at is None:
        return False
    task.reminded_at = at
    task.save(update_fields=["reminded_at"])
    person = task.assigned_to or case.owner
    if not person.is_active or not person.email:
        person = case.owner
    if not person.is_active:
        person = next(iter(duty.supervisors_of(case.team)), person)
    when = task.due_at.strftime("%d %b %H:%M UTC")
    outbox.put(
        "staff.reminder",
        case=case,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=f"reminder:{task.pk}",
        subject_id=task.pk,
        channel="email",
        payload={
            "to": person.email or settings.MAIL_FROM,
            "subject": f"{case.reference}: time passed {when}",
            "text": f"{case.reference}: something was due {when} and is still open.\n\n"
            f"{settings.SCHEME}://{settings.STAFF_HOST}{task.path}\n",
        },
    )
    record(
        CaseEvent.TASK_REMINDED,
        case=case,
        by=by,
        at=at,
        subject=task,
        task=task.kind,
        facts=task.facts,
        due_at=task.due_at,
    )
    return True
