"""Everything that sets a clock, each with whose duty it is and why it ends when it does. Pure.

A lever is a law of the law facts, a platform's own published promise, or a promise of ours. The periods of laws and
their sources stand in playbooks/laws.toml, those of platforms in playbooks/platforms.toml; how periods are counted,
with the source of each rule, in cases/clocks. Whose duty a period is (`OWNERS`) follows the words of its entry there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from cases.clocks import ClockFacts, Deadline, Place, deadline, holiday_on, is_working_day, place_near
from cases.facts import Source
from takedowns import reference
from takedowns.reference import LawFacts, PlatformFacts

FOLLOW_UP_HOURS = 72
"""House rule: when a platform publishes no time of its own, we ask again after three days."""
NEXT_STEP_HOURS = 24
"""House rule: after a refusal the next step is decided within a day."""


class Duty(StrEnum):
    """Who has to act before a period ends."""

    PLATFORM = "platform"
    REGULATOR = "regulator"
    OURS = "ours"
    CLIENT = "client"
    POSTER = "poster"
    DISPUTE_BODY = "dispute body"
    COURT = "court"
    STATE = "state"


class LeverKind(StrEnum):
    """Where a lever comes from."""

    LAW = "law"
    PROMISE = "platform's own promise"
    OURS = "our own promise"


OWNERS: Mapping[tuple[str, str], Duty] = {
    ("us_dmca_512", "counter_notice_restore_earliest"): Duty.PLATFORM,
    ("us_dmca_512", "counter_notice_restore_latest"): Duty.PLATFORM,
    ("us_ny_52b", "limitation"): Duty.CLIENT,
    ("us_ny_52b", "limitation_from_discovery"): Duty.CLIENT,
    ("eu_dsa_20", "window_to_complain"): Duty.OURS,
    ("eu_dsa_21", "body_decision"): Duty.DISPUTE_BODY,
    ("eu_dsa_21", "body_decision_complex"): Duty.DISPUTE_BODY,
    ("eu_dsa_22", "annual_report"): Duty.OURS,
    ("eu_directive_2024_1385", "transposition_deadline"): Duty.STATE,
    ("it_garante_144bis", "authority_decision"): Duty.REGULATOR,
    ("au_osa_s77", "removal_by_poster"): Duty.POSTER,
    ("nz_hdca", "author_answer"): Duty.POSTER,
    ("jp_revenge_porn_act", "uploader_silence_before_removal"): Duty.POSTER,
    ("mx_ley_olimpia", "hearing_on_protection_measures"): Duty.COURT,
}
"""Whose duty a clock of a law is where it is not the platform's."""

AFTER: Mapping[tuple[str, str], str] = {
    ("eu_gdpr_17", "extension"): "answer",
    ("uk_gdpr", "extension"): "answer",
}
"""Clocks that start when another clock of the same lever ends (law facts: “first month ended”)."""

REGULATOR_BEGINS = "It starts at the regulator's notice, not at our complaint; eSafety may allow more."
SHIELD = "A shield for the host, no duty."
LATER_COUNTS = "The later of the two limits counts. Be early, and let a lawyer confirm it."
SAID: Mapping[tuple[str, str], str] = {
    ("us_take_it_down_act", "removal"): "Only a request that holds every element of the Act starts it.",
    ("us_take_it_down_act", "known_identical_copies"): "For identical copies the Act asks reasonable efforts only.",
    ("us_dmca_512", "counter_notice_restore_latest"): "By then the platform puts it back unless a suit was filed.",
    ("eu_dsa_20", "window_to_complain"): "Six months are the least that the platform must offer.",
    ("eu_dsa_21", "body_decision_complex"): "Only in highly complex disputes, at the body's choice.",
    ("eu_gdpr_17", "extension"): "Only if they said why, inside the first month.",
    ("uk_gdpr", "extension"): "Only if they said why, inside the first month.",
    ("uk_gdpr", "answer"): "A wait for proof of identity delays the start.",
    ("it_garante_144bis", "authority_decision"): "It binds the Garante, not the platform.",
    (
        "au_osa_s77",
        "removal_by_service",
    ): "It starts at the regulator's notice, not at our complaint; eSafety may allow more.",
    (
        "au_osa_s77",
        "removal_by_poster",
    ): "It starts at the regulator's notice, not at our complaint; eSafety may allow more.",
    ("nz_hdca", "host_tells_author"): SHIELD,
    ("nz_hdca", "removal_if_author_unreachable"): SHIELD,
    ("nz_hdca", "author_answer"): "An author who validly refuses keeps it up.",
    ("nz_hdca", "removal_if_no_answer"): SHIELD,
    ("jp_revenge_porn_act", "uploader_silence_before_removal"): "It shields the provider; it is no duty to remove.",
    ("us_ny_52b", "limitation"): LATER_COUNTS,
    (
        "us_ny_52b",
        "limitation_from_discovery",
    ): LATER_COUNTS,
}
"""What must be known with one clock, in a sentence; from the notes of its entry."""

