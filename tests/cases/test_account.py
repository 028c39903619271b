"""A person's own account: every change ends the other sessions, is in the record, and is told by letter."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.urls import reverse

from cases import sessions
from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Event, Session
from cases.permissions import Role
from cases.route_table import rows
from cases.sessions import SessionStore
from tests.cases.test_signin import _add_passkey
from tests.conftest import NOON
from tests.factories.browsers import anyone, session_of, signed_in
from tests.factories.cases import give_factor, make_staff
from tests.factories.codes import code_of
from tests.factories.letters import letters

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-1"
NEW = "violet kettle under nine moons"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def amira():
    user = make_staff(with_factor=False)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _come_in(user, seed, agent=FIREFOX):
    client = anyone()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, headers={"User-Agent": agent})
    client.post(reverse("mfa_authenticate"), {"code": code_of(seed)}, headers={"User-Agent": agent})
    return client


def _events(kind):
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        return [(event, event.body) for event in Event.objects.filter(kind=kind)]


def _is_open(client):
    return client.get(reverse("cases:today")).status_code == 200


def _change_password(client):
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return client.post(reverse("account_change_password"), fields)


def _add_app(client):
    client.get(reverse("mfa_activate_totp"))
    return client.post(reverse("mfa_activate_totp"), {"code": code_of(session_of(client)["mfa.totp.secret"])})


def _recently(user):
    """Return a browser in which a person has just confirmed who they are, as allauth keeps it."""
    client = signed_in(user)
    store = session_of(client)
    store["account_authentication_methods"] = [
        {**entry, "reauthenticated": True} for entry in store["account_authentication_methods"]
    ]
    store.save()
    return client


def _remove_app(client):
    return client.post(reverse("mfa_deactivate_totp"))


def _make_codes(client):
    return client.post(reverse("mfa_generate_recovery_codes"))


def _add_key(client):
    return _add_passkey(client)[1]


CHANGES = {
    "password": (_change_password, CaseEvent.PASSWORD_CHANGED, {"how": "changed"}),
    "app": (_add_app, CaseEvent.FACTOR_CHANGED, {"factor": "totp", "change": "added"}),
    "passkey": (_add_key, CaseEvent.FACTOR_CHANGED, {"factor": "webauthn", "change": "added"}),
    "app gone": (_remove_app, CaseEvent.FACTOR_CHANGED, {"factor": "totp", "change": "removed"}),
    "codes": (_make_codes, CaseEvent.FACTOR_CHANGED, {"factor": "recovery_codes", "change": "made_anew"}),
}


def _prepare(user, change):
    if change != "app":
        give_factor(user)
    if change in ("app", "app gone"):
        _add_passkey(_recently(user))
    Session.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_ends_every_other_session_and_gives_this_one_a_new_id(amira, change):
    act, kind, body = CHANGES[change]
    _prepare(amira, change)
    already = len(letters())
    here, there, portal = _recently(amira), signed_in(amira), SessionStore(door="media")
    portal["_auth_user_id"] = str(amira.pk)
    portal.create()
    portal["_auth_user_id"] = str(amira.pk)
    portal.save()
    before = session_of(here).session_key
    assert act(here).status_code == 302
    assert _is_open(here)
    assert session_of(here).session_key != before
    assert SessionStore(before, "staff").load() == {}
    assert not _is_open(there)
    assert Session.objects.filter(user=amira).count() == 1
    found = [told for _event, told in _events(kind) if body.items() <= told.items()]
    assert found
    assert found[-1]["ended"] == 2
    (letter,) = letters()[already : already + 1]
    assert letter["to"] == amira.email
    assert letter["subject"] == "A change to how you sign in"
    assert "tell your administrator" in letter["text"]
    assert "recourse" not in str(letter).lower()


@pytest.mark.django_db(transaction=True)
def test_removing_a_passkey_is_a_change_too(amira):
    give_factor(amira)
    here = _recently(amira)
    _add_key(here)
    there = signed_in(amira)
    passkey = Authenticator.objects.get(user=amira, type=Authenticator.Type.WEBAUTHN)
    assert here.post(reverse("mfa_remove_webauthn", args=[passkey.pk])).status_code == 302
    assert not _is_open(there)
    assert "A passkey was removed" in letters()[-1]["text"]


def test_a_sign_in_gets_a_new_session_id_and_the_old_one_opens_nothing(amira):
    seed = give_factor(amira)
    client = anyone()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": amira.email, "password": PASSWORD})
    planted = session_of(client).session_key
    assert planted
    client.post(reverse("mfa_authenticate"), {"code": code_of(seed)})
    assert _is_open(client)
    thief = anyone()
    thief.cookies[settings.SESSION_COOKIE_NAMES["staff"]] = planted
    assert not _is_open(thief)


def test_a_session_id_that_somebody_made_up_is_never_taken(amira):
    client = anyone()
    client.cookies[settings.SESSION_COOKIE_NAMES["staff"]] = "x" * 32
    client.post(reverse("account_login"), {"login": amira.email, "password": PASSWORD})
    assert session_of(client).session_key != "x" * 32
    assert SessionStore("x" * 32, "staff").load() == {}


def test_the_half_way_session_of_a_right_password_reaches_nothing(amira):
    give_factor(amira)
    client = anyone()
    client.post(reverse("account_login"), {"login": amira.email, "password": PASSWORD})
    for row in rows():
        if row.urlconf != settings.ROOT_URLCONF or not row.guard.startswith("staff:") or "<" in row.route:
            continue
        response = client.get(f"/{row.route}")
        assert response.status_code in (302, 404, 405), row
        if response.status_code == 302:
            assert "/accounts/login/" in response.headers["Location"], row


UNTYPED = {"uuid": "6f1c5b9e-7f43-4d2a-9f70-0f3f4f0a1b2c", "str": "C-2047", "int": "1", "slug": "x", "path": "x"}
BEFORE_FACTOR = {"confirm", "factors_index", "add_app", "add_passkey"}


def _address(route):
    import re

    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: UNTYPED[found[1] or "str"], route)


STAFF = [row for row in rows() if row.urlconf == settings.ROOT_URLCONF and row.guard.startswith("staff:")]


@pytest.mark.parametrize("row", STAFF, ids=lambda row: row.route)
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_second_factor_every_address_leads_to_making_one(row, method):
    if row.view in BEFORE_FACTOR:
        return
    boss = make_staff(roles=list(Role), with_factor=False)
    response = getattr(signed_in(boss), method)(_address(row.route))
    if response.status_code == 405:
        assert method.upper() not in row.methods
        return
    assert response.status_code == 302, row
    assert response.headers["Location"] == reverse("mfa_index"), row


def test_only_the_pages_that_make_a_factor_are_open_before_there_is_one():
    assert {row.view for row in STAFF if row.before_factor} == BEFORE_FACTOR


def test_a_cookie_says_nothing_of_its_person(amira):
    seed = give_factor(amira)
    client = _come_in(amira, seed)
    assert set(client.cookies) <= {"sid", "place", "lang"}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        for told in (amira.name, amira.email, str(amira.pk), "caseworker"):
            assert told not in cookie.value


def test_neither_seed_nor_recovery_codes_are_readable_in_a_dump(amira):
    seed = give_factor(amira)
    client = _recently(amira)
    _make_codes(client)
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert codes
    with connection.cursor() as cursor:
        cursor.execute(
            "select data::text from mfa_authenticator union all select encode(sealed, 'escape') from cases_session"
            " union all select cache_key || value from recourse_cache"
        )
        dump = str(cursor.fetchall())
    assert seed not in dump
    assert not [code for code in codes if code in dump]


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old(amira):
    seed = give_factor(amira)
    client = _recently(amira)
    _make_codes(client)
    first = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert first[0].isdigit()
    assert first[0] not in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert first[0] not in client.get(reverse("mfa_index")).content.decode()
    _make_codes(client)
    second = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert not set(first) & set(second)
    late = anyone()
    late.post(reverse("account_login"), {"login": amira.email, "password": PASSWORD})
    assert late.post(reverse("mfa_authenticate"), {"code": first[0]}).status_code == 200
    assert late.post(reverse("mfa_authenticate"), {"code": second[0]}).status_code == 302
    assert seed


def test_a_code_of_the_last_half_minute_is_refused_even_when_it_was_never_used(amira):
    seed = give_factor(amira)
    client = anyone()
    with time_machine.travel(NOON, tick=False) as clock:
        client.post(reverse("account_login"), {"login": amira.email, "password": PASSWORD})
        old = code_of(seed)
        clock.shift(timedelta(seconds=30))
        assert client.post(reverse("mfa_authenticate"), {"code": old}).status_code == 200


def test_a_code_that_confirmed_something_does_not_sign_in_as_well(amira):
    seed = give_factor(amira)
    client = signed_in(amira)
    code = code_of(seed)
    assert client.post(reverse("mfa_reauthenticate"), {"code": code}).status_code == 302
    other = anyone()
    other.post(reverse("account_login"), {"login": amira.email, "password": PASSWORD})
    assert other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


def test_many_rows_in_the_shared_cache_do_not_push_a_spent_code_out(amira):
    from django.core.cache import cache

    seed = give_factor(amira)
    code = code_of(seed)
    assert signed_in(amira).post(reverse("mfa_reauthenticate"), {"code": code}).status_code == 302
    for number in range(400):
        cache.set(f"noise:{number}", 1)
    assert signed_in(amira).post(reverse("mfa_reauthenticate"), {"code": code}).status_code == 200


def test_the_record_tells_sessions_apart_without_naming_their_key(amira):
    client = _come_in(amira, give_factor(amira))
    (event, told) = _events(CaseEvent.SIGNED_IN)[0]
    key = session_of(client).session_key
    assert told["session"] == sessions.mark_of(type("R", (), {"session": session_of(client)}))
    assert key not in str(told)
    assert event.actor_id == str(amira.pk)


def test_a_refused_confirmation_is_in_the_record_as_that_persons(amira):
    seed = give_factor(amira)
    client = signed_in(amira)
    client.post(reverse("account_reauthenticate"), {"password": "wrong-password-long"})
    client.post(reverse("mfa_reauthenticate"), {"code": "000000"})
    found = _events(CaseEvent.STEP_UP_REFUSED)
    assert sorted(told["step"] for _event, told in found) == ["password", "totp"]
    assert {event.actor_id for event, _told in found} == {str(amira.pk)}
    assert not _events(CaseEvent.SIGN_IN_FAILED)
    assert seed


def test_what_was_typed_as_an_address_is_in_no_event():
    typed = "somebody.else@mail.example"
    anyone().post(reverse("account_login"), {"login": typed, "password": "wrong-password-long"})
    (event, told) = _events(CaseEvent.SIGN_IN_FAILED)[0]
    assert typed not in f"{event.subject} {event.actor_id} {told}"
