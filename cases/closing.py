"""What a case still has open when somebody wants to close it: shown first, so that nothing is dropped unseen."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.contributions import contributed
from cases.models import Approval, Case, CaseTask, Effect
from cases.states import EffectState

OWED = ("age_lock", "client_message", "withdrawal", "emergency_review")
"""Tasks that closing does not end: somebody waits for an answer, or must account for what they did."""


@dataclass(frozen=True)
class Unfinished:
    """One kind of open thing: how many, what closing does to it, and where it is."""

    label: str
    count: int
    effect: str
    url: str = ""


def unfinished(case: Case, actor: Actor, *, at: datetime) -> list[Unfinished]:
    """Return what is open, of this app and of those above (settings.CASE_UNFINISHED), without empty lines."""
    found = [*own(case, actor), *(line for part in contributed("CASE_UNFINISHED") for line in part(case, actor, at))]
    return [line for line in found if line.count]


def own(case: Case, actor: Actor) -> list[Unfinished]:
    """Return open tasks, requests that wait for a second person, and what waits to be sent."""
    open_tasks = CaseTask.objects.visible_to(actor).open().filter(case=case)
    tasks, owed = open_tasks.exclude(kind__in=OWED), open_tasks.filter(kind__in=OWED)
    waiting = Approval.objects.visible_to(actor).waiting().filter(case=case)
    effects = Effect.objects.visible_to(actor).filter(case=case, state__in=[EffectState.NEW, EffectState.CLAIMED])
    page = reverse("cases:case", args=[case.reference])
    return [
        Unfinished(_("Open tasks"), tasks.count(), _("they fall away"), page),
        Unfinished(_("Tasks that somebody waits for"), owed.count(), _("they stay on Today"), page),
        Unfinished(_("Requests that wait for a second person"), waiting.count(), _("they go on")),
        Unfinished(_("Messages on their way"), effects.count(), _("they still go out")),
    ]
