"""Start, meet, miss and stop the clocks of notices."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases import clocks
from cases.actions import case as case_actions
from cases.actions import case_task
from cases.actor import Actor
from cases.clocks import ClockFacts
from cases.ledger import record
from cases.models import Case
from cases.states import ClockOwner
from takedowns import reference
from takedowns.events import TakedownEvent
from takedowns.models import ClockState, Notice, NoticeClock, Route
from takedowns.states import DOWN_STATES, LinkState

FOLLOW_UP_HOURS = 72
"""House rule: when a platform publishes no time of its own, we ask again after three days."""


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
    due_at = clocks.due(facts, started_at=at, place=clocks.place_of("US"))
    if due_at is None:
        raise ValueError(f"The clock {facts.name} names no number.")
    clock = NoticeClock.objects.create(
        case_id=notice.case_id,
        notice=notice,
        lever=lever,
        owner=owner,
        hours=facts.value,
        is_statutory=is_statutory,
        started_at=at,
        due_at=due_at,
    )
    case_task.create(
        case=notice.case,
        kind="notice_answer",
        due_at=due_at,
        path=f"/cases/{notice.case.reference}/notices/{notice.pk}/",
        dedupe_key=f"clock:{clock.pk}",
        clock=owner,
        subject_id=notice.pk,
        facts={
            "platform": notice.platform.name,
            "count": notice.links.count(),
            "waits_for": ClockOwner.PLATFORM.value,
        },
        by=by,
        at=at,
    )
    return clock


def settle(*, url_id: UUID, by: Actor, at: datetime) -> int:
    """Meet the clocks of notices all of whose links are down now; return how many. Called by link actions."""
    met = 0
    notices = Notice.objects.filter(links__url_id=url_id, clocks__state=ClockState.RUNNING).distinct()
    for notice in notices.select_related("case", "platform"):
        states = set(notice.urls.values_list("state", flat=True)) - {LinkState.DROPPED}
        if states and states <= DOWN_STATES:
            met += end(notice=notice, state=ClockState.MET, by=by, at=at)
    return met


def end(*, notice: Notice, state: ClockState, by: Actor, at: datetime) -> int:
    """End the running clocks of a notice as met or stopped, and the tasks that waited for them."""
    running = list(NoticeClock.objects.running().filter(notice=notice))
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
    """Stop every running clock of a case and its task; return how many. Called when a case is locked."""
    running = NoticeClock.objects.running().filter(case=case)
    for clock_id in running.values_list("pk", flat=True):
        case_task.end_for(case=case, dedupe_key=f"clock:{clock_id}", at=at)
    return running.update(state=ClockState.STOPPED, ended_at=at)
