"""How long each kind of data is kept, and what goes when. Pure: no clock and no database is read here.

Every figure that ships is a house rule, to be checked by a lawyer of the country before it is relied on. A limitation
period is used only where a source is on file (cases/retention.toml).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FACTS = Path(__file__).parent / "retention.toml"
ADVANCE = timedelta(days=30)
"""How long before anything of a case goes its owner is told (house rule)."""
REVIEW_EVERY = timedelta(days=90)
"""A hold is looked at again at least this often (threat model, section 11)."""
ANY_COUNTRY = ""


class DataClass(TextChoices):
    """Kinds of data with a keeping time of their own."""

    MEDIA = "media", _("Files: pictures, films, documents")
    MEDIA_KEPT = "media_kept", _("Files that the client asked us to keep sealed")
    BUNDLES = "bundles", _("Bundles for lawyers and the police")
    NOTES = "notes", _("Notes and messages")
    PEOPLE = "people", _("People, agreements and contact plan")
    LETTERS = "letters", _("Links, notices and letters")
    DRAFTS = "drafts", _("What was typed on the client’s page")
    CONTACTS = "contacts", _("Contacts that became no case")
    REGISTER = "register", _("Register of requests and complaints")
    TRACES = "traces", _("Sessions, wrong tries at the door, used forms")
    FIGURES = "figures", _("Figures without a name: reference, dates, counts")


OF_A_CASE: tuple[DataClass, ...] = (
    DataClass.MEDIA,
    DataClass.MEDIA_KEPT,
    DataClass.BUNDLES,
    DataClass.NOTES,
    DataClass.PEOPLE,
    DataClass.LETTERS,
    DataClass.DRAFTS,
)
"""Counted from the day a case was closed, and announced before they go."""
WAITS_FOR_LIMITATION = frozenset(
    {DataClass.MEDIA, DataClass.MEDIA_KEPT, DataClass.BUNDLES, DataClass.NOTES, DataClass.LETTERS}
)
"""Never go before the limitation period that is on file for the case's country is over: they may be proof."""
FIXED = frozenset({DataClass.TRACES, DataClass.FIGURES, DataClass.REGISTER})
"""Shown, not edited: what the program does by itself, and what is kept."""


class Afterwards(TextChoices):
    """What the client wants to happen with what we hold, asked when the case is closed."""

    KEEP = "keep", _("Keep it sealed")
    COPY = "copy", _("Give me my copy")
    DELETE = "delete", _("Delete it")
    NOT_ASKED = "not_asked", _("Could not be asked")


@dataclass(frozen=True)
class Rule:
    """How many days after closing a class goes; None keeps it."""

    kind: DataClass
    country: str
    days: int | None
    basis: str
    confidence: str
    checked_on: date


@dataclass(frozen=True)
class Limitation:
    """A period in which somebody may still go to court, as its source says it."""

    country: str
    place: str
    years: int
    law: str
    starts: str
    source: str
    confidence: str

    def last_day(self, closed: date) -> date:
        """Return the last day, counted from the day of closing: later than any start in law, so never too short."""
        try:
            return closed.replace(year=closed.year + self.years)
        except ValueError:
            return closed.replace(year=closed.year + self.years, day=28)


@dataclass(frozen=True)
class ClosedCase:
    """What the rules need to know of a case. `held`: a hold stands; `held_until`: its last day, if it has one."""

    country: str
    closed_at: datetime | None
    wish: str = Afterwards.NOT_ASKED
    held: bool = False
    held_until: date | None = None

    @property
    def is_live(self) -> bool:
        """Whether nothing of it may go at all."""
        return self.closed_at is None


@lru_cache(maxsize=1)
def _facts() -> Mapping[str, Any]:
    return tomllib.loads(FACTS.read_text(encoding="utf-8"))


def shipped_rules() -> list[Rule]:
    """Return the rules that ship, as dated house rules."""
    checked = _facts()["compiled"]
    return [
        Rule(
            DataClass(row["kind"]),
            row.get("country", ANY_COUNTRY),
            row.get("days"),
            row["basis"],
            row["confidence"],
            date.fromisoformat(checked),
        )
        for row in _facts()["rule"]
    ]


def limitations(country: str) -> list[Limitation]:
    """Return the limitation periods on file for a country, longest first; often there is none."""
    found = [Limitation(**row) for row in _facts()["limitation"] if row["country"] == country]
    return sorted(found, key=lambda one: -one.years)


def rule_for(kind: DataClass, country: str, rules: Iterable[Rule]) -> Rule | None:
    """Return the rule of a country, or else the one for any country."""
    found = {rule.country: rule for rule in rules if rule.kind == kind}
    return found.get(country) or found.get(ANY_COUNTRY)


def applies(kind: DataClass, wish: str) -> bool:
    """Whether a class is the one that counts: files wait longer where the client asked us to keep them."""
    if kind == DataClass.MEDIA:
        return wish != Afterwards.KEEP
    if kind == DataClass.MEDIA_KEPT:
        return wish == Afterwards.KEEP
    return kind in OF_A_CASE


def goes_on(kind: DataClass, case: ClosedCase, rules: Sequence[Rule]) -> date | None:
    """Return the first day on which a class of a case may go, or None: it is live, held without end, or kept.

    A hold with a last day moves everything behind that day. The limitation of the country moves what may be proof,
    unless the client asked for deletion.
    """
    rule = rule_for(kind, case.country, rules)
    if case.closed_at is None or not applies(kind, case.wish) or rule is None or rule.days is None:
        return None
    if case.held and case.held_until is None:
        return None
    closed = case.closed_at.date()
    day = closed + timedelta(days=rule.days)
    if kind in WAITS_FOR_LIMITATION and case.wish != Afterwards.DELETE:
        day = max([day, *(one.last_day(closed) + timedelta(days=1) for one in limitations(case.country))])
    if case.held and case.held_until is not None:
        day = max(day, case.held_until + timedelta(days=1))
    return day


def may_go(
    kind: DataClass, case: ClosedCase, rules: Sequence[Rule], *, announced_at: datetime | None, at: datetime
) -> bool:
    """Whether a class may go now: its day has come, and it was announced long enough ago. Never of a live case."""
    day = goes_on(kind, case, rules)
    if day is None or case.is_live or announced_at is None:
        return False
    return day <= at.date() and announced_at + ADVANCE <= at


def to_announce(case: ClosedCase, rules: Sequence[Rule], *, at: datetime) -> dict[DataClass, date]:
    """Return the classes of a case that go within the advance time, each with its earliest honest day."""
    found: dict[DataClass, date] = {}
    for kind in OF_A_CASE:
        day = goes_on(kind, case, rules)
        if day is not None and day <= (at + ADVANCE).date():
            found[kind] = max(day, (at + ADVANCE).date())
    return found
