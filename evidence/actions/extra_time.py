"""More minutes of looking for one day: somebody asks, whoever supervises them gives, nobody gives themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actions import case_task
from cases.actions import limit as limit_actions
from cases.actions.approval import person
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, CaseTask, User, UserKind
from cases.permissions import Permission
from cases.states import IllegalMove, TaskState
from evidence.events import EvidenceEvent
from evidence.looking import exposure
from evidence.looking.grant import EXTRA_AT_MOST, EXTRA_CHOICES
from evidence.models import Exhibit, ExtraTime

ASKED = "look_more_asked"
ANSWER_WITHIN = timedelta(hours=4)
KEPT = timedelta(days=30)
"""What was given matters for one day; the record keeps who gave it and why."""


def whom(by: Actor) -> Sequence[User]:
    """Return those whom a supervisor answers for and who may look, never themselves; call inside `acting_as`."""
    with connection.cursor() as cursor:
        cursor.execute("select recourse_supervised_people()")
        reached = [row[0] for row in cursor.fetchall()]
    people = User.objects.filter(pk__in=reached, kind=UserKind.STAFF, is_active=True).order_by("name", "pk")
    return [one for one in people if one.pk != by.id and one.may(Permission.EVIDENCE_LOOK)]


@transaction.atomic
def give(*, person_id: UUID, minutes: int, why: str, by: Actor, at: datetime) -> ExtraTime:
    """Give one person minutes on top of their limits until their midnight. Ends the tasks that asked for it.

    Raises IllegalMove for oneself, for somebody else's people, without a reason, and past what one day may have.
    """
    giver = person(by)
    if not giver.may(Permission.LOOK_EXTEND):
        raise IllegalMove(_("Only a supervisor gives more minutes."))
    if person_id == giver.pk:
        raise IllegalMove(_("Nobody gives more minutes to themselves. Ask another supervisor."))
    if person_id not in {one.pk for one in whom(by)}:
        raise IllegalMove(_("Choose somebody whom you answer for and who may look."))
    if minutes not in EXTRA_CHOICES:
        raise IllegalMove(_("Choose how many minutes."))
    if not why.strip():
        raise IllegalMove(_("Write why. They read it on their page."))
    # Two supervisors at once meet here, so that both together give no more than one day may have.
    looker = User.objects.select_for_update().get(pk=person_id)
    given = exposure.extra_minutes(looker.pk, at=at)
    if given + minutes > EXTRA_AT_MOST:
        refusal = _("%(n)d more minutes were given for today; %(most)d is the most. Tomorrow begins anew.")
        raise IllegalMove(refusal % {"n": given, "most": EXTRA_AT_MOST})
    row: ExtraTime = ExtraTime.make(
        person=looker,
        given_by=giver,
        minutes=minutes,
        given_at=at,
        ends_at=exposure.day_ends(at, ZoneInfo(looker.time_zone)),
        why=why.strip(),
    )
    row.save(force_insert=True)
    said = {"person": looker.pk, "name": looker.name, "minutes": minutes, "why": why.strip(), "until": row.ends_at}
    record(EvidenceEvent.LOOK_EXTENDED, case=None, by=by, at=at, subject=looker, **said)
    asked = CaseTask.objects.visible_to(by).open().filter(kind=ASKED, subject_id=looker.pk)
    asked.update(state=TaskState.DONE, ended_at=at)
    return row


@transaction.atomic
def ask(*, exhibit_id: UUID, by: Actor, at: datetime) -> User:
    """Ask whoever supervises this person for more minutes today; return whose Today it stands on.

    Raises IllegalMove while minutes are left, and where no supervisor of theirs reaches the case.
    """
    asker = person(by)
    exhibit: Exhibit | None = Exhibit.objects.visible_to(by).filter(pk=exhibit_id).first()
    if exhibit is None or not asker.may(Permission.EVIDENCE_LOOK):
        raise IllegalMove(_("This file is not here any more."))
    case = lock(exhibit.case_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nobody looks."))
    if not exposure.allowance(asker.pk, at=at, zone=ZoneInfo(asker.time_zone)).is_used_up:
        raise IllegalMove(_("You have minutes left."))
    told = _supervisor(asker, case)
    case_task.create(
        case=case,
        kind=ASKED,
        due_at=at + ANSWER_WITHIN,
        path=f"{reverse('evidence:extra_time')}?person={asker.pk}",
        dedupe_key=f"{ASKED}:{asker.pk}",
        by=by,
        at=at,
        subject_id=asker.pk,
        facts={"name": asker.name},
        assigned_to_id=told.pk,
    )
    record(EvidenceEvent.LOOK_MORE_ASKED, case=case, by=by, at=at, subject=exhibit, exhibit=exhibit.label)
    return told


def _supervisor(asker: User, case: Case) -> User:
    for one in limit_actions.supervisors_of(asker):
        reaches = Case.objects.visible_to(Actor.user(one)).filter(pk=case.pk).exists()
        if one.may(Permission.LOOK_EXTEND) and reaches:
            return one
    raise IllegalMove(_("No supervisor of yours reaches this case. Ask a colleague to look, or talk to them."))


@transaction.atomic
def remove_old(*, at: datetime) -> int:
    """Remove what was given for days long over; return how many. For the worker."""
    return ExtraTime.objects.filter(ends_at__lt=at - KEPT).delete()[0]
