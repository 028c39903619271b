"""Teams: make one, rename it, say who is in it and who answers for its cases."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from cases import duty
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Team, TeamMember, User
from cases.permissions import Role
from cases.states import IllegalMove

FIRST_NAME = "Everybody"
TAKEN = "A team has this name already."


@transaction.atomic
def make(*, name: str, by: Actor, at: datetime) -> Team:
    """Make an empty team."""
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, made_at=at)
    except IntegrityError:
        raise IllegalMove(TAKEN) from None
    record(CaseEvent.TEAM_MADE, case=None, by=by, at=at, subject=team, team=name)
    return team


@transaction.atomic
def rename(*, team_id: UUID, name: str, by: Actor, at: datetime) -> Team:
    """Give a team another name."""
    team = Team.objects.select_for_update().get(pk=team_id)
    before, team.name = team.name, name
    try:
        with transaction.atomic():
            team.save(update_fields=["name"])
    except IntegrityError:
        raise IllegalMove(TAKEN) from None
    record(CaseEvent.TEAM_RENAMED, case=None, by=by, at=at, subject=team, team=name, before=before)
    return team


@transaction.atomic
def set_members(
    *, team_id: UUID, members: Collection[UUID], supervisors: Collection[UUID], by: Actor, at: datetime
) -> Team:
    """Say who is in a team, and which of them answer for its cases. Supervisors are members too.

    Raises IllegalMove for somebody who does not work here, and for a supervisor without the role.
    """
    team = Team.objects.select_for_update().get(pk=team_id)
    wanted = set(members) | set(supervisors)
    people = {user.pk: user for user in User.objects.filter(pk__in=wanted)}
    for number in wanted:
        user = people.get(number)
        if user is None or user.is_client or not user.is_active:
            raise IllegalMove("Somebody in the list does not work here any more.")
        if number in supervisors and not user.has_role(Role.SUPERVISOR):
            raise IllegalMove(f"{user.name} does not have the role of supervisor.")
    before = sorted(TeamMember.objects.filter(team=team).values_list("user__name", flat=True))
    TeamMember.objects.filter(team=team).exclude(user_id__in=wanted).delete()
    for number in wanted:
        TeamMember.objects.update_or_create(
            team=team,
            user_id=number,
            defaults={"is_supervisor": number in supervisors},
            create_defaults={"is_supervisor": number in supervisors, "since": at},
        )
    after = sorted(people[number].name for number in wanted)
    answer = sorted(people[number].name for number in supervisors)
    said = {"before": before, "after": after, "supervisors": answer}
    record(CaseEvent.TEAM_MEMBERS_SET, case=None, by=by, at=at, subject=team, team=team.name, **said)
    return team


@transaction.atomic
def answer_for(*, team: Team, user: User, by: Actor, at: datetime) -> Team:
    """Let one more supervisor answer for a team; who left it meanwhile goes from its list."""
    held = TeamMember.objects.filter(team=team, user__is_active=True)
    members = set(held.values_list("user_id", flat=True))
    answering = held.filter(is_supervisor=True, user__roles__contains=[Role.SUPERVISOR])
    supervisors = {user.pk, *answering.values_list("user_id", flat=True)}
    return set_members(team_id=team.pk, members=members, supervisors=supervisors, by=by, at=at)


@transaction.atomic
def take_in(*, user: User, by: Actor, at: datetime) -> None:
    """Put a person who joins into the one team of a small organisation, which is made where there is none.

    With several teams an administrator chooses; a supervisor answers for the one team from the start.
    """
    team = duty.only_team()
    if team is None:
        if Team.objects.exists():
            return
        team = make(name=str(settings.ORG_NAME or FIRST_NAME)[:60], by=by, at=at)
    answers = user.has_role(Role.SUPERVISOR)
    TeamMember.objects.update_or_create(
        team=team,
        user=user,
        defaults={"is_supervisor": answers},
        create_defaults={"is_supervisor": answers, "since": at},
    )
