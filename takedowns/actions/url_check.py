"""Claim links that are due for a look, and settle what the looks found. Only the worker calls this."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from cases.actions import case as case_actions
from cases.actions import case_task
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case
from cases.states import AgeAnswer, check_move
from takedowns.actions import notice_clock
from takedowns.events import TakedownEvent
from takedowns.intervals import Pace, next_look
from takedowns.models import ReportedUrl
from takedowns.states import DOWN_STATES, LINK_MOVES, LinkState
from takedowns.verdicts import Answer, Look, Settled, settle

LEASE = timedelta(minutes=6)
"""Longer than a worker's hard limit, so that a live worker never loses what it holds."""
MOST_PER_SITE = 15
CANDIDATES = 1000
HISTORY = 12
BACK_WITHIN = timedelta(hours=6)
"""Our own promise when a link comes back: somebody asks again within six hours."""
VANTAGE = "direct"
luck = SystemRandom()


def pace() -> Pace:
    """Return the installation's pace; two looks never agree within the same second."""
    gap, every = max(settings.CHECK_GAP_SECONDS, 1), max(settings.CHECK_EVERY_SECONDS, 1)
    return Pace(gap=timedelta(seconds=gap), every=timedelta(seconds=every))


@dataclass(frozen=True)
class Claimed:
    """Links in the hands of one worker until the lease ends."""

    token: UUID
    url_ids: Sequence[UUID]


@transaction.atomic
def claim(*, at: datetime, most: int) -> Claimed:
    """Take links that are due, few of one site. A claim that is never recorded lapses after LEASE.

    Cases that are not known to show adults only are passed over, whatever their rows say.
    """
    due = ReportedUrl.objects.due_for_check(at=at).filter(case__age_answer=AgeAnswer.ADULT)
    rows = due.select_for_update(of=("self",), skip_locked=True).order_by("next_check_at", "pk")
    chosen: list[UUID] = []
    per_site: Counter[str] = Counter()
    for pk, site in rows.values_list("pk", "site")[:CANDIDATES]:
        if per_site[site] < MOST_PER_SITE and len(chosen) < most:
            per_site[site] += 1
            chosen.append(pk)
    token = uuid4()
    ReportedUrl.objects.filter(pk__in=chosen).update(check_token=token, check_claimed_until=at + LEASE)
    return Claimed(token, chosen)


@dataclass(frozen=True)
class Finding:
    """One judged look, as it goes into the table of looks."""

    url_id: UUID
    case_id: UUID
    at: datetime
    answer: Answer
    reason: str
    status: int
    milliseconds: int
    body_sha256: str

    @property
    def look(self) -> Look:
        """The look as the rules for settling read it."""
        return Look(self.at, VANTAGE, self.answer)


def put_back(*, token: UUID, url_ids: Sequence[UUID], at: datetime) -> int:
    """Give links back that were not looked at: they are due again at once."""
    held = ReportedUrl.objects.filter(check_token=token, pk__in=url_ids)
    return held.update(check_token=None, check_claimed_until=None, next_check_at=at)


