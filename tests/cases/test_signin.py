"""Signing in: a password and a second factor, for staff only, and every refusal in the record."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import EmailAddress, Login
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Event
from cases.permissions import Door, Role
from cases.sessions import SessionStore
from tests.factories.browsers import anyone, session_of, signed_in
from tests.factories.cases import give_factor, make_client, make_staff
from tests.factories.codes import code_of
from tests.factories.letters import letters
from tests.factories.passkeys import Passkey

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-1"


def _events(kind):
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        return [(event, event.body) for event in Event.objects.filter(kind=kind)]


def _log_in(client, user, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


@pytest.fixture(autouse=True)
def _fresh_limits():
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def amira():
    user = make_staff(with_factor=False)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_the_first_page_of_a_stranger_is_the_sign_in_page():
    response = anyone().get("/", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_password_and_a_code_lead_to_today(amira):
    seed = give_factor(amira)
    client = anyone()
    assert _log_in(client, amira).url == reverse("mfa_authenticate")
    assert client.get(reverse("cases:today")).status_code == 302
    response = client.post(reverse("mfa_authenticate"), {"code": code_of(seed)}, follow=True)
    assert response.request["PATH_INFO"] == reverse("cases:today")
    (body,) = [body for _event, body in _events(CaseEvent.SIGNED_IN)]
    assert list(body) == ["session"]
    assert len(body["session"]) == 16


def test_a_wrong_code_opens_nothing_and_is_in_the_record(amira):
    give_factor(amira)
    client = anyone()
    _log_in(client, amira)
    response = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert response.status_code == 200
    assert client.get(reverse("cases:today")).url.startswith(reverse("account_login"))
    (body,) = [body for _event, body in _events(CaseEvent.SIGN_IN_FAILED)]
    assert body["step"] == "totp"
    assert not _events(CaseEvent.SIGNED_IN)


def test_a_code_opens_only_once(amira):
    seed = give_factor(amira)
    code = code_of(seed)
    first, second = anyone(), anyone()
    _log_in(first, amira)
    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    _log_in(second, amira)
    assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


def test_a_wrong_password_says_no_more_than_an_unknown_address_does(amira):
    wrong = _log_in(anyone(), amira, "another-long-password").content.decode()
    unknown = anyone().post(reverse("account_login"), {"login": "nobody@casework.example", "password": "x"})
    text = "not correct"
    assert text in wrong
    assert text in unknown.content.decode()
    failures = _events(CaseEvent.SIGN_IN_FAILED)
    assert sorted(event.subject for event, _body in failures) == ["", f"cases_user:{amira.pk}"]


def test_a_person_without_a_second_factor_reaches_no_case_and_is_led_to_make_one(amira):
    client = anyone()
    assert _log_in(client, amira).url == reverse("mfa_index")
    assert client.get(reverse("cases:cases")).url == reverse("mfa_index")
    page = client.get(reverse("mfa_index"))
    assert page.status_code == 200
    assert reverse("mfa_activate_totp") in page.content.decode()
    set_up = client.get(reverse("mfa_activate_totp"))
    assert set_up.status_code == 200, "the password was typed a moment ago and is not asked for again"
    assert "<svg" in set_up.content.decode()
    seed = session_of(client)["mfa.totp.secret"]
    refused = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert refused.status_code == 200
    assert not Authenticator.objects.filter(user=amira).exists()
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(seed)})
    assert done.url == reverse("mfa_view_recovery_codes")
    codes = client.get(done.url)
    assert codes.status_code == 200
    assert client.get(reverse("cases:cases")).status_code == 200


def test_a_session_that_is_older_asks_for_the_password_before_a_factor_is_added(amira):
    client = signed_in(amira)
    response = client.get(reverse("mfa_activate_totp"))
    assert response.status_code == 302
    assert reverse("account_reauthenticate") in response.url


def test_a_recovery_code_opens_once(amira):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    give_factor(amira)
    code = RecoveryCodes.activate(amira).generate_codes()[0]
    first, second = anyone(), anyone()
    _log_in(first, amira)
    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    _log_in(second, amira)
    assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


def test_the_seed_of_a_second_factor_is_sealed(amira):
    seed = give_factor(amira)
    stored = Authenticator.objects.get(user=amira).data["secret"]
    assert seed not in stored
    assert decrypt(stored) == seed


NOT_OFFERED = [
    "signup/",
    "signup/passkey/",
    "email/",
    "confirm-email/",
    "confirm-email/abc/",
    "password/set/",
    "login/code/",
    "login/code/confirm/",
    "phone/verify/",
    "3rdparty/",
    "social/connections/",
    "google/login/",
    "sessions/",
    "2fa/trust/",
    "2fa/webauthn/signup/",
    "2fa/recovery-codes/download/",
    "",
]


@pytest.mark.parametrize("path", NOT_OFFERED)
def test_what_we_do_not_offer_has_no_address(path, amira):
    give_factor(amira)
    for browser in (anyone(), signed_in(amira)):
        assert browser.get(f"/accounts/{path}").status_code == 404
        assert browser.post(f"/accounts/{path}", {"email": "new@casework.example"}).status_code == 404


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin", "/administration/"])
def test_there_is_no_side_door_for_administrators(path):
    assert anyone().get(path).status_code == 404


def test_somebody_who_left_cannot_sign_in(amira):
    amira.is_active = False
    amira.save()
    client = anyone()
    _log_in(client, amira)
    assert "_auth_user_id" not in session_of(client)


def test_a_client_cannot_sign_in_with_any_password():
    client_user = make_client()
    client_user.set_password(PASSWORD)
    client_user.save()
    EmailAddress.objects.create(user=client_user, email="reader@mail.example", verified=True, primary=True)
    browser = anyone()
    browser.post(reverse("account_login"), {"login": "reader@mail.example", "password": PASSWORD})
    assert "_auth_user_id" not in session_of(browser)


@pytest.mark.django_db(transaction=True)
def test_neither_a_client_nor_a_stranger_gets_a_letter(mailoutbox):
    client_user = make_client()
    client_user.set_password(PASSWORD)
    client_user.save()
    EmailAddress.objects.create(user=client_user, email="reader@mail.example", verified=True, primary=True)
    for email in ("reader@mail.example", "nobody@mail.example"):
        anyone().post(reverse("account_reset_password"), {"email": email})
    assert not letters()
    assert not mailoutbox


@pytest.mark.django_db(transaction=True)
def test_a_staff_member_gets_a_letter_that_leads_to_the_staff_host(amira, settings):
    anyone().post(reverse("account_reset_password"), {"email": amira.email})
    (letter,) = letters()
    assert letter["to"] == amira.email
    assert f"{settings.SCHEME}://{settings.STAFF_HOST}/accounts/password/reset/key/" in letter["text"]


@pytest.mark.django_db(transaction=True)
def test_a_letter_works_once_and_for_one_hour_and_does_not_spare_the_second_step(amira):
    give_factor(amira)
    links = []
    for _ in range(2):
        anyone().post(reverse("account_reset_password"), {"email": amira.email})
        links.append(re.search(r"/accounts/password/reset/key/\S+", letters()[-1]["text"])[0])
    browser = anyone()
    form = browser.get(links[0]).url
    fields = {"password1": "violet kettle under nine moons", "password2": "violet kettle under nine moons"}
    assert browser.post(form, fields).status_code == 302
    assert "_auth_user_id" not in session_of(browser), "a letter alone lets nobody in"
    assert b"has been used" in anyone().get(links[0], follow=True).content
    assert b"has been used" in anyone().get(links[1], follow=True).content
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False) as clock:
        anyone().post(reverse("account_reset_password"), {"email": amira.email})
        link = re.search(r"/accounts/password/reset/key/\S+", letters()[-1]["text"])[0]
        clock.shift(timedelta(minutes=61))
        assert b"has been used" in anyone().get(link, follow=True).content


def test_no_other_way_of_the_library_lets_a_client_in(rf):
    client_user = make_client()
    request = rf.get("/accounts/login/")
    request.session, request.door, request.user = SessionStore(door="staff"), Door.STAFF, AnonymousUser()
    with context.request_context(request):
        response = perform_login(request, Login(user=client_user, email=None))
    assert response.status_code == 302
    assert "_auth_user_id" not in request.session


def _add_passkey(client, key=None):
    """Set up a passkey as the page would."""
    key = key or Passkey()
    page = client.get(reverse("mfa_add_webauthn"))
    challenge = page.context["js_data"]["creation_options"]["publicKey"]["challenge"]
    fields = {"name": "my key", "passwordless": "on", "credential": key.register(challenge)}
    return key, client.post(reverse("mfa_add_webauthn"), fields)


def _use_passkey(client, key, user, **changes):
    """Sign in with a passkey alone, as the page would."""
    asked = client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).json()
    challenge = changes.get("challenge", asked["request_options"]["publicKey"]["challenge"])
    return client.post(reverse("mfa_login_webauthn"), {"credential": key.sign_in(challenge, user_id=handle_of(user))})


def handle_of(user):
    """Return how a passkey remembers a person."""
    return user_pk_to_url_str(user)


def test_a_passkey_is_set_up_and_then_signs_in_alone(amira):
    first = anyone()
    _log_in(first, amira)
    key, response = _add_passkey(first)
    assert response.url == reverse("mfa_view_recovery_codes")
    later = anyone()
    assert _use_passkey(later, key, amira).status_code == 302
    assert later.get(reverse("cases:today")).status_code == 200


def test_a_foreign_passkey_and_an_old_challenge_open_nothing(amira):
    first = anyone()
    _log_in(first, amira)
    key, _response = _add_passkey(first)
    stranger = anyone()
    _use_passkey(stranger, Passkey(), amira)
    assert "_auth_user_id" not in session_of(stranger)
    _use_passkey(stranger, key, amira, challenge="AAAA")
    assert "_auth_user_id" not in session_of(stranger)


def test_a_client_who_somehow_holds_a_passkey_does_not_get_in(amira):
    first = anyone()
    _log_in(first, amira)
    key, _response = _add_passkey(first)
    client_user = make_client()
    Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).update(user=client_user)
    browser = anyone()
    _use_passkey(browser, key, client_user)
    assert "_auth_user_id" not in session_of(browser)


def test_the_last_second_factor_cannot_be_removed(amira):
    client = anyone()
    _log_in(client, amira)
    _add_passkey(client)
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    address = reverse("mfa_remove_webauthn", args=[passkey.pk])
    response = client.post(address, follow=True)
    assert "only second step" in response.content.decode()
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
    give_factor(amira)
    client.post(address)
    assert not Authenticator.objects.filter(pk=passkey.pk).exists()
    other = client.post(reverse("mfa_deactivate_totp"))
    assert other.status_code == 200
    assert Authenticator.objects.filter(user=amira, type=Authenticator.Type.TOTP).exists()


def test_pages_of_second_factors_do_not_exist_at_the_portal():
    assert anyone("portal").get("/accounts/2fa/").status_code == 404
    assert anyone("portal").get("/accounts/login/").status_code == 404


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "\\\\evil.example",
        "javascript:x",
    ],
)
def test_nobody_is_led_to_another_site(amira, elsewhere):
    give_factor(amira)
    client = anyone()
    fields = {"login": amira.email, "password": PASSWORD, "next": elsewhere}
    client.post(reverse("account_login"), fields)
    inside = signed_in(amira)
    response = inside.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": elsewhere})
    assert response.status_code == 302
    assert response.url == "/"


def test_a_path_of_ours_is_where_a_person_goes_on(amira):
    give_factor(amira)
    response = signed_in(amira).post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/search?q=C-1"})
    assert response.url == "/search?q=C-1"
