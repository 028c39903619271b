"""Ask for a web capture, claim it for one worker, keep what came of it or say why nothing did, stop it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.addresses import Policy, Refused, loopback_pairs
from cases.closing import Unfinished
from cases.contributions import contributed
from cases.ledger import record
from cases.models import Case
from cases.states import AgeAnswer, CaseState, IllegalMove, check_move
from evidence.actions.exhibit import check_open
from evidence.events import EvidenceEvent
from evidence.models import CAPTURE_MOVES, Capture, CaptureResult, CaptureState, CaptureStep, Exhibit

LEASE = timedelta(minutes=6)
"""How long a worker may take: longer than Celery lets a task live, so that two never make one capture."""
MAX_TRIES = 2
MOST_WAITING = 60
"""How many captures of one case may wait: a list of 50 links fits, a mistake does not fill the queue."""
CANDIDATES = 200
QUEUE_LOCK = 0x63617074
"""Number of the advisory lock under which claims are made one after another."""

log = logging.getLogger("recourse.captures")


class LeaseLost(Exception):
    """The capture was stopped, or another worker took it over: what was got is thrown away."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One capture in the hands of one worker; the end of the lease names the claim."""

    capture_id: UUID
    case_id: UUID
    address: str
    with_media: bool
    requested_by: UUID | None
    lease: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a capture that is kept. Hashes are lower-case hex, empty where there is no such part."""

    exhibit_id: UUID
    result: str
    reason: str
    final_url: str
    title: str
    text_sha256: str
    picture_sha256: str
    facts: Mapping[str, Any]


def policy() -> Policy:
    """Return the address rules of this installation."""
    return Policy(loopback_allowed=loopback_pairs(",".join(settings.FETCH_LOOPBACK)))


@transaction.atomic
def request(*, case_id: UUID, url: str, link_id: UUID | None, with_media: bool, by: Actor, at: datetime) -> Capture:
    """Ask for one capture and ring for a worker.

    Raises IllegalMove in words for a caseworker: a locked or closed case, an address that we may not visit, the same
    link or address waiting already, too many waiting.
    """
    case = lock(case_id)
    check_open(case)
    try:
        target = policy().read(url)
    except Refused:
        raise IllegalMove(_("We may not visit this address. Check it, or add a screenshot by hand.")) from None
    waiting = list(Capture.objects.under_way().filter(case=case))
    if len(waiting) >= MOST_WAITING:
        raise IllegalMove(_("Many captures of this case wait already. Ask again when they are done."))
    if any(one.link_id == link_id if link_id else one.address == url for one in waiting):
        raise IllegalMove(_("A capture of this link is under way already."))
    capture = Capture.make(
        case=case,
        link_id=link_id,
        site=target.host[:253],
        with_media=with_media,
        requested_by_id=by.id if by.kind == ActorKind.USER else None,
        requested_at=at,
        address=url,
    )
    capture.save(force_insert=True)
    record(
        EvidenceEvent.CAPTURE_ASKED,
        case=case,
        by=by,
        at=at,
        subject=capture,
        url=url,
        site=capture.site,
        with_media=with_media,
    )
    transaction.on_commit(ring)
    return capture


@transaction.atomic
def request_again(*, capture_id: UUID, by: Actor, at: datetime) -> Capture:
    """Ask for the same page once more: a new capture, in line with those before it."""
    old = Capture.objects.get(pk=capture_id)
    if old.is_under_way:
        raise IllegalMove(_("A capture of this link is under way already."))
    if not old.address:
        raise IllegalMove(_("The address of this capture was removed by rule."))
    return request(case_id=old.case_id, url=old.address, link_id=old.link_id, with_media=old.with_media, by=by, at=at)


@transaction.atomic
def stop(*, capture_id: UUID, by: Actor, at: datetime) -> None:
    """Stop a capture that has not ended; a running browser is ended within seconds and nothing of it is kept."""
    capture = Capture.objects.get(pk=capture_id)
    case = lock(capture.case_id)
    held: Capture = Capture.objects.select_for_update(of=("self",)).get(pk=capture_id)
    if not held.is_under_way:
        raise IllegalMove(_("This capture has ended."))
    if held.step == CaptureStep.SEALING:
        raise IllegalMove(_("It is being sealed already. Look again in a moment."))
    _end(held, CaptureState.STOPPED, "person", at=at)
    record(EvidenceEvent.CAPTURE_STOPPED, case=case, by=by, at=at, subject=held, site=held.site)


@transaction.atomic
def stop_all(*, case_id: UUID, by: Actor, at: datetime) -> int:
    """Stop every capture of a case that waits or runs; return how many. What is being sealed already is left to end.

    Each has an event of its own, as if it had been stopped by itself. Raises IllegalMove where none can be stopped.
    """
    case = lock(case_id)
    waiting = Capture.objects.under_way().filter(case=case).exclude(step=CaptureStep.SEALING)
    stopped = 0
    for held in waiting.select_for_update(of=("self",)).order_by("requested_at", "pk"):
        _end(held, CaptureState.STOPPED, "person", at=at)
        record(EvidenceEvent.CAPTURE_STOPPED, case=case, by=by, at=at, subject=held, site=held.site)
        stopped += 1
    if not stopped:
        raise IllegalMove(_("No capture of this case waits any more."))
    return stopped


def ring() -> None:
    """Tell a worker that a capture waits; when the queue is away the next sweep finds it all the same."""
    try:
        current_app.send_task("evidence.tasks.sweep_captures", retry=False, ignore_result=True)
    except Exception:
        log.warning("could not ring; the sweep will find it", extra={"event": "ring"})


@transaction.atomic
def claim(*, at: datetime) -> Claimed | None:
    """Take the oldest capture that may start now, or None.

    Not more run at once than the installation allows, one site is visited by one capture at a time and not again
    before its pause is over, and a case that was locked or closed meanwhile is passed over and its captures end.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [QUEUE_LOCK])
    running = Capture.objects.filter(state=CaptureState.RUNNING, claimed_until__gt=at)
    if running.count() >= max(settings.CAPTURES_AT_ONCE, 1):
        return None
    horizon = at - timedelta(seconds=settings.CAPTURE_GAP_SECONDS)
    busy = Q(started_at__gt=horizon) | Q(state=CaptureState.RUNNING, claimed_until__gt=at)
    resting = Capture.objects.filter(busy).values("site")
    free = Capture.objects.to_make(at=at).exclude(site__in=resting).order_by("requested_at", "pk")
    for capture_id in list(free.values_list("pk", flat=True)[:CANDIDATES]):
        taken = _take(capture_id, at=at)
        if taken is not None:
            return taken
    return None