def record_findings(*, token: UUID, findings: Sequence[Finding], by: Actor, at: datetime) -> None:
    """Write the looks and what follows from them. What this worker's token no longer holds is dropped.

    Looks that change nothing go in together, in two statements. One that changes a state goes with its event, in a
    transaction that locks its case first.
    """
    with transaction.atomic():
        states = dict(ReportedUrl.objects.filter(check_token=token).values_list("pk", "state"))
        before = looks_of([finding.url_id for finding in findings])
    quiet: list[Finding] = []
    loud: dict[UUID, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.url_id in states:
            history = [*before[finding.url_id], finding.look]
            changes = new_state(history, state=states[finding.url_id], at=at) is not None
            (loud[finding.case_id] if changes else quiet).append(finding)
    _write(token, quiet)
    for case_id, changing in loud.items():
        _change_states(case_id, token, changing, by=by, at=at)


def looks_of(url_ids: Sequence[UUID]) -> Mapping[UUID, list[Look]]:
    """Return the latest looks of some links, newest last, in one query whatever their number."""
    found: dict[UUID, list[Look]] = {url_id: [] for url_id in url_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            """select l.url_id, l.at, l.vantage, l.answer from unnest(%s::uuid[]) as wanted(id)
               cross join lateral (select url_id, at, vantage, answer from takedowns_urlcheck c
                                   where c.url_id = wanted.id order by at desc limit %s) l
               order by l.at""",
            [list(url_ids), HISTORY],
        )
        for url_id, at, vantage, answer in cursor.fetchall():
            found[url_id].append(Look(at, vantage, answer))
    return found


@dataclass(frozen=True)
class Change:
    """A state that two looks settled."""

    state: LinkState
    first: datetime
    second: datetime


def new_state(history: Sequence[Look], *, state: str, at: datetime) -> Change | None:
    """Return the state that a link gets by its looks, or None to leave it.

    Down, still up and back come from two agreeing looks. Two looks that could not tell say so on a link of which
    nothing else is known. A link that stays down is watched.
    """
    gap = pace().gap
    settled: Settled | None = settle(history, state=state, min_gap=gap)
    if settled:
        return Change(settled.state, settled.first.at, settled.second.at)
    latest = [look for look in history if look.at >= at - timedelta(days=30)]
    if state in (LinkState.FOUND, LinkState.CAPTURED, LinkState.ASKED):
        vain = [look.at for look in latest if look.answer == Answer.CANNOT_TELL]
        if len(vain) == len(latest) and len(vain) > 1 and vain[-1] - vain[0] >= gap:
            return Change(LinkState.CANNOT_TELL, vain[0], vain[-1])
    if state == LinkState.DOWN:
        gone = [look.at for look in latest if look.answer == Answer.GONE]
        if len(gone) > 2 and gone[-1] - gone[-2] >= gap:
            return Change(LinkState.WATCHING, gone[-2], gone[-1])
    return None


@transaction.atomic
def _write(token: UUID, findings: Sequence[Finding]) -> None:
    """Insert looks that this token still holds, then move each link to its next look and end the claim."""
    if not findings:
        return
    states = dict(
        ReportedUrl.objects.select_for_update(of=("self",))
        .filter(check_token=token, pk__in=[finding.url_id for finding in findings])
        .values_list("pk", "state")
    )
    held = [finding for finding in findings if finding.url_id in states]
    insert_looks(held)
    downs = dict(ReportedUrl.objects.filter(pk__in=list(states)).values_list("pk", "down_at"))
    nexts = [_next(finding, state=states[finding.url_id], down_at=downs[finding.url_id]) for finding in held]
    with connection.cursor() as cursor:
        cursor.execute(
            """update takedowns_reportedurl u set last_answer = x.answer, last_reason = x.reason, last_look_at = x.at,
                 next_check_at = x.next, check_token = null, check_claimed_until = null
               from unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
                 as x(id, answer, reason, at, next)
               where u.id = x.id and u.check_token = %s""",
            [
                [finding.url_id for finding in held],
                [finding.answer.value for finding in held],
                [finding.reason for finding in held],
                [finding.at for finding in held],
                nexts,
                token,
            ],
        )


def _next(finding: Finding, *, state: str, down_at: datetime | None) -> datetime:
    return next_look(
        state=state,
        answer=finding.answer,
        reason=finding.reason,
        down_at=down_at,
        at=finding.at,
        pace=pace(),
        luck=luck.random(),
    )


def insert_looks(findings: Sequence[Finding]) -> None:
    """Write looks in one statement; COPY is refused under row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into takedowns_urlcheck
                 (id, at, case_id, url_id, answer, reason, status, vantage, milliseconds, body_sha256)
               select * from unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::text[], %s::text[],
                 %s::smallint[], %s::text[], %s::integer[], %s::text[])""",
            [
                [uuid4() for _finding in findings],
                [finding.at for finding in findings],
                [finding.case_id for finding in findings],
                [finding.url_id for finding in findings],
                [finding.answer.value for finding in findings],
                [finding.reason for finding in findings],
                [finding.status or None for finding in findings],
                [VANTAGE for _finding in findings],
                [finding.milliseconds for finding in findings],
                [finding.body_sha256 for finding in findings],
            ],
        )


