"""Start, pause, resume, restart, meet, miss and stop the clocks of notices."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases import clocks
from cases.actions import case as case_actions
from cases.actions import case_task
from cases.actor import Actor
from cases.clocks import ClockEvent, ClockFacts, Happened, Place
from cases.ledger import record
from cases.models import Case
from cases.states import ClockOwner, IllegalMove
from takedowns import reference
from takedowns.events import TakedownEvent
from takedowns.levers import FOLLOW_UP_HOURS
from takedowns.models import ClockState, Notice, NoticeClock, Route
from takedowns.states import DOWN_STATES, LinkState


def facts_for(notice: Notice) -> tuple[str, ClockFacts, ClockOwner, bool]:
    """Return the lever, the period, whose clock it is and whether a statute sets it.

    Take It Down Act: 48 hours over weekends and holidays from a valid request (laws.toml, `removal`), and only for a
    request that holds every element. A platform's own policy sets no legal clock: it is our time to follow up, by
    the hours that the platform publishes or else by the house rule.
    """
    if notice.route == Route.TAKE_IT_DOWN and notice.is_complete:
        return notice.route, reference.laws()[notice.route].clock("removal"), ClockOwner.PLATFORM, True
    hours = notice.platform.response_hours or FOLLOW_UP_HOURS
    facts = ClockFacts(name="follow_up", value=hours, unit="hours", basis="calendar", starts="sent")
    return "follow_up", facts, ClockOwner.OURS, False


def start(*, notice: Notice, by: Actor, at: datetime) -> NoticeClock:
    """Start the clock of a notice that went out at `at`, with the task that waits for it. Called by notice actions."""
    lever, facts, owner, is_statutory = facts_for(notice)
    due_at = clocks.due(facts, started_at=at, place=_place(lever))
    if due_at is None:
        raise ValueError(f"The clock {facts.name} names no number.")
    clock = NoticeClock.make(
        case_id=notice.case_id,
        notice=notice,
        lever=lever,
        name=facts.name,
        owner=owner,
        hours=facts.value,
        is_statutory=is_statutory,
        started_at=at,
        due_at=due_at,
        history=[_as_kept(ClockEvent(Happened.STARTED, at))],
    )
    clock.save(force_insert=True)
    _wait_for(clock, notice, by=by, at=at)
    return clock


def _place(lever: str) -> Place:
    law = reference.laws().get(lever)
    return clocks.place_of(law.jurisdiction if law else "US")


def _as_kept(event: ClockEvent) -> dict[str, str]:
    return {"kind": event.kind.value, "at": event.at.isoformat(), "why": event.why}


def _wait_for(clock: NoticeClock, notice: Notice, *, by: Actor, at: datetime) -> None:
    """Put the task on Today that waits for the answer until the clock is due."""
    case_task.create(
        case=notice.case,
        kind="notice_answer",
        due_at=clock.due_at,
        path=f"/cases/{notice.case.reference}/notices/{notice.pk}/",
        dedupe_key=f"clock:{clock.pk}",
        clock=ClockOwner(clock.owner),
        subject_id=notice.pk,
        facts={
            "platform": notice.platform.name,
            "count": notice.links.count(),
            "waits_for": ClockOwner.PLATFORM.value,
        },
        by=by,
        at=at,
    )


def period_of(clock: NoticeClock) -> ClockFacts:
    """Return the period that a clock counts: of its law, or so many hours."""
    law = reference.laws().get(clock.lever)
    if law is not None and any(facts.name == clock.name for facts in law.clocks):
        return law.clock(clock.name)
    return ClockFacts(name=clock.name, value=clock.hours, unit="hours", basis="calendar", starts="sent")


@transaction.atomic
def happened(*, clock_id: UUID, event: ClockEvent, by: Actor, at: datetime) -> NoticeClock:
    """Write down that a clock was paused, resumed or started anew, also when it was earlier than now.

    The order in which this becomes known changes nothing: the end is computed from all that happened. Raises
    IllegalMove for a time to come, a clock that has ended (it may be started anew), or a move that means nothing.
    """
    case = case_actions.lock(NoticeClock.objects.values_list("case_id", flat=True).get(pk=clock_id))
    rows = NoticeClock.objects.select_for_update(of=("self",)).select_related("notice__platform", "notice__case")
    clock: NoticeClock = rows.get(pk=clock_id)
    _refuse_unfit(clock, event, at=at)
    if not case.takes_material:
        raise IllegalMove(_("This case is locked: its clocks stand."))
    clock.history = [*map(_as_kept, clock.events), _as_kept(event)]
    stand = clocks.run(period_of(clock), clock.events, place=_place(clock.lever))
    assert stand.started_at is not None
    clock.started_at, clock.ended_at = stand.started_at, None
    clock.state = ClockState.PAUSED if stand.ends is None else ClockState.RUNNING
    clock.due_at = stand.ends.due_at if stand.ends else clock.due_at
    clock.save(update_fields=["started_at", "due_at", "state", "ended_at", "sealed"])
    for key in (f"clock:{clock.pk}", f"escalate:{clock.notice_id}"):
        case_task.end_for(case=case, dedupe_key=key, at=at)
    if clock.state == ClockState.RUNNING:
        _wait_for(clock, clock.notice, by=by, at=at)
    record(
        CHANGES[event.kind],
        case=case,
        by=by,
        at=at,
        subject=clock.notice,
        platform=clock.notice.platform.name,
        lever=clock.lever,
        why=event.why,
        since=event.at,
        due_at=clock.due_at,
    )
    return clock


CHANGES = {
    Happened.PAUSED: TakedownEvent.CLOCK_PAUSED,
    Happened.RESUMED: TakedownEvent.CLOCK_RESUMED,
    Happened.RESTARTED: TakedownEvent.CLOCK_RESTARTED,
}
"""What a person may write down about a clock; it is met, missed and stopped by what happens to its notice."""


def _refuse_unfit(clock: NoticeClock, event: ClockEvent, *, at: datetime) -> None:
    if event.kind not in CHANGES:
        raise IllegalMove(_("A clock is met or stopped by what happens to its notice."))
    if event.at > at:
        raise IllegalMove(_("This time is still to come."))
    if event.kind == Happened.RESTARTED:
        return
    if event.kind == Happened.PAUSED and clock.state != ClockState.RUNNING:
        raise IllegalMove(_("This clock does not run."))
    if event.kind == Happened.RESUMED and clock.state != ClockState.PAUSED:
        raise IllegalMove(_("This clock does not stand still."))
    paused = clock.paused_by
    if event.at < clock.started_at or (paused is not None and event.at < paused.at):
        raise IllegalMove(_("This is before the clock started, or before it stood still."))


def settle(*, url_id: UUID, by: Actor, at: datetime) -> int:
    """Meet the clocks of notices all of whose links are down now; return how many. Called by link actions."""
    met = 0
    unended = [ClockState.RUNNING, ClockState.PAUSED]
    notices = Notice.objects.filter(links__url_id=url_id, clocks__state__in=unended).distinct()
    for notice in notices.select_related("case", "platform"):
        states = set(notice.urls.values_list("state", flat=True)) - {LinkState.DROPPED}
        if states and states <= DOWN_STATES:
            met += end(notice=notice, state=ClockState.MET, by=by, at=at)
    return met


def end(*, notice: Notice, state: ClockState, by: Actor, at: datetime) -> int:
    """End the clocks of a notice that run or stand still as met or stopped, and the tasks that waited for them."""
    running = list(NoticeClock.objects.unended().filter(notice=notice))
    for clock in running:
        clock.state, clock.ended_at = state, at
        clock.save(update_fields=["state", "ended_at"])
        case_task.end_for(case=notice.case, dedupe_key=f"clock:{clock.pk}", at=at)
        if state == ClockState.MET:
            taken = (at - clock.started_at).total_seconds()
            record(
                TakedownEvent.CLOCK_MET,
                case=notice.case,
                by=by,
                at=at,
                subject=notice,
                platform=notice.platform.name,
                lever=clock.lever,
                seconds=round(taken),
            )
    if state == ClockState.MET:
        case_task.end_for(case=notice.case, dedupe_key=f"escalate:{notice.pk}", at=at)
    return len(running)


def stop_waiting(*, notice: Notice, at: datetime) -> int:
    """End the tasks that wait for an answer, since it came; the clocks run on. Return how many. Called by answers."""
    ids = NoticeClock.objects.unended().filter(notice=notice).values_list("pk", flat=True)
    return sum(case_task.end_for(case=notice.case, dedupe_key=f"clock:{clock_id}", at=at) for clock_id in ids)


@transaction.atomic
def miss(*, clock_id: UUID, by: Actor, at: datetime) -> bool:
    """A clock has run out: say so and put the next step on Today, late from the start.

    False when it was ended meanwhile. A case that is locked for age has its clock stopped instead.
    """
    case_id = NoticeClock.objects.values_list("case_id", flat=True).get(pk=clock_id)
    case = case_actions.lock(case_id)
    clock = NoticeClock.objects.passed(at=at).select_related("notice__platform").filter(pk=clock_id).first()
    if clock is None:
        return False
    clock.state = ClockState.STOPPED if case.is_age_locked else ClockState.MISSED
    clock.ended_at = at
    clock.save(update_fields=["state", "ended_at"])
    case_task.end_for(case=case, dedupe_key=f"clock:{clock.pk}", at=at)
    if case.is_age_locked:
        return False
    notice = clock.notice
    up = notice.urls.exclude(state__in=[*DOWN_STATES, LinkState.DROPPED]).count()
    facts = {"platform": notice.platform.name, "count": up}
    whose = {"lever": clock.lever, "owner": clock.owner}
    record(TakedownEvent.CLOCK_MISSED, case=case, by=by, at=at, subject=notice, **whose, **facts)
    case_task.create(
        case=case,
        kind="notice_escalate",
        due_at=clock.due_at,
        path=f"/cases/{case.reference}/notices/{notice.pk}/",
        dedupe_key=f"escalate:{notice.pk}",
        subject_id=notice.pk,
        facts=facts,
        by=by,
        at=at,
    )
    return True


def stop_all(*, case: Case, at: datetime) -> int:
    """Stop every clock of a case that has not ended, and its task; return how many. Called when a case is locked."""
    running = NoticeClock.objects.unended().filter(case=case)
    for clock_id in running.values_list("pk", flat=True):
        case_task.end_for(case=case, dedupe_key=f"clock:{clock_id}", at=at)
    return running.update(state=ClockState.STOPPED, ended_at=at)
