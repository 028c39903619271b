"""Hours in which somebody of the staff gets no mail about tasks. Pure: no database.

Their own choice, in their own zone. It never holds back what somebody else's clock runs on (a platform's, a
regulator's) nor what was asked for somebody's safety, and not while they are on call.
"""

from datetime import UTC, datetime, time, timedelta, tzinfo

from cases.states import ClockOwner

AT_ONCE = frozenset({"age_lock", "emergency_barred", "emergency_review", "withdrawal"})
"""Kinds of task that wake anybody: somebody's safety, or their word that everything must stop."""


def waits(*, kind: str, clock: str) -> bool:
    """Whether mail about such a task may wait for the end of quiet hours: our own targets only."""
    return clock == ClockOwner.OURS and kind not in AT_ONCE


def ends(at: datetime, *, begins: time | None, until: time | None, zone: tzinfo) -> datetime:
    """Return when the quiet hours end that hold a moment, or the moment itself outside of them; the result is UTC.

    Hours may go over midnight. Times are those on the wall where the person is: on days when clocks change, quiet
    hours last shorter or longer, as the night does.
    """
    if begins is None or until is None:
        return at
    local = at.astimezone(zone)
    # `fold` would make two equal times on the wall differ.
    now = local.time().replace(fold=0)
    over_midnight = until <= begins
    if not (now >= begins or now < until if over_midnight else begins <= now < until):
        return at
    day = local.date() + timedelta(days=1) if over_midnight and now >= begins else local.date()
    return max(at, datetime.combine(day, until, zone)).astimezone(UTC)
