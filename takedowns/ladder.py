"""What to try next for links that are up, when, and why. Pure: no database, no clock is read.

The order is the organisation's craft: the platform, a legal notice, then who carries the site (host, CDN, registrar),
who lets it earn (payment), and who can order it (regulator). Search, police and a lawyer stand beside: the client
decides when. What worked here before moves the first two, and is said only where at least ten cases stand behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

FEWEST = 10
"""Below so many cases a number of ours is not shown: it would tell of people, and prove nothing."""


class Rung(StrEnum):
    """Where one can ask. The order is the usual one."""

    PLATFORM = "platform"
    LEGAL = "legal"
    HOST = "host"
    CDN = "cdn"
    REGISTRAR = "registrar"
    SEARCH = "search"
    PAYMENT = "payment"
    REGULATOR = "regulator"
    POLICE = "police"
    LAWYER = "lawyer"


BESIDE = (Rung.SEARCH, Rung.POLICE, Rung.LAWYER)
"""Rungs that wait for no other."""
SMALL = frozenset({"adult", "forum", ""})
"""Kinds of site whose host, CDN and registrar answer to complaints about them; "" is a site that no playbook knows."""
COVERED = frozenset({"social", "video", "adult", "forum", "dating", "messaging"})
"""Kinds of public service to which the TAKE IT DOWN Act applies: what users post."""


class Outcome(StrEnum):
    """What came of a rung that was tried."""

    WAITING = "waiting"
    SILENT = "silent"
    REFUSED = "refused"
    AGREED = "agreed"


class Turn(StrEnum):
    """Whether it is a rung's turn."""

    NOW = "now"
    WAITING = "waiting"
    LATER = "later"
    TRIED = "tried"
    BESIDE = "beside"


@dataclass(frozen=True)
class Ground:
    """Where the links are: the site's name and kind ("" where no playbook knows it), and who may order it."""

    name: str
    kind: str = ""
    regulator: str = ""


@dataclass(frozen=True)
class Tried:
    """One request that went out: its rung, when, until when we wait, what came of it."""

    rung: Rung
    asked_at: datetime
    due_at: datetime | None
    outcome: Outcome


@dataclass(frozen=True)
class Worked:
    """What one rung did for one platform before: links asked and down, in so many cases."""

    cases: int
    asked: int
    down: int

    @property
    def rate(self) -> float | None:
        """The share that came down, or None where too few cases stand behind it."""
        return self.down / self.asked if self.cases >= FEWEST and self.asked else None

    @property
    def words(self) -> str:
        """The record in a sentence, or nothing where it may not be told."""
        if self.rate is None:
            return ""
        told = {"share": round(100 * self.rate), "down": self.down, "asked": self.asked, "cases": self.cases}
        return _("Here so far: %(share)d in 100 came down, %(down)d of %(asked)d links in %(cases)d cases.") % told


@dataclass(frozen=True)
class Step:
    """One rung as it is shown. `opens_at` says when the wait for what was tried before is over."""

    rung: Rung
    title: str
    why: str
    turn: Turn
    opens_at: datetime | None = None
    record: str = ""


def steps(
    ground: Ground, tried: Sequence[Tried], *, now: datetime, worked: Mapping[Rung, Worked] | None = None
) -> list[Step]:
    """The whole ladder for links that are up, in the order in which we would climb it.

    A rung's turn has come when everything that was tried before has answered, or let its time pass.
    """
    worked = worked or {}
    last = {one.rung: one for one in sorted(tried, key=lambda one: (one.asked_at, one.rung))}
    waits = [one.due_at for one in last.values() if _waits(one, now) and one.due_at]
    opens_at = max(waits, default=None)
    found: list[Step] = []
    has_turn = False
    for rung in _order(ground, worked):
        one = last.get(rung)
        turn = _turn(rung, one, now, is_first=not has_turn, waits=bool(waits), last=last)
        has_turn = has_turn or turn in (Turn.NOW, Turn.LATER)
        after = one.due_at if one and turn == Turn.WAITING else opens_at if turn == Turn.LATER and waits else None
        found.append(
            Step(
                rung=rung,
                title=_title(rung, ground),
                why=_why(rung, one, ground, last, now),
                turn=turn,
                opens_at=after,
                record=worked[rung].words if rung in worked else "",
            )
        )
    return found


def next_step(found: Sequence[Step]) -> Step | None:
    """The step whose turn it is; while all wait, the one that answers first; None where nothing is left."""
    now = next((step for step in found if step.turn == Turn.NOW), None)
    if now is not None:
        return now
    waiting = [(step.opens_at, step) for step in found if step.turn == Turn.WAITING and step.opens_at is not None]
    return min(waiting, key=lambda pair: pair[0])[1] if waiting else None


def _order(ground: Ground, worked: Mapping[Rung, Worked]) -> list[Rung]:
    first = [Rung.PLATFORM, *([Rung.LEGAL] if ground.kind in COVERED or not ground.kind else [])]
    first.sort(key=lambda rung: -_praise(worked.get(rung)))
    carried = [Rung.HOST, Rung.CDN, Rung.REGISTRAR] if ground.kind in SMALL else []
    earns = [Rung.PAYMENT] if ground.kind in SMALL else []
    return [*first, *carried, Rung.SEARCH, *earns, Rung.REGULATOR, Rung.POLICE, Rung.LAWYER]


