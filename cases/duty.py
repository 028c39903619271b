"""Whose a case is when somebody else opens it or goes: nobody's case is ever without a person who can own it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from cases.models import Bar, Shift, Team, TeamMember, User, UserKind
from cases.permissions import Permission, Role
from cases.states import IllegalMove

OWNING_ROLES = [Role.CASEWORKER.value, Role.SUPERVISOR.value]


def may_own(user: User) -> bool:
    """Whether somebody may own a case: they can sign in, and are caseworker or supervisor."""
    return user.is_active and not user.is_client and any(user.has_role(Role(role)) for role in OWNING_ROLES)


def may_help(user: User) -> bool:
    """Whether somebody may be let into a case: they can sign in and their role sees cases."""
    return user.is_active and not user.is_client and user.may(Permission.CASE_VIEW)


@dataclass(frozen=True)
class Workload:
    """What a person holds, as numbers."""

    cases: int = 0
    memberships: int = 0
    tasks: int = 0
    contacts: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to hand over."""
        return not (self.cases or self.memberships or self.tasks or self.contacts)


def workload(user_id: UUID) -> Workload:
    """Count what a person holds, over every case: for administrators and supervisors, who else gets noughts."""
    with connection.cursor() as cursor:
        cursor.execute("select part, sum(count)::int from recourse_workload(%s) group by part", [user_id])
        return Workload(**dict(cursor.fetchall()))


def team_of(user: User) -> Team | None:
    """Return the team that a person's new cases belong to: their first one, else the only one there is."""
    own = TeamMember.objects.filter(user=user).select_related("team").order_by("since", "pk").first()
    return own.team if own is not None else only_team()


def only_team() -> Team | None:
    """Return the team of an organisation that has one; None where there are several, or none."""
    teams = list(Team.objects.order_by("pk")[:2])
    return teams[0] if len(teams) == 1 else None


def supervisors_of(team: Team | None) -> list[User]:
    """Return who answers for the cases of a team, or for those without one: the longest in the team first."""
    people = User.objects.filter(kind=UserKind.STAFF, is_active=True, roles__contains=[Role.SUPERVISOR])
    if team is not None:
        people = people.filter(teams__team=team, teams__is_supervisor=True).order_by("teams__since", "pk")
    else:
        people = people.order_by("created_at", "pk")
    return list(people)


def left_without(user: User) -> list[Team]:
    """Return the teams for whose cases nobody but this person answers."""
    mine = Team.objects.filter(members__user=user, members__is_supervisor=True).order_by("name")
    return [team for team in mine if [one.pk for one in supervisors_of(team)] == [user.pk]]


def duty_owner(*, team: Team | None, at: datetime, case_id: UUID | None = None, without: Iterable[UUID] = ()) -> User:
    """Return who takes a case that has nobody: somebody of the team on a shift now, its supervisor, any supervisor,
    any caseworker. Nobody who is barred from `case_id`, and nobody in `without`.

    Raises IllegalMove when there is no such person.
    """
    people = User.objects.filter(kind=UserKind.STAFF, is_active=True, roles__overlap=OWNING_ROLES)
    people = people.exclude(pk__in=list(without))
    if case_id is not None:
        barred = Bar.objects.standing().filter(case_id=case_id)
        people = people.exclude(pk__in=barred.values("user_id"))
    own = TeamMember.objects.filter(team=team, user=OuterRef("pk"))
    now = Shift.objects.running(at=at).filter(user=OuterRef("pk"))
    supervises = Q(roles__contains=[Role.SUPERVISOR])
    in_team = [
        people.filter(Exists(own), Exists(now)),
        people.filter(supervises, Exists(own.filter(is_supervisor=True))),
    ]
    tries = (in_team if team is not None else [people.filter(Exists(now))]) + [people.filter(supervises), people]
    for found in tries:
        person = found.order_by("created_at", "pk").first()
        if person is not None:
            return person
    raise IllegalMove("Nobody here can own a case. Invite a caseworker or a supervisor first.")