def _take(capture_id: UUID, *, at: datetime) -> Claimed | None:
    case = lock(Capture.objects.values_list("case_id", flat=True).get(pk=capture_id))
    capture: Capture = Capture.objects.select_for_update(of=("self",)).get(pk=capture_id)
    if not capture.is_under_way or (capture.claimed_until and capture.claimed_until > at):
        return None
    if not may_run(case):
        _end(capture, CaptureState.STOPPED, "case_locked", at=at)
        return None
    if capture.tries >= MAX_TRIES:
        _end(capture, CaptureState.FAILED, "our_fault", at=at)
        by = Actor.system("capture")
        record(
            EvidenceEvent.CAPTURE_FAILED,
            case=case,
            by=by,
            at=at,
            subject=capture,
            site=capture.site,
            reason="our_fault",
        )
        return None
    check_move(CAPTURE_MOVES, capture.state, CaptureState.RUNNING, "capture")
    lease = at + LEASE
    Capture.objects.filter(pk=capture_id).update(
        state=CaptureState.RUNNING,
        step=CaptureStep.OPENING,
        started_at=at,
        claimed_until=lease,
        tries=F("tries") + 1,
    )
    return Claimed(capture_id, case.pk, capture.address, capture.with_media, capture.requested_by_id, lease)


def may_run(case: Case) -> bool:
    """Whether a page may be captured now: everyone shown is said to be an adult, and the case is not closed."""
    return case.age_answer == AgeAnswer.ADULT and case.state != CaseState.CLOSED and case.takes_material


