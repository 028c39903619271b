"""Create, finish and drop the tasks behind Today."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, CaseTask
from cases.states import ClockOwner, IllegalMove, TaskState

NEEDS_A_NOTE = frozenset({"emergency_review"})
"""Tasks that a press on “Done” does not end."""


def create(
    *,
    case: Case,
    kind: str,
    due_at: datetime | None,
    path: str,
    dedupe_key: str,
    by: Actor,
    at: datetime,
    clock: ClockOwner = ClockOwner.OURS,
    subject_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
    assigned_to_id: UUID | None = None,
) -> None:
    """Put one task on its owner's queue, or on somebody else's; while a task with this key is open nothing is added.

    `kind` has a template cases/tasks/<kind>.html or <app>/tasks/<kind>.html that says it in words; `facts` holds
    nothing personal (platform, counts). Called by actions that record their own event.
    """
    row = CaseTask(
        case=case,
        kind=kind,
        due_at=due_at,
        path=path,
        clock=clock,
        subject_id=subject_id,
        facts=facts or {},
        assigned_to_id=assigned_to_id or case.owner_id,
        dedupe_key=dedupe_key,
        created_at=at,
    )
    CaseTask.objects.bulk_create([row], ignore_conflicts=True)


def end_for(*, case: Case, dedupe_key: str, at: datetime, state: TaskState = TaskState.DROPPED) -> int:
    """End the open task with this key because its reason is gone; return how many ended (0 or 1)."""
    open_tasks = CaseTask.objects.open().filter(case=case, dedupe_key=dedupe_key)
    return open_tasks.update(state=state, ended_at=at)


@transaction.atomic
def finish(*, task_id: UUID, by: Actor, at: datetime) -> CaseTask:
    """Mark a task as done by a person."""
    task = CaseTask.objects.select_for_update(of=("self",)).select_related("case").get(pk=task_id)
    Case.objects.select_for_update(of=("self",)).get(pk=task.case_id)
    if task.state != TaskState.OPEN:
        raise IllegalMove("This task was ended already.")
    if task.kind in NEEDS_A_NOTE:
        raise IllegalMove("Open it and write what you found: this task ends with a note.")
    task.state, task.ended_at = TaskState.DONE, at
    task.save(update_fields=["state", "ended_at"])
    record(CaseEvent.TASK_DONE, case=task.case, by=by, at=at, subject=task, task=task.kind, facts=task.facts)
    return task
