"""Watch, close and open a case again. Closing asks whether there may be proceedings, and what the client wants."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import case_task
from cases.actions import hold as hold_actions
from cases.actions.case import lock
from cases.actor import Actor
from cases.closing import OWED
from cases.contributions import contributed
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Case,
    CaseTask,
    Closing,
    Erasure,
    Membership,
    MembershipRole,
    Outcome,
    Proceedings,
    Removal,
    RemovalState,
)
from cases.retention import Afterwards
from cases.states import CASE_MOVES, CaseState, IllegalMove, TaskState, check_move

STAYS = (MembershipRole.OWNER, MembershipRole.BACKUP, MembershipRole.CLIENT)
"""Who still reaches a closed case; everybody else's membership ends with it."""
WISH_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Held:
    """Until when a case that may go to court is held (None: until two people lift it), and where that day is from."""

    until: date | None
    basis: str


@transaction.atomic
def watch(*, case_id: UUID, by: Actor, at: datetime) -> Case:
    """Say that the work is done and links are only looked at from now on."""
    case = lock(case_id)
    check_move(CASE_MOVES, case.state, CaseState.MONITORING, "case")
    case.state = CaseState.MONITORING
    case.save(update_fields=["state"])
    record(CaseEvent.CASE_WATCHED, case=case, by=by, at=at, subject=case)
    return case


@transaction.atomic
def close(
    *,
    case_id: UUID,
    outcome: Outcome,
    proceedings: Proceedings,
    wish: Afterwards,
    held: Held | None,
    remark: str = "",
    by: Actor,
    at: datetime,
) -> Closing:
    """Close a case: what runs is stopped, helpers leave, and where there may be proceedings a hold is set.

    Raises IllegalMove where there may be proceedings and no hold was given, or the client wants deletion of what a
    court may need: then they are told that it waits.
    """
    case = lock(case_id)
    check_move(CASE_MOVES, case.state, CaseState.CLOSED, "case")
    if proceedings == Proceedings.YES and held is None:
        raise IllegalMove(_("There may be proceedings. Say until when everything is held."))
    closing = Closing.make(
        case=case,
        outcome=outcome,
        proceedings=proceedings,
        wish=wish,
        closed_by_id=by.id,
        closed_at=at,
        remark=remark,
    )
    closing.save(force_insert=True)
    for part in contributed("CASE_CLOSE_PARTS"):
        part(case=case, by=by, at=at)
    falling = CaseTask.objects.open().filter(case=case).exclude(kind__in=OWED)
    falling.update(state=TaskState.DROPPED, ended_at=at)
    case.state, case.closed_at = CaseState.CLOSED, at
    case.save(update_fields=["state", "closed_at"])
    leaving = Membership.objects.current().filter(case_id=case.pk).exclude(role__in=STAYS).exclude(user_id=by.id)
    record(
        CaseEvent.CASE_CLOSED,
        case=case,
        by=by,
        at=at,
        subject=closing,
        outcome=outcome,
        proceedings=proceedings,
        wish=wish,
        remark=remark,
        left=sorted(str(user_id) for user_id in leaving.values_list("user_id", flat=True)),
    )
    if proceedings == Proceedings.YES and held is not None:
        hold_actions.place(
            case=case,
            reason=_("There may be proceedings."),
            basis=held.basis,
            until=held.until,
            is_for_proceedings=True,
            by=by,
            at=at,
        )
    _remember_wish(case, wish, by=by, at=at)
    # Last: what they have in the case ends, and with it what row-level security lets them write.
    leaving.update(until=at)
    return closing


def _remember_wish(case: Case, wish: Afterwards, *, by: Actor, at: datetime) -> None:
    kinds = {Afterwards.COPY: "give_copy", Afterwards.DELETE: "erasure_wished"}
    if wish not in kinds:
        return
    path = f"/cases/{case.reference}/bundle" if wish == Afterwards.COPY else f"/cases/{case.reference}/keeping"
    key = kinds[wish]
    case_task.create(case=case, kind=key, due_at=at + WISH_WITHIN, path=path, dedupe_key=key, by=by, at=at)


@transaction.atomic
def reopen(*, case_id: UUID, why: str, by: Actor, at: datetime) -> Case:
    """Open a closed case again. Links are looked at again; what was removed by rule stays removed."""
    case = lock(case_id)
    check_move(CASE_MOVES, case.state, CaseState.ACTIVE, "case")
    refuse_while_going(case)
    if case.state == CaseState.CLOSED:
        Closing.objects.standing().filter(case=case).update(reopened_at=at)
        announced = Removal.objects.open().filter(case=case)
        announced.update(state=RemovalState.DROPPED, ended_at=at)
        for key in ("give_copy", "erasure_wished", "removal"):
            case_task.end_for(case=case, dedupe_key=key, at=at)
    case.state, case.closed_at = CaseState.ACTIVE, None
    case.save(update_fields=["state", "closed_at"])
    for part in contributed("CASE_REOPEN_PARTS"):
        part(case=case, by=by, at=at)
    record(CaseEvent.CASE_REOPENED, case=case, by=by, at=at, subject=case, why=why)
    return case


def refuse_while_going(case: Case) -> None:
    """Raise IllegalMove while files of the case are being removed, or it is being erased."""
    going = Removal.objects.filter(case=case, state=RemovalState.GOING).exists()
    if going or Erasure.objects.unfinished().filter(case=case).exists():
        raise IllegalMove(_("Something of this case is being removed at this moment. Look again in a few minutes."))
