"""Count what a person does, tell their supervisors when it is unusual, refuse when it is too much."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases import limits, outbox
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.limits import Counted, Limit, OverLimit, Window
from cases.models import Audience, LimitCount, TeamMember, User, UserKind
from cases.permissions import Role

COUNT_ONE = """
insert into cases_limitcount (user_id, kind, "window", starts_at, count)
values (%(user)s, %(kind)s, %(window)s, %(at)s, 1)
on conflict (user_id, kind, "window", starts_at) do update set count = cases_limitcount.count + 1
  where cases_limitcount.count < %(hard)s
returning count
"""
WORDS = {
    Counted.CASE_OPENED: gettext_noop("cases opened"),
    Counted.LOOK: gettext_noop("looks at covered material"),
    Counted.UNSEAL: gettext_noop("originals opened"),
    Counted.EXPORT: gettext_noop("lists made as files"),
    Counted.DOWNLOAD: gettext_noop("files downloaded"),
    Counted.LOOK_UP: gettext_noop("look-ups"),
    Counted.EMERGENCY: gettext_noop("emergency accesses"),
}


@transaction.atomic
def count(*, kind: Counted, by: Actor, at: datetime) -> None:
    """Count one act of a member of staff, before it happens; raise OverLimit when the window is used up.

    One statement per window counts and compares, so that many at once cannot pass. Roll back on OverLimit and nothing
    was counted; that the last one was used is in the record already, from the act that used it.
    """
    if by.kind != ActorKind.USER or by.id is None:
        return
    for window in Window:
        limit = settings.LIMITS[kind, window]
        starts_at = window.starts(at)
        with connection.cursor() as cursor:
            cursor.execute(
                COUNT_ONE,
                {"user": by.id, "kind": kind.value, "window": window.value, "at": starts_at, "hard": limit.hard},
            )
            row = cursor.fetchone()
        if row is None:
            raise OverLimit(kind, limit.hard, window.ends(at))
        _tell(kind, window, limit, int(row[0]), starts_at=starts_at, by=by, at=at)


def _tell(
    kind: Counted, window: Window, limit: Limit, number: int, *, starts_at: datetime, by: Actor, at: datetime
) -> None:
    crossed = limits.crossing(limit, before=number - 1, after=number)
    if not (crossed.alarms or crossed.is_last):
        return
    assert by.id is not None
    person = User.objects.get(pk=by.id)
    if crossed.is_last:
        record(
            CaseEvent.LIMIT_REACHED, case=None, by=by, at=at, subject=person, what=kind, window=window, limit=limit.hard
        )
    if crossed.alarms:
        record(
            CaseEvent.LIMIT_ALARMED,
            case=None,
            by=by,
            at=at,
            subject=person,
            what=kind,
            window=window,
            count=number,
            usual=limit.soft - 1,
        )
        LimitCount.objects.filter(user_id=person.pk, kind=kind, window=window, starts_at=starts_at).update(
            alarmed_at=at
        )
        for supervisor in supervisors_of(person):
            _mail(supervisor, person, kind, window, limit, number, starts_at=starts_at, at=at)


def supervisors_of(person: User) -> list[User]:
    """Return who is told about a person: their teams' supervisors, else every supervisor, else administrators."""
    active = User.objects.filter(kind=UserKind.STAFF, is_active=True).exclude(pk=person.pk)
    supervisors = active.filter(roles__contains=[Role.SUPERVISOR])
    teams = TeamMember.objects.filter(user=person).values("team")
    own = supervisors.filter(pk__in=TeamMember.objects.filter(team__in=teams, is_supervisor=True).values("user"))
    for found in (own, supervisors, active.filter(roles__contains=[Role.ADMINISTRATOR])):
        people = list(found.order_by("name", "pk"))
        if people:
            return people
    return []


def _mail(
    supervisor: User,
    person: User,
    kind: Counted,
    window: Window,
    limit: Limit,
    number: int,
    *,
    starts_at: datetime,
    at: datetime,
) -> None:
    """Tell one supervisor in one sentence. No case, no list of what it was: they ask the person first."""
    words = {"name": person.name, "n": number, "what": _(WORDS[kind]), "usual": limit.soft - 1}
    in_an_hour, today = _("%(name)s: %(n)d %(what)s in one hour."), _("%(name)s: %(n)d %(what)s today.")
    sentence = in_an_hour if window is Window.HOUR else today
    outbox.put(
        "staff.reminder",
        case=None,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=f"limit:{supervisor.pk}:{person.pk}:{kind}:{window}:{starts_at.isoformat()}",
        channel="email",
        payload={
            "to": supervisor.email or settings.MAIL_FROM,
            "subject": _("Unusual: please ask"),
            "text": sentence % words
            + " "
            + _("Usual is up to %(usual)d. There may be a good reason: ask them first.") % words
            + f"\n\n{settings.SCHEME}://{settings.STAFF_HOST}/today\n",
        },
    )


def remove_old(*, at: datetime) -> int:
    """Remove counters whose window is long over; return how many."""
    return LimitCount.objects.filter(starts_at__lt=at - limits.KEPT).delete()[0]
