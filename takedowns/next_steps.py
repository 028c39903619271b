"""What to try next for links of a case, read from its notices and shown beside them. Reads rows, changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cases.clocks import EU_STATES
from cases.models import Case
from takedowns import ladder, reference, track_record
from takedowns.ladder import Ground, Outcome, Rung, Step, Tried, Turn
from takedowns.models import ClockState, Notice, ReportedUrl, Route
from takedowns.states import DOWN_STATES, LinkState, NoticeState

OUTCOMES: Mapping[str, Outcome] = {
    NoticeState.REFUSED: Outcome.REFUSED,
    NoticeState.NO_ANSWER: Outcome.SILENT,
    NoticeState.ESCALATED: Outcome.SILENT,
    NoticeState.UPHELD: Outcome.AGREED,
    NoticeState.PARTLY: Outcome.AGREED,
}
ROUTES: Mapping[Rung, Route] = {Rung.PLATFORM: Route.POLICY, Rung.LEGAL: Route.TAKE_IT_DOWN}
"""Rungs for which a letter can be written here."""
REGULATORS: Mapping[str, str] = {
    "US": "us_take_it_down_act",
    "GB": "uk_gdpr",
    "AU": "au_osa_s77",
    "NZ": "nz_hdca",
    "IN": "in_it_rules_3_2_b",
    "JP": "jp_info_platform_act",
    "SG": "sg_osraa",
    "IT": "it_garante_144bis",
    "ES": "es_aepd_canal",
}
"""The law whose way upwards names the regulator of a client's country; in other member states the DSA's does."""


@dataclass(frozen=True)
class NextStep:
    """One step as a row: what, when in words, and where its letter is begun, if one can be written here."""

    step: Step
    when: str
    href: str

    @property
    def is_now(self) -> bool:
        """Whether it is this one's turn."""
        return self.step.turn == Turn.NOW


def next_steps(case: Case, urls: Iterable[ReportedUrl], *, now: datetime, may_write: bool) -> dict[str, Any] | None:
    """Return the ladder for those of some links of one site that are up, or None where there are none or nobody asked.

    Inside `acting_as`. `first` is the step to show, `rows` all of them.
    """
    up = [url for url in urls if url.state not in DOWN_STATES and url.state != LinkState.DROPPED]
    if not up or not case.takes_material:
        return None
    notices = Notice.objects.filter(case=case, links__url__in=[url.pk for url in up], sent_at__isnull=False)
    sent = list(notices.exclude(state=NoticeState.WITHDRAWN).distinct().prefetch_related("clocks"))
    platform = up[0].platform
    ground = Ground(
        name=platform.name if platform else up[0].site,
        kind=str(platform.facts.get("kind", "")) if platform else "",
        regulator=_regulator(case, sent),
    )
    before = track_record.worked(platform.pk) if platform else {}
    found = ladder.steps(ground, [tried(notice) for notice in sent], now=now, worked=before)
    rows = [_row(case, up, step, now=now, may_write=may_write) for step in found]
    first = ladder.next_step(found)
    return {"first": next((row for row in rows if row.step == first), None), "rows": rows}


def tried(notice: Notice) -> Tried:
    """Return what a notice that went out says about its rung."""
    assert notice.sent_at is not None
    clocks = [clock for clock in notice.clocks.all() if clock.state in (ClockState.RUNNING, ClockState.MISSED)]
    return Tried(
        rung=track_record.rung_of(notice.route),
        asked_at=notice.sent_at,
        due_at=max((clock.due_at for clock in clocks), default=None),
        outcome=OUTCOMES.get(notice.state, Outcome.WAITING),
    )


def _regulator(case: Case, sent: Sequence[Notice]) -> str:
    laws = reference.laws()
    by_law = next((laws[notice.route].escalation for notice in sent if notice.route in laws), "")
    key = REGULATORS.get(case.country, "eu_dsa_16" if case.country in EU_STATES else "")
    return by_law or (laws[key].escalation if key else "")


def _row(case: Case, up: Sequence[ReportedUrl], step: Step, *, now: datetime, may_write: bool) -> NextStep:
    href = ""
    if may_write and step.rung in ROUTES and step.turn in (Turn.NOW, Turn.LATER, Turn.TRIED):
        wanted = {"on": up[0].platform_id or up[0].site, "route": ROUTES[step.rung].value, "all": "1"}
        href = f"{reverse('takedowns:new_notice', args=[case.reference])}?{urlencode(wanted)}"
    return NextStep(step=step, when=ladder.wait_words(step, now=now), href=href)
