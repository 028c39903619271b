"""What every page of a case has in common: the safe-contact strip, the name, the facts and the tabs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.case_people import emergency_until
from cases.clocks import Tone, remaining
from cases.contact_strip import strip
from cases.contributions import Panel, Tab, contributed
from cases.http import SignedInRequest
from cases.models import Case, CaseTask, SafeContact, User
from cases.states import AgeAnswer, CaseState
from cases.templatetags.ui import short_span

OVERVIEW = "overview"

TONES = {
    CaseState.INTAKE: "soon",
    CaseState.ACTIVE: "ok",
    CaseState.MONITORING: "info",
    CaseState.CLOSED: "",
    CaseState.ERASED: "",
}


@dataclass(frozen=True)
class Tag:
    """A tag beside the title; see components/state_tag.html."""

    label: str
    tone: str = ""
    icon: str = ""


def case_page(request: SignedInRequest, case: Case, *, tab: str, **extra: Any) -> dict[str, Any]:
    """Return the context of a page that extends cases/case_base.html, inside `acting_as`.

    `tab` is the key of the open tab (overview, links, exhibits, notices, timeline, client, bundle). `extra` wins over
    what is made here: pass `facts=[…]` for facts of the page's own, `panels` of the overview may bring some too.
    """
    now = extra.pop("now", None) or timezone.now()
    contact_plan = reverse("cases:client", args=[case.reference])
    rules = SafeContact.objects.visible_to(request.actor).standing().filter(case=case)
    tabs = tabs_of(case, request, current=tab)
    next_task = CaseTask.objects.visible_to(request.actor).open().filter(case=case).for_rows().first()
    panels: Iterable[Panel] = extra.get("panels", ())
    return {
        "case": case,
        "now": now,
        "tab": tab,
        "strip": strip(case, rules, at=now, href="" if tab == "client" else contact_plan),
        "emergency_until": emergency_until(case, request.actor),
        "crumbs": [{"label": _("Cases"), "url": reverse("cases:cases")}, {"label": case.reference}],
        "tags": tags_of(case),
        "facts": [next_clock(next_task, now=now), *_figures(panels)],
        "tabs": tabs,
        "counts": {tab.key: tab.count for tab in tabs},
        **extra,
    }


def _figures(panels: Iterable[Panel]) -> list[Any]:
    return [fact for panel in panels for fact in panel.context.get("facts", ())]


def tags_of(case: Case) -> list[Tag]:
    """Return state and age answer. The answer is shown as said by somebody: nobody here confirms an age."""
    age = AgeAnswer(case.age_answer)
    tags = [Tag(str(CaseState(case.state).label), TONES[CaseState(case.state)], "none")]
    if age == AgeAnswer.NOT_ASKED:
        tags.append(Tag(str(age.label), "soon"))
    elif age.locks:
        tags.append(Tag(str(age.label), "late", "lock"))
    else:
        tags.append(Tag(_("Adult: %(who)s said so") % {"who": said_by(case.age_said_by)}))
    if case.is_demo:
        tags.append(Tag(_("Invented case"), "soon", "none"))
    return tags


def said_by(word: str) -> str:
    """Return who answered the age question, in a word."""
    known = {"client": _("client"), "caller": _("caller"), "supporter": _("supporter"), "portal": _("client")}
    return known.get(word, _("somebody"))


def next_clock(task: CaseTask | None, *, now: datetime) -> Mapping[str, str]:
    """Return the fact about the earliest clock of a case."""
    if task is None or task.due_at is None:
        return {"label": _("Next clock"), "value": _("None")}
    left = remaining(task.due_at, now)
    span = short_span(task.due_at - now)
    value = _("%(span)s late") % {"span": span} if left.tone is Tone.LATE else span
    return {"label": _("Next clock"), "value": value, "tone": "" if left.tone is Tone.OK else left.tone.value}


@dataclass(frozen=True)
class ShownTab:
    """A tab as components/tabs.html reads it."""

    key: str
    label: str
    url: str
    count: int | None
    current: bool


def tabs_of(case: Case, request: SignedInRequest, *, current: str) -> list[ShownTab]:
    """Return the tabs in their order; a case locked for age has its first page only, and its record for who answers."""
    own = [
        Tab(OVERVIEW, _("Overview"), reverse("cases:case", args=[case.reference]), order=0),
        Tab("timeline", _("Timeline"), reverse("cases:timeline", args=[case.reference]), order=36),
        Tab("client", _("Client"), reverse("cases:client", args=[case.reference]), order=34),
        Tab("reach", _("Who sees it"), reverse("cases:case_people", args=[case.reference]), order=48),
        Tab("parties", _("People"), reverse("cases:parties", args=[case.reference]), order=37),
        Tab("keeping", _("Keeping"), reverse("cases:keeping", args=[case.reference]), order=90),
    ]
    if case.is_age_locked:
        open_now = {OVERVIEW, "timeline", "reach", "keeping"} if case.is_supervised_by(request.actor) else {OVERVIEW}
        found = [tab for tab in own if tab.key in open_now]
    else:
        found = [*own, *(tab for add in contributed("CASE_TABS") for tab in add(case, request.actor))]
    return [
        ShownTab(tab.key, tab.label, tab.url, tab.count, current=tab.key == current)
        for tab in sorted(found, key=lambda tab: tab.order)
        if may_open(tab.url, request.user)
    ]


def may_open(url: str, user: User) -> bool:
    """Whether the view behind one of our addresses lets this person in: a tab that would not open is not shown."""
    try:
        needed = getattr(resolve(url, urlconf=settings.ROOT_URLCONF).func, "permission", None)
    except Resolver404:
        return True
    return needed is None or user.may(needed)
