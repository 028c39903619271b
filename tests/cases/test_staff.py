"""Staff come by invitation: the first administrator by a printed link, everybody else by theirs."""

from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Door, Event, Session, User
from cases.permissions import Role
from tests.cases.test_signin import code_of
from tests.factories.browsers import anyone, press, session_of, signed_in
from tests.factories.cases import make_client, make_staff

pytestmark = pytest.mark.django_db

PASSWORD = "four quiet words here"
BOTH = {"password": PASSWORD, "password_again": PASSWORD}
FIRST = {"name": "Ruth", "email": "ruth@casework.example", **BOTH}


def _link(command="first_admin_link", *args, **options):
    out = StringIO()
    call_command(command, *args, stdout=out, **options)
    return out.getvalue()


def _path(line):
    return urlsplit(line.strip().rsplit(" ", 1)[-1]).path


@pytest.fixture
def ruth():
    return make_staff(roles=[Role.ADMINISTRATOR], name="Ruth")


def test_the_printed_link_makes_the_first_administrator_who_sets_up_a_factor_and_sees_people():
    client = anyone()
    address = _path(_link())
    assert client.get(address).status_code == 200
    joined = press(client, address, **FIRST)
    assert joined.url == reverse("mfa_index")
    user = User.objects.get(email="ruth@casework.example")
    assert user.roles == [Role.ADMINISTRATOR]
    assert EmailAddress.objects.get(user=user).verified
    assert client.get(reverse("cases:people")).url == reverse("mfa_index")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    seed = session_of(client)["mfa.totp.secret"]
    shown = client.post(reverse("mfa_activate_totp"), {"code": code_of(seed)}, follow=True)
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists()
    assert "****" not in shown.content.decode()
    assert client.get("/", follow=True).request["PATH_INFO"] == reverse("cases:people")


def test_nothing_is_printed_once_there_is_an_administrator(ruth):
    assert _link() == ""


def test_a_new_link_ends_the_one_before():
    old, new = _path(_link()), _path(_link())
    assert anyone().get(old).status_code == 410
    assert anyone().get(new).status_code == 200


def test_a_spent_invitation_cannot_be_used_again():
    address = _path(_link())
    press(anyone(), address, **FIRST)
    again = press(anyone(), address, **{**FIRST, "email": "other@casework.example"})
    assert again.status_code == 410
    assert User.objects.count() == 1


def test_a_look_by_a_mail_scanner_spends_nothing():
    address = _path(_link())
    for _time in range(3):
        assert anyone().get(address).status_code == 200
    assert press(anyone(), address, **FIRST).status_code == 302


def test_an_invitation_runs_out_after_a_day():
    address = _path(_link())
    Door.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert anyone().get(address).status_code == 410
    assert press(anyone(), address, **FIRST).status_code == 410
    assert not User.objects.exists()


