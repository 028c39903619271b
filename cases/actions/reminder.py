"""Tell people of tasks whose time has passed: the caseworker, then the backup, then a supervisor, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cases import outbox, reminding
from cases.actions.case import lock
from cases.actions.quiet import mail_goes
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, Case, CaseTask, User
from cases.models.case_task import TELL_AFTER
from cases.states import TaskState

KIND = "staff.reminder"


@dataclass(frozen=True)
class Mail:
    """What tasks must share to be told in one mail: to whom (None is the organisation's own address), turn, when."""

    to: UUID | None
    turn: int
    goes_at: datetime
    together: str


def remind(*, task_id: UUID, by: Actor, at: datetime) -> bool:
    """Tell the next person of one task; False when it ended, or nobody's turn has come. See `remind_together`."""
    return remind_together(task_ids=[task_id], by=by, at=at) == 1


@transaction.atomic
def remind_together(*, task_ids: Sequence[UUID], by: Actor, at: datetime) -> int:
    """Put one mail into the outbox for each person, platform and turn among some tasks; return how many tasks it told.

    Two beats at once tell nobody twice: the cases are locked, each task counts its turns, and a turn has one effect.
    A mail waits for the end of the person's quiet hours where the clock is ours (cases/quiet.py).
    """
    cases = {
        case_id: lock(case_id)
        for case_id in sorted(set(CaseTask.objects.filter(pk__in=task_ids).values_list("case_id", flat=True)))
    }
    rows = CaseTask.objects.select_for_update(of=("self",)).select_related("assigned_to").order_by("due_at", "pk")
    mails: dict[Mail, list[CaseTask]] = {}
    people: dict[UUID, User] = {}
    told = 0
    for task in rows.filter(pk__in=task_ids):
        if not _is_its_turn(task, at=at):
            continue
        chain = reminding.chain_of(task, cases[task.case_id])
        turn = task.reminded
        person = chain[turn] if turn < len(chain) else None
        task.reminded_at, task.reminded = at, turn + 1 if person else len(TELL_AFTER)
        task.save(update_fields=["reminded_at", "reminded"])
        if person is None and chain:
            continue
        goes_at = mail_goes(task, person, at=at) if person else at
        if person:
            people[person.pk] = person
        # What names no platform has nothing to be combined with.
        together = str(task.facts.get("platform") or task.pk)
        mails.setdefault(Mail(person.pk if person else None, turn, goes_at, together), []).append(task)
        _record(task, cases[task.case_id], turn=turn, goes_at=goes_at, by=by, at=at)
        told += 1
    for mail, tasks in mails.items():
        _put(tasks, cases, people[mail.to] if mail.to else None, mail, at=at)
    return told


def _is_its_turn(task: CaseTask, *, at: datetime) -> bool:
    if task.state != TaskState.OPEN or task.due_at is None or task.reminded >= len(TELL_AFTER):
        return False
    return task.due_at + TELL_AFTER[task.reminded] <= at


def _put(tasks: Sequence[CaseTask], cases: dict[UUID, Case], person: User | None, mail: Mail, *, at: datetime) -> None:
    """One mail. Where nobody of the staff can be told, it goes to the organisation's own address."""
    of = {task.case_id for task in tasks}
    for task in tasks:
        task.case = cases[task.case_id]
    subject, text = reminding.words(tasks)
    outbox.put(
        KIND,
        case=cases[of.pop()] if len(of) == 1 else None,
        audience=Audience.STAFF,
        due_at=mail.goes_at,
        at=at,
        dedupe_key=f"reminder:{tasks[0].pk}:{mail.turn}",
        subject_id=tasks[0].pk,
        channel="email",
        payload={
            "to": person.email if person else settings.MAIL_FROM,
            "person": str(person.pk) if person else "",
            "tasks": [str(task.pk) for task in tasks],
            "subject": subject,
            "text": text,
        },
    )


def _record(task: CaseTask, case: Case, *, turn: int, goes_at: datetime, by: Actor, at: datetime) -> None:
    record(
        CaseEvent.TASK_REMINDED,
        case=case,
        by=by,
        at=at,
        subject=task,
        task=task.kind,
        facts=task.facts,
        due_at=task.due_at,
        mail_at=goes_at,
        turn=turn,
    )