def is_held(claimed: Claimed) -> bool:
    """Whether the claim still stands and the case may still be worked on; call inside `acting_as`."""
    held = Capture.objects.filter(
        pk=claimed.capture_id, state=CaptureState.RUNNING, claimed_until=claimed.lease
    ).select_related("case")
    capture = held.first()
    return capture is not None and may_run(capture.case)


@transaction.atomic
def go_on(*, claimed: Claimed, step: CaptureStep) -> None:
    """Say how far it is. Raises LeaseLost when it was stopped, taken over, or its case locked."""
    capture = _claimed(claimed)
    Capture.objects.filter(pk=capture.pk).update(step=step)


@transaction.atomic
def keep(*, claimed: Claimed, outcome: Outcome, by: Actor, at: datetime) -> Capture:
    """Tie a capture to the exhibit that it became. Raises LeaseLost."""
    capture = _claimed(claimed)
    exhibit = Exhibit.objects.get(pk=outcome.exhibit_id, case_id=capture.case_id)
    check_move(CAPTURE_MOVES, capture.state, CaptureState.KEPT, "capture")
    capture.state, capture.exhibit = CaptureState.KEPT, exhibit
    capture.result, capture.reason, capture.step = outcome.result, outcome.reason, ""
    capture.finished_at, capture.claimed_until = at, None
    capture.final_url, capture.title = outcome.final_url, outcome.title
    capture.text_sha256, capture.picture_sha256 = outcome.text_sha256, outcome.picture_sha256
    capture.facts = dict(outcome.facts)
    capture.save()
    record(
        EvidenceEvent.CAPTURE_KEPT,
        case=capture.case_id,
        by=by,
        at=at,
        subject=capture,
        exhibit=exhibit.label,
        site=capture.site,
        result=capture.result,
        reason=capture.reason,
        picture_sha256=outcome.picture_sha256,
    )
    if capture.link_id is not None and capture.result == CaptureResult.WHOLE:
        for part in contributed("CAPTURE_PARTS"):
            part(case=capture.case, link_id=capture.link_id, by=by, at=at)
    return capture


@transaction.atomic
def fail(*, claimed: Claimed, reason: str, facts: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """End a capture of which nothing is kept, and say why. Raises LeaseLost."""
    capture = _claimed(claimed)
    capture.facts = dict(facts)
    _end(capture, CaptureState.FAILED, reason, at=at)
    record(
        EvidenceEvent.CAPTURE_FAILED,
        case=capture.case_id,
        by=by,
        at=at,
        subject=capture,
        site=capture.site,
        reason=capture.reason,
    )


def stop_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """End what waits or runs in a case that is being locked; the caller has locked the row and records why."""
    _stop_all(case, at=at)


def stop_for_closing(*, case: Case, by: Actor, at: datetime) -> None:
    """End what waits or runs in a case that is being closed."""
    _stop_all(case, at=at)


def unfinished(case: Case, actor: Actor, at: datetime) -> list[Unfinished]:
    """Return captures that have not ended."""
    waiting = Capture.objects.visible_to(actor).under_way().filter(case=case).count()
    return [
        Unfinished(
            _("Pages being captured"),
            waiting,
            _("they are stopped"),
            reverse("evidence:captures", args=[case.reference]),
        )
    ]


def _stop_all(case: Case, *, at: datetime) -> None:
    Capture.objects.under_way().filter(case=case).update(
        state=CaptureState.STOPPED, reason="case_locked", step="", finished_at=at, claimed_until=None
    )


def _end(capture: Capture, state: CaptureState, reason: str, *, at: datetime) -> None:
    check_move(CAPTURE_MOVES, capture.state, state, "capture")
    capture.state, capture.reason, capture.step = state, reason[:30], ""
    capture.finished_at, capture.claimed_until = at, None
    capture.save()


def _claimed(claimed: Claimed) -> Capture:
    case = lock(claimed.case_id)
    capture: Capture = Capture.objects.select_for_update(of=("self",)).get(pk=claimed.capture_id)
    if capture.state != CaptureState.RUNNING or capture.claimed_until != claimed.lease or not may_run(case):
        raise LeaseLost(str(claimed.capture_id))
    capture.case = case
    return capture
