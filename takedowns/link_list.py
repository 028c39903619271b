"""Lists of links over one case or all: what they are narrowed to, a page at a time, and the same as a board."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from cases.actor import Actor
from cases.forms import CleanedForm
from cases.models import Case, User
from cases.states import AgeAnswer
from takedowns.models import ClockState, NoticeClock, Platform, ReportedUrl
from takedowns.states import DOWN_STATES, LinkState

PAGE_SIZE = 50
COLUMN_SIZE = 12
COUNTED = 1000
"""Up to here matches are counted; beyond, "more than" is said: nobody works on the difference."""
FEW_CASES = 300
"""Up to so many cases are named to the database one by one, so that it reads their links and no others."""

STATES: dict[str, Q] = {
    "": ~Q(state=LinkState.DROPPED),
    "up": ~Q(state__in=[*DOWN_STATES, LinkState.DROPPED]),
    "unclear": Q(last_answer="cannot_tell") & ~Q(state__in=[*DOWN_STATES, LinkState.DROPPED]),
    "down": Q(state__in=DOWN_STATES),
    "off": Q(state=LinkState.DROPPED),
}
COLUMNS: tuple[tuple[str, Any, frozenset[str]], ...] = (
    ("found", _("Found"), frozenset({LinkState.FOUND})),
    ("ready", _("Captured"), frozenset({LinkState.CAPTURED})),
    ("asked", _("Asked"), frozenset({LinkState.ASKED, LinkState.STILL_UP, LinkState.CANNOT_TELL})),
    ("answered", _("Refused or back"), frozenset({LinkState.REFUSED, LinkState.BACK})),
    ("down", _("Down"), frozenset({LinkState.DOWN})),
    ("watch", _("Watching"), frozenset({LinkState.WATCHING})),
)


class LinkFilter(CleanedForm):
    """What a list of links is narrowed to; every part stands in the address of the page."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All on the list")), ("up", _("Not down")), ("unclear", _("Cannot tell")), ("down", _("Down"))]
        + [(key, label) for key, label, _states in COLUMNS if key != "down"]
        + [("off", _("Taken off"))],
    )
    platform = forms.ChoiceField(label=_("Platform"), required=False)
    clock = forms.ChoiceField(
        label=_("Clock"),
        required=False,
        choices=[("", _("Any")), ("running", _("Running")), ("late", _("Run out")), ("none", _("None"))],
    )
    owner = forms.ChoiceField(label=_("Assigned"), required=False, choices=[("", _("Anybody")), ("me", _("To me"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["platform"]
        assert isinstance(chosen, forms.ChoiceField)
        known = Platform.objects.exclude(key="generic_site").order_by("name").values_list("key", "name")
        chosen.choices = [("", _("Any")), ("other", _("Other sites")), *known]

    @property
    def asked(self) -> dict[str, str]:
        """What was chosen, as it stands in the address."""
        given = self.cleaned_data if self.is_valid() else {}
        return {name: given[name] for name in self.fields if given.get(name)}


def reached(actor: Actor, user: User, *, only_mine: bool) -> QuerySet[ReportedUrl]:
    """Return the links of all cases that may be listed: none of a case that is locked for age."""
    cases = Case.objects.visible_to(actor).filter(age_answer=AgeAnswer.ADULT)
    if only_mine:
        cases = cases.filter(owner=user)
    few = list(cases.values_list("pk", flat=True)[: FEW_CASES + 1])
    if len(few) <= FEW_CASES:
        return ReportedUrl.objects.filter(case__in=few)
    return ReportedUrl.objects.filter(case__in=cases)


def narrowed(found: QuerySet[ReportedUrl], asked: dict[str, str]) -> QuerySet[ReportedUrl]:
    """Narrow links to what was asked for."""
    state = asked.get("state", "")
    columns = {key: states for key, _label, states in COLUMNS}
    found = found.filter(STATES[state] if state in STATES else Q(state__in=columns.get(state, ())))
    if platform := asked.get("platform"):
        found = found.filter(platform=None) if platform == "other" else found.filter(platform=platform)
    clocks = NoticeClock.objects.filter(notice__links__url=OuterRef("pk"))
    match asked.get("clock"):
        case "running":
            found = found.filter(Exists(clocks.filter(state=ClockState.RUNNING)))
        case "late":
            found = found.filter(Exists(clocks.filter(state=ClockState.MISSED)), ~Q(state__in=DOWN_STATES))
        case "none":
            found = found.exclude(Exists(clocks.filter(state__in=[ClockState.RUNNING, ClockState.MISSED])))
    return found


def after(found: QuerySet[ReportedUrl], place: str) -> QuerySet[ReportedUrl]:
    """Return the links that follow a place in the list, newest first; a place that cannot be read is its start."""
    moment, _dot, number = place.rpartition("_")
    try:
        found_at, url_id = datetime.fromisoformat(moment), UUID(number)
    except ValueError:
        return found
    if found_at.tzinfo is None:
        return found
    return found.filter(found_at__lte=found_at).filter(Q(found_at__lt=found_at) | Q(found_at=found_at, pk__gt=url_id))


@dataclass(frozen=True)
class Page:
    """One page of a list, and the addresses of the next and the first one."""

    urls: list[ReportedUrl]
    older: str
    newer: str


def page_of(found: QuerySet[ReportedUrl], *, place: str, base: str, asked: dict[str, str]) -> Page:
    """Return one page by key: its cost does not grow with how far down it is."""
    rows = list(after(found, place).select_related("case", "platform").order_by("-found_at", "pk")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    older = ""
    if len(rows) > len(shown):
        last = shown[-1]
        older = f"{base}?{urlencode({**asked, 'after': f'{last.found_at.isoformat()}_{last.pk}'})}"
    return Page(shown, older, f"{base}?{urlencode(asked)}" if place else "")


def count_of(found: QuerySet[ReportedUrl]) -> tuple[int, bool]:
    """Return how many match, and whether there are more than were counted."""
    count = len(found.order_by().values_list("pk", flat=True)[: COUNTED + 1])
    return min(count, COUNTED), count > COUNTED


@dataclass(frozen=True)
class Column:
    """One column of the board: what stands first in it, and how many there are."""

    key: str
    label: str
    urls: list[ReportedUrl]
    count: int
    has_more: bool


def board(found: QuerySet[ReportedUrl]) -> list[Column]:
    """Return the columns of the board, the newest of each."""
    columns = []
    for key, label, states in COLUMNS:
        one = found.filter(state__in=states)
        count, has_more = count_of(one)
        newest = one.select_related("case", "platform").order_by(F("found_at").desc(), "pk")[:COLUMN_SIZE]
        columns.append(Column(key, str(label), list(newest) if count else [], count, has_more))
    return columns