def _praise(worked: Worked | None) -> float:
    """The share that came down; what was never measured stands in the middle, neither praised nor blamed."""
    rate = worked.rate if worked is not None else None
    return 0.5 if rate is None else rate


def _waits(one: Tried, now: datetime) -> bool:
    return one.outcome == Outcome.WAITING and (one.due_at is None or one.due_at > now)


def _is_spent(one: Tried, now: datetime) -> bool:
    """Whether a request came to nothing: refused, silent, or agreed to while the links stay up past the limit."""
    late = one.due_at is not None and one.due_at <= now
    return one.outcome in (Outcome.REFUSED, Outcome.SILENT) or late


def _turn(
    rung: Rung, one: Tried | None, now: datetime, *, is_first: bool, waits: bool, last: Mapping[Rung, Tried]
) -> Turn:
    if one is not None:
        return Turn.TRIED if _is_spent(one, now) else Turn.WAITING
    if rung in BESIDE:
        return Turn.BESIDE
    legal = last.get(Rung.LEGAL)
    if rung == Rung.REGULATOR and legal is not None and _is_spent(legal, now):
        # A statutory limit that passed is what the regulator asks for; nothing else has to be waited for.
        return Turn.NOW
    return Turn.NOW if is_first and not waits else Turn.LATER


def _title(rung: Rung, ground: Ground) -> str:
    name = {"name": ground.name}
    return {
        Rung.PLATFORM: _("Ask %(name)s under its own rules") % name,
        Rung.LEGAL: _("Legal notice to %(name)s") % name,
        Rung.HOST: _("Ask the host of %(name)s") % name,
        Rung.CDN: _("Tell the CDN in front of %(name)s") % name,
        Rung.REGISTRAR: _("Ask the registrar of %(name)s") % name,
        Rung.SEARCH: _("Ask search engines to leave it out"),
        Rung.PAYMENT: _("Tell who lets %(name)s take money") % name,
        Rung.REGULATOR: _("Complain to the regulator"),
        Rung.POLICE: _("Go to the police"),
        Rung.LAWYER: _("Ask a lawyer"),
    }[rung]


def _why(rung: Rung, one: Tried | None, ground: Ground, last: Mapping[Rung, Tried], now: datetime) -> str:
    if one is not None:
        if one.outcome == Outcome.AGREED and _is_spent(one, now):
            return _("They agreed, and it is still up past the limit.")
        return _SAID_OF[Outcome.SILENT if one.outcome == Outcome.WAITING and _is_spent(one, now) else one.outcome]()
    if rung == Rung.LEGAL and Rung.PLATFORM not in last:
        return _("It sets a limit by law: 48 hours from a complete request. It may go on the same day as the first.")
    if rung == Rung.REGULATOR and ground.regulator:
        return _("It can act when a limit by law passed or a complete notice was refused: %(who)s.") % {
            "who": ground.regulator
        }
    return _REASONS[rung]()


_SAID_OF = {
    Outcome.WAITING: lambda: _("Asked. We wait for the answer, or for the limit to pass."),
    Outcome.SILENT: lambda: _("Asked. The limit passed without an answer that helped."),
    Outcome.REFUSED: lambda: _("Asked. They refused."),
    Outcome.AGREED: lambda: _("They agreed. We look until it is down."),
}
_REASONS = {
    Rung.PLATFORM: lambda: _("Usually the fastest. Anybody may ask, from anywhere, and it needs least of the client."),
    Rung.LEGAL: lambda: _("Their own rules did not do it. This sets a limit by law: 48 hours from a complete request."),
    Rung.HOST: lambda: _("The host can switch the page off. It often passes the letter on: no name, no own address."),
    Rung.CDN: lambda: _("A CDN stores no page, but tells who the host is. It passes the letter on to the site."),
    Rung.REGISTRAR: lambda: _("It can take the whole name away. Slow, and only where the site as a whole is unlawful."),
    Rung.SEARCH: lambda: _("Fewer people find it while it is up. The page itself stays: it is a second fact."),
    Rung.PAYMENT: lambda: _("Card brands ask adult sites to settle complaints. Who cannot take money gives in sooner."),
    Rung.REGULATOR: lambda: _("It can act when a limit by law passed or a complete notice was refused."),
    Rung.POLICE: lambda: _("The client decides. Keep proof first: what is down cannot be shown any more."),
    Rung.LAWYER: lambda: _(
        "A lawyer’s letter has moved sites that refused. Before the police, where both are planned."
    ),
}


def wait_words(step: Step, *, now: datetime) -> str:
    """When a later step opens, in whole hours or days; nothing where no wait runs."""
    if step.opens_at is None or step.opens_at <= now:
        return ""
    hours = max(1, round((step.opens_at - now).total_seconds() / 3600))
    if hours < 48:
        return ngettext("in %(n)d hour", "in %(n)d hours", hours) % {"n": hours}
    return ngettext("in %(n)d day", "in %(n)d days", hours // 24) % {"n": hours // 24}
