"""Choose the hours without mail about tasks, and say until when a mail to somebody waits."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from cases import quiet
from cases.actions.approval import person
from cases.actor import Actor
from cases.models import CaseTask, Shift, ShiftKind, User


@transaction.atomic
def choose(*, begins: time | None, until: time | None, by: Actor, at: datetime) -> User:
    """Keep one's own quiet hours; both None for none. They are nobody's record: they tell when somebody sleeps."""
    user = person(by)
    user.quiet_from, user.quiet_until = begins, until
    user.save(update_fields=["quiet_from", "quiet_until"])
    return user


def mail_goes(task: CaseTask, user: User, *, at: datetime) -> datetime:
    """Return when a mail about a task may go to somebody: at once, or when their quiet hours end."""
    if not quiet.waits(kind=task.kind, clock=task.clock):
        return at
    if Shift.objects.running(at=at).filter(user=user, kind=ShiftKind.ON_CALL).exists():
        return at
    return quiet.ends(at, begins=user.quiet_from, until=user.quiet_until, zone=ZoneInfo(user.time_zone))
