"""When the last administrator is lost, whoever holds the host makes a way back in, and everybody hears of it."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Event, Session, User
from cases.permissions import Role
from tests.conftest import logged_in_as
from tests.factories.browsers import anyone, press, session_of, signed_in
from tests.factories.cases import make_staff
from tests.factories.letters import letters

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a-long-password-1"
NEW = "violet kettle under nine moons"


def _recover(*arguments):
    said = StringIO()
    with logged_in_as("owner"):
        call_command("recover_admin", *arguments, stdout=said)
    return said.getvalue()


def _link(said):
    return said.split("http", 1)[1].split("/join/")[1].strip()


def _follow(said, name="Robin"):
    client = anyone()
    token = _link(said)
    fields = {"name": name, "password": NEW, "password_again": NEW}
    return client, press(client, reverse("cases:join", args=[token]), **fields)


@pytest.fixture
def boss():
    user = make_staff(roles=[Role.ADMINISTRATOR], name="Robin")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.mark.parametrize("role", ["web", "worker"])
def test_nobody_but_the_owner_of_the_database_may_do_it(boss, role):
    with logged_in_as(role), pytest.raises(CommandError, match="owner"):
        call_command("recover_admin", boss.email, stdout=StringIO())
    boss.refresh_from_db()
    assert boss.is_active
    assert not letters()


def test_an_administrator_comes_back_with_a_new_password_and_their_old_factor(boss):
    there = signed_in(boss)
    said = _recover(boss.email)
    assert "Sessions ended: 1" in said
    assert "factors stay" in said
    assert there.get(reverse("cases:people")).status_code == 302
    assert not Session.objects.filter(user=boss).exists()
    assert anyone().post(reverse("account_login"), {"login": boss.email, "password": PASSWORD}).status_code == 200
    client, response = _follow(said)
    assert response.url == reverse("mfa_authenticate"), "the factor is asked for"
    assert "_auth_user_id" not in session_of(client)
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.check_password(NEW)


def test_factors_go_only_when_it_is_said(boss):
    said = _recover(boss.email, "--remove-factors")
    assert "factors removed: 1" in said
    assert not Authenticator.objects.filter(user=boss).exists()
    client, response = _follow(said)
    assert response.url == reverse("mfa_index")
    assert client.get(reverse("cases:people")).url == reverse("mfa_index"), "nothing but a new factor is open"


def test_a_colleague_keeps_their_roles_and_becomes_administrator():
    user = make_staff(roles=[Role.CASEWORKER])
    _recover(user.email.upper())
    user.refresh_from_db()
    assert user.roles == [Role.ADMINISTRATOR, Role.CASEWORKER]


def test_a_new_administrator_needs_a_name(boss):
    with pytest.raises(CommandError, match="--name"):
        _recover("new@casework.example")
    assert not User.objects.filter(email="new@casework.example").exists()
    _client, response = _follow(_recover("new@casework.example", "--name", "Sam"), name="Sam")
    assert response.status_code == 302
    assert User.objects.get(email="new@casework.example").roles == [Role.ADMINISTRATOR]


def test_every_administrator_is_told_and_it_is_in_the_record(boss):
    lost = make_staff(roles=[Role.ADMINISTRATOR], name="Kim")
    make_staff(roles=[Role.CASEWORKER])
    said = _recover(lost.email)
    assert {letter["to"] for letter in letters()} == {boss.email, lost.email}
    assert all("Kim becomes administrator" in letter["text"] for letter in letters())
    assert _link(said) not in str(letters())
    with acting_as(Actor.user(boss)):
        (event,) = Event.objects.filter(kind=CaseEvent.ADMINISTRATOR_RECOVERED)
        assert event.actor_id == "recover_admin"
        assert event.body["how"] == "existing"
        assert lost.email not in str(event.body)


def test_a_link_works_once_and_a_second_one_ends_the_first(boss):
    first, second = _recover(boss.email), _recover(boss.email)
    assert _follow(first)[1].status_code == 410
    assert _follow(second)[1].status_code == 302
    assert _follow(second)[1].status_code == 410


def test_an_address_that_is_none_is_refused():
    with pytest.raises(CommandError):
        _recover("not an address", "--name", "Sam")