DOUBTFUL: Mapping[tuple[str, str], str] = {
    ("mx_ley_olimpia", "hearing_on_protection_measures"): "Whether these are calendar or working days was not found.",
    ("in_it_rules_3_2_b", "grievance_answer"): "One source calls the seven days an acknowledgement.",
    ("in_it_rules_3_2_b", "urgent_removal_request_other"): "Two sources read this clock differently.",
    ("us_dmca_512", "counter_notice_restore_earliest"): "Section 512 does not define business days.",
    ("us_dmca_512", "counter_notice_restore_latest"): "Section 512 does not define business days.",
    ("jp_info_platform_act", "answer"): "The ordinance says 7 days; the Act itself allows up to 14 (well known).",
}
"""Clocks on whose reading sources differ or are silent: to be checked before use."""

ACT_BY = {("us_dmca_512", "counter_notice_restore_earliest"): 9}
"""Business days by which we act although the period is longer."""


class UnknownLever(KeyError):
    """There is no such lever; the text names near ones."""


@dataclass(frozen=True)
class Lever:
    """Something that sets clocks. `jurisdiction` is empty for promises: they count hours, which need no place."""

    key: str
    name: str
    kind: LeverKind
    clocks: tuple[ClockFacts, ...]
    jurisdiction: str = ""
    status: str = "in_force"
    confidence: str = ""
    sources: tuple[Source, ...] = ()

    @property
    def is_in_force(self) -> bool:
        """Whether it may be named to anybody; the rest is background."""
        return self.status == "in_force"


@dataclass(frozen=True)
class Told:
    """One deadline with whose it is and why then. `check` says why it is to be checked before use, or nothing."""

    clock: ClockFacts
    owner: Duty
    ends: Deadline
    reason: str
    check: str = ""


@dataclass(frozen=True)
class Reckoned:
    """All clocks of one lever from one start."""

    lever: Lever
    started_at: datetime
    place: Place
    told: Sequence[Told] = field(default_factory=list)

    @property
    def worded(self) -> list[ClockFacts]:
        """The clocks for which the text names no number."""
        return [clock for clock in self.lever.clocks if not clock.is_counted]


@lru_cache(maxsize=1)
def levers() -> Mapping[str, Lever]:
    """Every lever by key: laws, then platforms that publish a time of their own, then ours."""
    found = {law.key: _of_law(law) for law in reference.laws().values()}
    for platform in reference.platforms().values():
        if platform.published_response_hours:
            found[platform.key] = _of_platform(platform)
    for key, name, hours, starts in OURS:
        clock = ClockFacts(name="follow_up", value=hours, unit="hours", basis="calendar", starts=starts)
        found[key] = Lever(key, name, LeverKind.OURS, (clock,), confidence="verified-in-source")
    return MappingProxyType(found)


OURS = (
    ("our_follow_up", "We ask again when a platform has not answered", FOLLOW_UP_HOURS, "notice sent"),
    ("our_next_step", "We decide the next step after a refusal or a missed clock", NEXT_STEP_HOURS, "refusal received"),
)


def _of_law(law: LawFacts) -> Lever:
    return Lever(
        law.key, law.name, LeverKind.LAW, law.clocks, law.jurisdiction, law.status, law.confidence, law.sources
    )


def _of_platform(platform: PlatformFacts) -> Lever:
    hours = platform.published_response_hours
    clock = ClockFacts(name="published_answer", value=hours, unit="hours", basis="calendar", starts="report received")
    return Lever(
        platform.key,
        f"{platform.name}: the time that it publishes itself",
        LeverKind.PROMISE,
        (clock,),
        confidence=platform.confidence,
        sources=platform.sources,
    )


def lever_named(key: str) -> Lever:
    """The lever of that key. Raises UnknownLever, naming near ones."""
    known = levers()
    if key in known:
        return known[key]
    near = get_close_matches(key, known, n=3, cutoff=0.4) or [name for name in known if key and key.lower() in name][:3]
    hint = f" Near: {', '.join(near)}." if near else " See docs/clocks.md for the names."
    raise UnknownLever(f"There is no lever {key!r}.{hint}")


