"""Teams, bars and colleagues in cases, through the real actions."""

from collections.abc import Sequence

from cases.access import acting_as
from cases.actions import membership, team
from cases.actor import Actor
from cases.models import Bar, Case, Membership, MembershipRole, Team, User
from cases.permissions import Role
from tests.conftest import NOON
from tests.factories.cases import make_staff


def make_team(name: str, *, members: Sequence[User] = (), supervisors: Sequence[User] = ()) -> Team:
    """Make a team with its people, as an administrator does."""
    by = Actor.user(make_staff(roles=[Role.ADMINISTRATOR], name="Admin"))
    with acting_as(by):
        made = team.make(name=name, by=by, at=NOON)
        return team.set_members(
            team_id=made.pk,
            members=[user.pk for user in members],
            supervisors=[user.pk for user in supervisors],
            by=by,
            at=NOON,
        )


def let_in(case: Case, user: User, *, role: MembershipRole = MembershipRole.HELPER) -> Membership:
    """Have the owner let a colleague into their case."""
    by = Actor.user(case.owner)
    with acting_as(by):
        return membership.add(case_id=case.pk, user=user, role=role, reason="She knows it.", until=None, by=by, at=NOON)


def bar(case: Case, user: User, *, by: User | None = None) -> Bar:
    """Have the owner, or somebody else who decides, keep a colleague out of a case."""
    actor = Actor.user(by or case.owner)
    with acting_as(actor):
        return membership.bar(case_id=case.pk, user=user, reason="They are cousins.", by=actor, at=NOON)


def reaches(user: User, case: Case) -> tuple[bool, bool]:
    """Whether somebody reaches a case: by the queryset's rule, and by row-level security alone."""
    fresh = User.objects.get(pk=user.pk)
    actor = Actor.of(fresh)
    with acting_as(actor):
        second = Case.objects.filter(pk=case.pk).exists()
        first = Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    return first, second
