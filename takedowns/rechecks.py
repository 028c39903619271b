"""The recorder: claims due links, has the fetch child look at them, judges what it saw, records. No client here."""

import os
from dataclasses import dataclass
from datetime import datetime
from secrets import SystemRandom
from uuid import UUID

from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.states import AgeAnswer
from takedowns.actions import url_check
from takedowns.actions.url_check import Claimed, Finding
from takedowns.book import platform_book
from takedowns.fetch_process import FetchProcess
from takedowns.models import ReportedUrl
from takedowns.observations import LookError, Observation
from takedowns.reference import PlatformFacts
from takedowns.verdicts import judge

ACTOR = Actor.system("recheck")
BATCH = 120
SECONDS = 60.0
"""How long one batch may take; with MOST_PER_SITE and the pause between two looks at a host it is enough."""

_fetch: tuple[int, FetchProcess] | None = None


def fetch_process() -> FetchProcess:
    """Return this process's fetch child, made on first use and again after a fork."""
    global _fetch
    if _fetch is None or _fetch[0] != os.getpid():
        _fetch = os.getpid(), FetchProcess()
    return _fetch[1]


@dataclass(frozen=True)
class Opened:
    """One claimed link with its address, opened for this batch only."""

    url_id: UUID
    case_id: UUID
    address: str
    platform: PlatformFacts | None


def look_once(*, fetch: FetchProcess, at: datetime, most: int = BATCH, seconds: float = SECONDS) -> int:
    """Take one batch through claim, look, judgement and record; return how many links were claimed.

    Between the claim and the record nothing is held open: a worker that dies here loses its lease, not the links.
    """
    with acting_as(ACTOR):
        claimed = url_check.claim(at=at, most=most)
    if not claimed.url_ids:
        return 0
    opened = _open(claimed)
    seen = fetch.look_many({str(one.url_id): one.address for one in opened}, seconds=seconds)
    settle_batch(claimed, opened, seen)
    return len(claimed.url_ids)


def _open(claimed: Claimed) -> list[Opened]:
    """Open the addresses, in random order; a case that was locked since the claim is left alone."""
    with acting_as(ACTOR):
        book = platform_book()
        rows = ReportedUrl.objects.filter(
            pk__in=claimed.url_ids, check_token=claimed.token, case__age_answer=AgeAnswer.ADULT
        )
        opened = [
            Opened(url.pk, url.case_id, url.address, book.get(url.platform_id or "")) for url in rows if url.address
        ]
    SystemRandom().shuffle(opened)
    return opened


def settle_batch(claimed: Claimed, opened: list[Opened], seen: dict[str, Observation]) -> None:
    """Judge what was seen and record it; what was not reached goes back and is due at once."""
    now = timezone.now()
    findings, unreached = [], []
    for one in opened:
        observation = seen[str(one.url_id)]
        if observation.error == LookError.NOT_REACHED:
            unreached.append(one.url_id)
        else:
            findings.append(_finding(one, observation))
    with acting_as(ACTOR):
        url_check.put_back(token=claimed.token, url_ids=unreached, at=now)
        url_check.record_findings(token=claimed.token, findings=findings, by=ACTOR, at=now)


def _finding(one: Opened, seen: Observation) -> Finding:
    judged = judge(seen, one.platform)
    return Finding(
        url_id=one.url_id,
        case_id=one.case_id,
        at=seen.started_at,
        answer=judged.answer,
        reason=judged.reason[:40],
        status=seen.status,
        milliseconds=round(seen.seconds * 1000),
        body_sha256=seen.body_sha256,
    )
