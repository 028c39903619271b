"""Whom a late task is told to, one after the other, and what the mail says. Reads rows, changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import duty
from cases.models import Bar, Case, CaseTask, Membership, MembershipRole, User


def chain_of(task: CaseTask, case: Case) -> list[User]:
    """Return who is told of a late task, in turn: its caseworker, the backup, a supervisor; each person once.

    Only active members of staff with an address, and nobody who is barred from the case. Never a client: a client is
    told by other ways, which ask the rule of safe contact (cases/effects.py).
    """
    owner = case.owner
    first = [person for person in (task.assigned_to, owner) if person is not None]
    backups = Membership.objects.current().filter(case=case, role=MembershipRole.BACKUP).select_related("user")
    barred = set(Bar.objects.standing().filter(case=case).values_list("user_id", flat=True))
    ways: list[Iterable[User]] = [
        first,
        (row.user for row in backups.order_by("since", "pk")),
        [*duty.supervisors_of(case.team), *duty.supervisors_of(None)],
    ]
    chain: list[User] = []
    for way in ways:
        fit = (one for one in way if _is_told(one) and one.pk not in barred and one not in chain)
        chain += [one for one, _turn in zip(fit, range(1), strict=False)]
    return chain


def _is_told(person: User) -> bool:
    return person.is_active and not person.is_client and bool(person.email)


def still_theirs(task_ids: Sequence[str], *, person_id: str) -> list[CaseTask]:
    """Return those of the tasks that are still open and of whose cases this person may still hear; oldest first.

    An empty `person_id` is the organisation's own address.
    """
    still = CaseTask.objects.open().filter(pk__in=[UUID(one) for one in task_ids])
    if person_id:
        if not User.objects.filter(pk=person_id, is_active=True).exists():
            return []
        still = still.exclude(case_id__in=Bar.objects.standing().filter(user_id=person_id).values("case_id"))
    return list(still.select_related("case").order_by("due_at", "pk"))


def words(tasks: Sequence[CaseTask]) -> tuple[str, str]:
    """Return subject and text of one mail about late tasks.

    It names cases by number and times; it holds no name, no platform, no link to the material, nothing of a client.
    """
    first = tasks[0]
    if len(tasks) == 1:
        subject = f"{first.case.reference}: time passed {_when(first.due_at)}"
    else:
        subject = ngettext("%(n)d task: time passed", "%(n)d tasks: time passed", len(tasks)) % {"n": len(tasks)}
    parts = [
        _("%(case)s: something was due %(when)s and is still open.")
        % {"case": task.case.reference, "when": _when(task.due_at)}
        + f"\n\n{settings.SCHEME}://{settings.STAFF_HOST}{task.path}\n"
        for task in tasks
    ]
    return subject, "\n".join(parts)


def _when(due_at: datetime | None) -> str:
    return f"{due_at:%d %b %H:%M UTC}" if due_at else ""
