"""How a request for a second person reads: whose it is to decide, what a yes does, and what exactly is asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from cases import approvals
from cases.access import current_actor
from cases.actor import Actor, ActorKind
from cases.contributions import Panel
from cases.events import CaseEvent
from cases.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    ApprovalVia,
    Case,
    Event,
    Membership,
    MembershipRole,
    TeamMember,
    User,
)
from cases.permissions import Permission, Role

ON_YES = {
    ApprovalKind.BULK_EXPORT: _("The list is made as a file. Only the person who asked can download it, for 7 days."),
    ApprovalKind.ERASURE: _("The case is erased for good: its key is destroyed. Nobody can bring it back."),
    ApprovalKind.HOLD_LIFT: _("The legal hold ends. The case may then be erased when its time has come."),
    ApprovalKind.AGE_UNLOCK: _(
        "The case opens again for its team. What was discarded stays discarded, shares that ended stay ended."
    ),
    ApprovalKind.ORIGINAL_RELEASE: _("The sealed originals may leave the house as described."),
    ApprovalKind.NOTICE_SEND: _("The letter goes out exactly as you see it here. It can be called back for a moment."),
    ApprovalKind.REGISTER_DELETION: _("The entry of the register is deleted for good."),
}
TONES = {
    ApprovalState.WAITING: "soon",
    ApprovalState.GRANTED: "ok",
    ApprovalState.REFUSED: "late",
    ApprovalState.FAILED: "late",
}
MOST_SHOWN = 100
DECIDED_SHOWN = 30
ALARMS_SHOWN = 10


@dataclass(frozen=True)
class Row:
    """One request in a list. `title` names the case by number only where the reader sees the case."""

    approval: Approval
    title: str
    may_decide: bool
    is_own: bool
    tone: str
    waits_for: str = ""


def kinds_for(user: User) -> list[ApprovalKind]:
    """Return the kinds to which a person may say yes at all."""
    held = user.permissions()
    return [kind for kind, rule in approvals.RULES.items() if rule.grant in held]


def waiting_for(user: User, actor: Actor) -> "list[Approval]":
    """Return the requests that this person may decide now, oldest first; inside `acting_as`."""
    kinds = kinds_for(user)
    if not kinds:
        return []
    seen = Q(case=None) | Q(case__in=Case.objects.visible_to(actor))
    found = Approval.objects.waiting().filter(seen, kind__in=kinds).exclude(asked_by=user).for_rows()
    return list(found.order_by("asked_at", "pk")[:MOST_SHOWN])


def announced_for(user: User, actor: Actor) -> "list[Approval]":
    """Return what goes ahead by itself after 24 hours and may be stopped by this person."""
    found = Approval.objects.visible_to(actor).waiting().filter(via=ApprovalVia.DELAY).exclude(asked_by=user)
    return list(found.for_rows().order_by("ready_at")[:MOST_SHOWN])


def row_of(approval: Approval, user: User, *, may_decide: bool = False) -> Row:
    """Return a request as a list shows it."""
    is_own = approval.asked_by_id == user.pk
    return Row(
        approval,
        str(ApprovalKind(approval.kind).label),
        may_decide,
        is_own,
        TONES.get(ApprovalState(approval.state), ""),
        waits_for=who_decides(approval) if approval.is_waiting and not may_decide else "",
    )


def who_decides(approval: Approval) -> str:
    """Name the colleagues on the case who could say yes; empty where it is any supervisor."""
    if approval.case_id is None:
        return ""
    on_case = Membership.objects.current().filter(case_id=approval.case_id).exclude(role=MembershipRole.CLIENT)
    people = on_case.exclude(user=approval.asked_by_id).select_related("user").order_by("since")
    return ", ".join(dict.fromkeys(_names(approval, (row.user for row in people))))


def _names(approval: Approval, people: Iterable[User]) -> Iterable[str]:
    needed: Permission = approvals.rule_of(approval.kind).grant
    return (person.name for person in people if person.is_active and person.may(needed))


def panel_of(approval: Approval, actor: Actor, *, at: datetime) -> Panel | None:
    """Return what exactly is asked, from the app that knows it; None where reason and facts say it all."""
    found: dict[str, Callable[..., Panel | None]] = {}
    for path in settings.APPROVAL_PANELS:
        found.update(import_string(path))
    panel = found.get(approval.kind)
    return panel(approval, actor, at) if panel else None


def waiting_count(request: HttpRequest) -> int | None:
    """Return how many requests wait for the signed-in person: the number beside the rail's entry, or None."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind != ActorKind.USER or current_actor() != actor:
        return None
    return len(waiting_for(cast(User, request.user), actor)) or None


@dataclass(frozen=True)
class Alarm:
    """Somebody did something unusually often, as their supervisor reads it: one sentence, no table, no rank."""

    name: str
    what: str
    count: int
    usual: int
    window: str
    at: datetime


def alarms_for(user: User, *, since: datetime) -> list[Alarm]:
    """Return what a supervisor should ask about: alarms on people of their teams, or of nobody's team."""
    if not user.has_role(Role.SUPERVISOR):
        return []
    own_teams = TeamMember.objects.filter(user=user, is_supervisor=True).values("team")
    theirs = Q(pk__in=TeamMember.objects.filter(team__in=own_teams).values("user"))
    no_team = ~Q(pk__in=TeamMember.objects.values("user"))
    people = {f"{User._meta.db_table}:{one.pk}": one.name for one in User.objects.filter(theirs | no_team)}
    people.pop(f"{User._meta.db_table}:{user.pk}", None)
    told = Event.objects.filter(case=None, kind=CaseEvent.LIMIT_ALARMED, at__gte=since, subject__in=list(people))
    return [
        Alarm(
            people[event.subject],
            str(event.body["what"]),
            int(event.body["count"]),
            int(event.body["usual"]),
            str(event.body["window"]),
            event.at,
        )
        for event in told.order_by("-seq")[:ALARMS_SHOWN]
    ]