def owner_of(lever: Lever, clock: ClockFacts) -> Duty:
    """Whose duty a clock is."""
    if lever.kind == LeverKind.OURS:
        return Duty.OURS
    return OWNERS.get((lever.key, clock.name), Duty.PLATFORM)


def reckon(lever: Lever, *, started_at: datetime, zone: ZoneInfo, member_state: str = "") -> Reckoned:
    """Every deadline of a lever whose start event is at `started_at`. Days are counted where the act is to be done.

    That is in `zone` where it lies in the lever's jurisdiction, else in its zone whose day ends last.
    """
    place = place_near(lever.jurisdiction, zone, member_state=member_state) if lever.jurisdiction else Place("", zone)
    return Reckoned(lever, started_at, place, list(_told(lever, started_at, place)))


def _told(lever: Lever, started_at: datetime, place: Place) -> Iterator[Told]:
    ends: dict[str, Deadline] = {}
    for clock in lever.clocks:
        before = ends.get(AFTER.get((lever.key, clock.name), ""))
        found = deadline(clock, started_at=before.last_second if before else started_at, place=place)
        if found is None:
            continue
        ends[clock.name] = found
        reason = " ".join(_reasons(lever, clock, found, before, started_at, place))
        yield Told(clock, owner_of(lever, clock), found, reason, _check(lever, clock, place))


def _reasons(
    lever: Lever, clock: ClockFacts, found: Deadline, before: Deadline | None, started_at: datetime, place: Place
) -> Iterator[str]:
    first = before.last_day if before else started_at.astimezone(place.zone).date()
    if clock.unit == "hours":
        yield f"{_number(clock)} from: {clock.starts}."
        yield "Hours run on through nights, weekends, holidays and clock changes."
        if place.union_rules:
            yield "The hour of the event does not count (Regulation 1182/71, Article 3(1))."
    else:
        yield f"{_number(clock)} from: {clock.starts} on {_day(first)}, which is day 0."
        yield from _days_said(clock, found, place)
    days = ACT_BY.get((lever.key, clock.name))
    if days:
        early = deadline(replace(clock, value=days), started_at=started_at, place=place)
        assert early is not None
        yield f"A suit must be filed before: act by day {days}, {_day(early.last_day)}."
    if before is not None:
        whole = clock.value + next(one.value for one in lever.clocks if one.name == AFTER[lever.key, clock.name])
        strict = deadline(replace(clock, value=whole), started_at=started_at, place=place)
        assert strict is not None
        yield f"Read strictly, {whole} {clock.unit} from the first day: {_day(strict.last_day)}."
    if (lever.key, clock.name) in SAID:
        yield SAID[lever.key, clock.name]


def _days_said(clock: ClockFacts, found: Deadline, place: Place) -> Iterator[str]:
    if clock.basis == "business":
        named = [f"{_day(day)} ({holiday_on(day, place)})" for day in found.left_out if day.weekday() < 5]
        yield f"Not counted: {', '.join(['Saturdays', 'Sundays', *named])}."
    elif clock.unit != "days":
        yield "It ends on the same day number, or on the last day of the month."
    if found.last_day == found.counted_to:
        return
    if is_working_day(found.counted_to, place):
        yield "Two days or more hold at least two working days (Regulation 1182/71, Article 3(5))."
    else:
        rest = holiday_on(found.counted_to, place) or f"{found.counted_to:%A}"
        yield (
            f"It would end on {_day(found.counted_to)}, no working day ({rest}), so it runs to the end of "
            f"{_day(found.last_day)}: {place.rest_days}."
        )


def _check(lever: Lever, clock: ClockFacts, place: Place) -> str:
    why = [DOUBTFUL[lever.key, clock.name]] if (lever.key, clock.name) in DOUBTFUL else []
    if lever.confidence == "well-known-but-not-found":
        why.append("The lever was not found in a source.")
    if lever.kind == LeverKind.LAW and clock.unit != "hours" and clock.basis == "calendar":
        if not place.rest_days:
            why.append("No source was found for what happens when the last day is no working day.")
        elif "check before use" in place.rest_days:
            why.append("The rule about a last day on a weekend or holiday is well known, not found.")
    return " ".join(why)


def _number(clock: ClockFacts) -> str:
    unit = clock.unit.removesuffix("s") if clock.value == 1 else clock.unit
    return f"{clock.value} {'business ' if clock.basis == 'business' else ''}{unit}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
