"""Teams and roles: who may change them, what that ends, and what a small organisation never has to do."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import staff as staff_actions
from cases.actions import team as team_actions
from cases.actor import Actor
from cases.models import Event, Session, Team, TeamMember, User
from cases.permissions import Role
from cases.states import IllegalMove
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import make_team, reaches

pytestmark = pytest.mark.django_db
BOTH, NEITHER = (True, True), (False, False)


@pytest.fixture
def ines():
    return make_staff(roles=[Role.ADMINISTRATOR], name="Ines D.")


def _join(email, roles, *, by=None):
    actor = by or Actor.system("test")
    with acting_as(actor):
        _user, token = staff_actions.invite(email=email, name="X", roles=roles, by=actor, at=timezone.now())
        return staff_actions.join(
            token=token, name=email[0], email=email, password="a quiet long word", at=timezone.now()
        )


def test_a_small_organisation_has_one_team_without_asking_for_it():
    with acting_as(Actor.system("first")):
        token = staff_actions.invite_first_administrator(by=Actor.system("first"), at=timezone.now())
        staff_actions.join(
            token=token,
            name="Ruth",
            email="r@x.example",
            password="a quiet long word",
            also_casework=True,
            at=timezone.now(),
        )
    amira = _join("a@x.example", [Role.CASEWORKER])
    salma = _join("s@x.example", [Role.SUPERVISOR])
    team = Team.objects.get()
    assert team.members.count() == 3
    case = make_case(owner=amira)
    assert case.team == team
    assert (reaches(salma, case), reaches(User.objects.get(email="r@x.example"), case)) == (BOTH, BOTH)


def test_with_several_teams_a_person_who_joins_is_in_none_until_somebody_says():
    make_team("North")
    make_team("South")
    salma = _join("s@x.example", [Role.SUPERVISOR])
    assert not TeamMember.objects.filter(user=salma).exists()


def test_an_administrator_makes_a_team_names_it_and_puts_people_in(ines):
    salma, amira = make_staff(roles=[Role.SUPERVISOR], name="Salma H."), make_staff(name="Amira K.")
    client = signed_in(ines)
    made = press(client, reverse("cases:teams"), name="North")
    team = Team.objects.get()
    assert made.url == reverse("cases:team", args=[team.pk])
    sent = {"name": "North-East", "members": [str(amira.pk)], "supervisors": [str(salma.pk)]}
    assert press(client, made.url, **sent).status_code == 302
    page = client.get(reverse("cases:teams")).content.decode()
    assert "North-East" in page
    assert "Amira K., Salma H." in page
    assert reaches(salma, make_case(owner=amira)) == BOTH
    with acting_as(Actor.user(ines)):
        kinds = list(Event.objects.filter(kind__contains="team_").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["cases.team_made", "cases.team_renamed", "cases.team_members_set"]


def test_two_teams_do_not_share_a_name(ines):
    make_team("North")
    response = press(signed_in(ines), reverse("cases:teams"), name="NORTH")
    assert response.status_code == 422
    assert "has this name already" in response.content.decode()


def test_nobody_answers_for_a_team_without_the_role(ines):
    team, amira = make_team("North"), make_staff()
    by = Actor.user(ines)
    with pytest.raises(IllegalMove, match="role of supervisor"), acting_as(by):
        team_actions.set_members(team_id=team.pk, members=[], supervisors=[amira.pk], by=by, at=timezone.now())


def test_nobody_who_left_is_put_into_a_team(ines):
    team, amira = make_team("North"), make_staff()
    amira.is_active = False
    amira.save()
    by = Actor.user(ines)
    with pytest.raises(IllegalMove, match="does not work here"), acting_as(by):
        team_actions.set_members(team_id=team.pk, members=[amira.pk], supervisors=[], by=by, at=timezone.now())


@pytest.mark.parametrize("roles", [[Role.CASEWORKER], [Role.SUPERVISOR], [Role.CALL_TAKER]])
def test_only_administrators_have_the_pages(roles):
    client, team, other = signed_in(make_staff(roles=roles)), make_team("North"), make_staff()
    for address in (
        reverse("cases:teams"),
        reverse("cases:team", args=[team.pk]),
        reverse("cases:person", args=[other.pk]),
    ):
        assert client.get(address).status_code == 404
    for name in ("person_roles", "person_leave"):
        assert press(client, reverse(f"cases:{name}", args=[other.pk]), roles=["administrator"]).status_code == 404
    assert User.objects.get(pk=other.pk).roles == [Role.CASEWORKER]


def test_changed_roles_sign_the_person_out_and_the_record_holds_before_and_after(ines):
    amira = make_staff(name="Amira K.")
    browser = signed_in(amira)
    assert browser.get(reverse("cases:today")).status_code == 200
    response = press(signed_in(ines), reverse("cases:person_roles", args=[amira.pk]), roles=["trainee", "call_taker"])
    assert response.status_code == 302
    assert User.objects.get(pk=amira.pk).roles == ["call_taker", "trainee"]
    assert not Session.objects.filter(user=amira).exists()
    assert browser.get(reverse("cases:today")).status_code == 302
    with acting_as(Actor.user(ines)):
        body = Event.objects.get(kind="cases.roles_changed").body
    assert (body["before"], body["after"]) == (["caseworker"], ["call_taker", "trainee"])


def test_nobody_changes_their_own_roles(ines):
    make_staff(roles=[Role.ADMINISTRATOR])
    response = press(
        signed_in(ines), reverse("cases:person_roles", args=[ines.pk]), roles=["administrator", "supervisor"]
    )
    assert response.status_code == 422
    assert User.objects.get(pk=ines.pk).roles == [Role.ADMINISTRATOR]


def test_the_last_administrator_stays_one(ines):
    by = Actor.system("test")
    with pytest.raises(IllegalMove, match="only administrator"), acting_as(by):
        staff_actions.change_roles(user_id=ines.pk, roles=[Role.CASEWORKER], by=by, at=timezone.now())
    other = make_staff(roles=[Role.ADMINISTRATOR])
    with acting_as(Actor.user(other)):
        staff_actions.change_roles(user_id=ines.pk, roles=[Role.CASEWORKER], by=Actor.user(other), at=timezone.now())
    assert User.objects.get(pk=ines.pk).roles == [Role.CASEWORKER]


def test_an_owner_of_cases_keeps_a_role_that_can_own_them(ines):
    amira = make_staff()
    make_case(owner=amira)
    by = Actor.user(ines)
    with pytest.raises(IllegalMove, match="owns cases"), acting_as(by):
        staff_actions.change_roles(user_id=amira.pk, roles=[Role.CALL_TAKER], by=by, at=timezone.now())


def test_changing_roles_asks_who_is_there(ines):
    amira = make_staff()
    press(signed_in(ines, fresh=False), reverse("cases:person_roles", args=[amira.pk]), roles=["supervisor"])
    assert User.objects.get(pk=amira.pk).roles == [Role.CASEWORKER]


def test_a_new_supervisor_of_a_small_organisation_answers_for_its_team_at_once(ines):
    amira, jonas = make_staff(), make_staff()
    make_team("Everybody", members=[amira, jonas])
    with acting_as(Actor.user(ines)):
        staff_actions.change_roles(user_id=jonas.pk, roles=[Role.SUPERVISOR], by=Actor.user(ines), at=timezone.now())
    assert reaches(jonas, make_case(owner=amira)) == BOTH