@transaction.atomic
def _change_states(case_id: UUID, token: UUID, findings: Sequence[Finding], *, by: Actor, at: datetime) -> None:
    case = case_actions.lock(case_id)
    if case.is_age_locked:
        return
    rows = ReportedUrl.objects.select_for_update(of=("self",)).select_related("platform")
    held = rows.in_bulk(
        ReportedUrl.objects.filter(check_token=token, pk__in=[finding.url_id for finding in findings]).values_list(
            "pk", flat=True
        )
    )
    insert_looks([finding for finding in findings if finding.url_id in held])
    histories = looks_of(list(held))
    for finding in findings:
        url = held.get(finding.url_id)
        if url is not None:
            url.case = case
            _settle_one(url, finding, histories[url.pk], by=by, at=at)


def _settle_one(url: ReportedUrl, finding: Finding, history: Sequence[Look], *, by: Actor, at: datetime) -> None:
    change = new_state(history, state=url.state, at=at)
    if change:
        check_move(LINK_MOVES, url.state, change.state, "link")
        _apply(url, change)
    url.last_answer, url.last_reason, url.last_look_at = finding.answer, finding.reason, finding.at
    url.next_check_at = _next(finding, state=url.state, down_at=url.down_at)
    url.check_token, url.check_claimed_until = None, None
    fields = ["last_answer", "last_reason", "last_look_at", "next_check_at", "check_token", "check_claimed_until"]
    url.save(update_fields=[*fields, "state", "down_at", "back_at", "times_back"])
    if change:
        _tell(url, change, finding, by=by, at=at)


def _apply(url: ReportedUrl, change: Change) -> None:
    was_down = url.state in DOWN_STATES
    url.state = change.state
    if change.state == LinkState.DOWN:
        url.down_at = change.second
    elif change.state == LinkState.BACK and was_down:
        url.back_at = change.second
        url.times_back += 1


EVENTS = {
    LinkState.DOWN: TakedownEvent.LINK_DOWN,
    LinkState.STILL_UP: TakedownEvent.LINK_STILL_UP,
    LinkState.CANNOT_TELL: TakedownEvent.LINK_UNCLEAR,
    LinkState.WATCHING: TakedownEvent.LINK_WATCHED,
    LinkState.BACK: TakedownEvent.LINK_BACK,
}


def _tell(url: ReportedUrl, change: Change, finding: Finding, *, by: Actor, at: datetime) -> None:
    asked = url.asked_at
    record(
        EVENTS[change.state],
        case=url.case,
        by=by,
        at=change.second,
        subject=url,
        site=url.site,
        reason=finding.reason,
        first_look=change.first,
        second_look=change.second,
        seconds_since_asked=round((change.second - asked).total_seconds()) if asked else None,
    )
    if change.state == LinkState.DOWN:
        case_task.end_for(case=url.case, dedupe_key=f"back:{url.pk}", at=at)
        notice_clock.settle(url_id=url.pk, by=by, at=at)
    if change.state == LinkState.BACK:
        _ask_again(url.case, url, by=by, at=at)


def _ask_again(case: Case, url: ReportedUrl, *, by: Actor, at: datetime) -> None:
    case_task.create(
        case=case,
        kind="link_back",
        due_at=at + BACK_WITHIN,
        path=f"/cases/{case.reference}/links/{url.pk}",
        dedupe_key=f"back:{url.pk}",
        subject_id=url.pk,
        facts={"site": url.site},
        by=by,
        at=at,
    )
