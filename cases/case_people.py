"""Who reaches a case: every person, as what, why, since when and until when; and who is kept out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from cases import duty
from cases.actions.emergency import REVIEW
from cases.actor import Actor
from cases.models import Bar, Case, CaseTask, HandoverRequest, Membership, MembershipRole, User, UserKind


@dataclass(frozen=True)
class Reach:
    """One person's way into a case. `membership_id` is None for a way that is not ended here."""

    name: str
    role: str
    why: str
    since: datetime | None
    until: datetime | None
    tone: str = ""
    membership_id: UUID | None = None


def reaching(case: Case, actor: Actor) -> list[Reach]:
    """Return every way into a case, members first, then supervisors. Inside `acting_as`."""
    barred = set(Bar.objects.visible_to(actor).standing().filter(case=case).values_list("user_id", flat=True))
    current = Membership.objects.current().of_staff().filter(case=case).select_related("user", "granted_by", "shift")
    rows = [row for row in current.order_by("since", "pk") if row.user_id not in barred and row.user.is_active]
    order = list(MembershipRole)
    rows.sort(key=lambda row: order.index(MembershipRole(row.role)))
    manages = case.is_managed_by(actor)
    found = [
        Reach(
            name=row.user.name,
            role=str(MembershipRole(row.role).label),
            why=_why(row),
            since=row.since,
            until=row.until,
            tone="late" if row.role == MembershipRole.EMERGENCY else "",
            membership_id=row.pk if _may_end(row, actor, manages=manages) else None,
        )
        for row in rows
    ]
    for user in duty.supervisors_of(case.team):
        if user.pk not in barred:
            why = _("Answers for %(team)s") % {"team": case.team.name} if case.team else _("No team has this case")
            found.append(Reach(user.name, _("Supervisor"), why, None, None))
    return found


def _may_end(row: Membership, actor: Actor, *, manages: bool) -> bool:
    return row.role != MembershipRole.OWNER and (manages or row.user_id == actor.id)


def _why(row: Membership) -> str:
    if row.why:
        return row.why
    known = {
        "opened": _("Opened the case"),
        "handed_over": _("Took it over"),
        "call": _("Took the first contact"),
        "shift": _("On call"),
        "emergency": _("Emergency access"),
    }
    return known.get(row.reason, "")


def to_choose(case: Case, *, owning: bool = False) -> list[User]:
    """Return colleagues who may be let into a case by hand, or who may own it; nobody who is barred."""
    barred = Bar.objects.standing().filter(case=case)
    people = User.objects.filter(kind=UserKind.STAFF, is_active=True).exclude(pk__in=barred.values("user_id"))
    if owning:
        return [user for user in people.exclude(pk=case.owner_id).order_by("name", "pk") if duty.may_own(user)]
    held = Membership.objects.current().filter(case=case, role__in=["owner", "backup", "helper"])
    people = people.exclude(pk__in=held.values("user_id"))
    return [user for user in people.order_by("name", "pk") if duty.may_help(user)]


@dataclass(frozen=True)
class Review:
    """One emergency access that waits for a supervisor's word."""

    task_id: UUID
    name: str
    why: str
    since: datetime
    may: bool


def to_review(case: Case, actor: Actor) -> list[Review]:
    """Return the emergency accesses of a case that nobody has looked at."""
    tasks = list(CaseTask.objects.visible_to(actor).open().filter(case=case, kind=REVIEW).order_by("created_at"))
    used = {row.pk: row for row in Membership.objects.filter(pk__in=[task.subject_id for task in tasks], case=case)}
    names = {user.pk: user.name for user in User.objects.filter(pk__in=[row.user_id for row in used.values()])}
    found = []
    for task in tasks:
        row = used.get(task.subject_id) if task.subject_id else None
        if row is not None:
            may = row.user_id != actor.id and case.is_managed_by(actor)
            found.append(Review(task.pk, names[row.user_id], row.why, row.since, may))
    return found


def handover_asked(case: Case, actor: Actor) -> HandoverRequest | None:
    """Return the owner's wish to hand a case over, with why: for whoever answers for it, and for nobody else."""
    if not case.is_supervised_by(actor):
        return None
    rows = HandoverRequest.objects.visible_to(actor).waiting().filter(case=case)
    found: HandoverRequest | None = rows.select_related("person").first()
    return found


def emergency_until(case: Case, actor: Actor) -> datetime | None:
    """Return when somebody's emergency access to a case ends, where that is what lets them in."""
    mine = Membership.objects.current().of_staff().filter(case=case, user_id=actor.id)
    if mine.exclude(role=MembershipRole.EMERGENCY).exists():
        return None
    last = mine.filter(role=MembershipRole.EMERGENCY).order_by("-until").first()
    return last.until if last is not None else None