def test_an_old_first_link_makes_no_second_administrator():
    address = _path(_link())
    make_staff(roles=[Role.ADMINISTRATOR])
    assert press(anyone(), address, **FIRST).status_code == 410


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("name", "", "Write the name"),
        ("name", "a\x00b", "cannot be stored"),
        ("name", "x" * 101, "Shorten this"),
        ("email", "no address", "valid email"),
        ("password", "short", "too short"),
        ("password_again", "something else", "same password"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_and_nothing_is_spent(field, text, words):
    address = _path(_link())
    response = press(anyone(), address, **{**FIRST, field: text})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert PASSWORD not in page
    assert not User.objects.exists()
    assert press(anyone(), address, **FIRST).status_code == 302


def test_a_name_with_markup_is_shown_as_text(ruth):
    press(signed_in(ruth), reverse("cases:people"), name="<b>Jo</b>", email="jo@casework.example", roles=["caseworker"])
    page = signed_in(ruth).get(reverse("cases:people")).content.decode()
    assert "<b>Jo</b>" not in page
    assert "&lt;b&gt;Jo" in page


def test_an_invited_person_joins_with_the_roles_and_address_of_the_invitation(ruth):
    client = signed_in(ruth)
    press(client, reverse("cases:people"), name="Jonas", email="jonas@casework.example", roles=["caseworker"])
    page = client.get(reverse("cases:people")).content.decode()
    token = page.split("/join/")[1].split('"')[0].split("<")[0].split("&")[0]
    assert "/join/" not in client.get(reverse("cases:people")).content.decode(), "the link is shown once"
    invited = User.objects.get(email="jonas@casework.example")
    assert not invited.is_active
    address = reverse("cases:join", args=[token])
    fields = {"name": "Jonas W.", "email": "evil@casework.example", "also_casework": "on", **BOTH}
    assert press(anyone(), address, **fields).url == reverse("mfa_index")
    invited.refresh_from_db()
    assert (invited.is_active, invited.name, invited.email) == (True, "Jonas W.", "jonas@casework.example")
    assert invited.roles == [Role.CASEWORKER]


def test_two_people_cannot_have_one_address(ruth):
    fields = {"name": "Jo", "email": ruth.email.upper(), "roles": ["caseworker"]}
    response = press(signed_in(ruth), reverse("cases:people"), **fields)
    assert response.status_code == 422
    assert "uses this e-mail" in response.content.decode()


def test_only_an_administrator_invites():
    client = signed_in(make_staff(roles=[Role.SUPERVISOR]))
    assert client.get(reverse("cases:people")).status_code == 404
    fields = {"name": "Jo", "email": "jo@x.example", "roles": ["caseworker"]}
    assert press(client, reverse("cases:people"), **fields).status_code == 404


def test_access_ends_at_once_with_every_open_session(ruth):
    person = make_staff()
    client = signed_in(person)
    assert client.get(reverse("cases:today")).status_code == 200
    press(signed_in(ruth), reverse("cases:end_access", args=[person.pk]))
    assert not Session.objects.filter(user=person).exists()
    assert client.get(reverse("cases:today")).url.startswith(reverse("account_login"))
    with acting_as(Actor.user(ruth)):
        assert Event.objects.filter(kind=CaseEvent.ACCESS_ENDED).count() == 1


def test_the_last_administrator_stays(ruth):
    with pytest.raises(staff_actions.IllegalMove):
        staff_actions.end_access(user_id=ruth.pk, by=Actor.system("test"), at=timezone.now())
    press(signed_in(ruth), reverse("cases:end_access", args=[ruth.pk]))
    ruth.refresh_from_db()
    assert ruth.is_active


def test_ending_access_ends_an_open_invitation(ruth):
    user, token = staff_actions.invite(
        email="jo@casework.example", name="Jo", roles=[Role.CASEWORKER], by=Actor.user(ruth), at=timezone.now()
    )
    press(signed_in(ruth), reverse("cases:end_access", args=[user.pk]))
    assert anyone().get(reverse("cases:join", args=[token])).status_code == 410


def test_a_client_is_nobody_that_people_can_act_on(ruth):
    client_user = make_client()
    for name in ("cases:end_access", "cases:invite_again"):
        assert press(signed_in(ruth), reverse(name, args=[client_user.pk])).status_code == 404


def test_the_command_prints_a_link_and_refuses_what_is_no_address():
    line = _link("invite_staff", "jo@casework.example", name="Jo", role=["caseworker"])
    assert anyone().get(_path(line)).status_code == 200
    with pytest.raises(CommandError):
        _link("invite_staff", "jo", name="Jo", role=["caseworker"])
    fresh = _link("invite_staff", "jo@casework.example", name="Jo", role=["caseworker"])
    assert anyone().get(_path(line)).status_code == 410
    assert anyone().get(_path(fresh)).status_code == 200


def test_invitations_do_not_open_at_the_portal():
    assert anyone("portal").get(_path(_link())).status_code == 404
