"""Step-up: what is weighty waits until the person confirmed who they are, then goes on once and whole."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from cases.http import TOKEN_FIELD, new_form_token, requires
from cases.models import User
from cases.permissions import Door, Permission, Role
from cases.route_table import rows
from tests.factories.browsers import anyone, session_of, signed_in
from tests.factories.cases import give_factor, make_case, make_staff
from tests.factories.codes import code_of

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-1"


@pytest.fixture(autouse=True)
def _fresh_limits():
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def boss():
    user = make_staff(roles=[Role.ADMINISTRATOR])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _invite(client, token=None, **more):
    fields = {"name": "Noor  <B.>", "email": "noor@casework.example", "roles": ["caseworker", "supervisor"]}
    fields |= {TOKEN_FIELD: token or new_form_token()}
    return client.post(reverse("cases:people"), fields, **more)


def _confirm(client, response, password=PASSWORD):
    """Type the password on the page that a response leads to."""
    parts = urlsplit(response.headers.get("HX-Redirect") or response.headers["Location"])
    then = parse_qs(parts.query)["next"][0]
    return client.post(reverse("account_reauthenticate"), {"password": password, "next": then})


def _send_kept(client, page):
    """Press Continue on the page that carries on; returns what the browser gets."""
    body = page.content.decode()
    action = unescape(re.search(r'action="([^"]+)" data-carry-on', body)[1])
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(unescape(name), []).append(unescape(value))
    return client.post(action, fields)


def test_what_is_weighty_waits_for_a_confirmation(boss):
    client = signed_in(boss, fresh=False)
    response = _invite(client)
    assert response.status_code == 302
    assert "reauthenticate" in response.headers["Location"]
    assert not User.objects.filter(email="noor@casework.example").exists()


def test_after_the_confirmation_everything_that_was_typed_goes_on_once(boss):
    client, token = signed_in(boss, fresh=False), new_form_token()
    page = client.get(_confirm(client, _invite(client, token)).url)
    done = _send_kept(client, page)
    assert done.url == reverse("cases:people")
    made = User.objects.get(email="noor@casework.example")
    assert made.name == "Noor  <B.>"
    assert sorted(made.roles) == ["caseworker", "supervisor"]
    again = _send_kept(client, page)
    assert again.url == done.url
    assert User.objects.filter(email="noor@casework.example").count() == 1


def test_a_wrong_password_sends_nothing_on_and_loses_nothing(boss):
    client = signed_in(boss, fresh=False)
    waiting = _invite(client)
    then = parse_qs(urlsplit(waiting.url).query)["next"][0]
    assert _confirm(client, waiting, "wrong-password-long").status_code == 200
    assert client.get(then).status_code == 302, "nobody carries on without confirming"
    assert not User.objects.filter(email="noor@casework.example").exists()
    _send_kept(client, client.get(_confirm(client, waiting).url))
    assert User.objects.filter(email="noor@casework.example").exists()


def test_a_code_of_the_app_confirms_too(boss):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=boss).delete()
    seed = give_factor(boss)
    client = signed_in(boss, fresh=False)
    waiting = _invite(client)
    then = parse_qs(urlsplit(waiting.url).query)["next"][0]
    response = client.post(reverse("mfa_reauthenticate"), {"code": code_of(seed), "next": then})
    assert response.url == then
    assert _invite(client).url == reverse("cases:people")


def test_a_confirmation_lasts_five_minutes_to_the_second(boss):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in(boss)
        clock.shift(timedelta(seconds=299))
        assert _invite(client).url == reverse("cases:people")
        clock.shift(timedelta(seconds=1))
        assert "reauthenticate" in _invite(client).url


def test_a_confirmation_of_another_person_or_of_tomorrow_counts_for_nothing(boss):
    client = signed_in(boss)
    store = session_of(client)
    store["account_authentication_methods_user"] = str(make_staff().pk)
    store.save()
    assert "reauthenticate" in _invite(client).url
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False) as clock:
        later = signed_in(boss)
        clock.shift(-timedelta(minutes=2))
        assert "reauthenticate" in _invite(later).url


def test_a_part_of_a_page_is_led_away_as_a_whole(boss):
    client = signed_in(boss, fresh=False)
    response = _invite(client, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "reauthenticate" in response.headers["HX-Redirect"]


def test_two_waiting_forms_do_not_take_each_others_place(boss):
    client = signed_in(boss, fresh=False)
    first = _invite(client)
    second = client.post(reverse("cases:end_access", args=[make_staff().pk]), {TOKEN_FIELD: new_form_token()})
    assert first.url != second.url
    _send_kept(client, client.get(_confirm(client, first).url))
    assert User.objects.filter(email="noor@casework.example").exists()
    then = parse_qs(urlsplit(second.url).query)["next"][0]
    assert b"data-carry-on" in client.get(then).content


def test_the_session_gets_a_new_id_but_no_longer_life_when_a_person_confirms(boss):
    from cases.models import Session

    client = signed_in(boss, fresh=False)
    before, life = session_of(client).session_key, Session.objects.get(user=boss).ends_at
    _confirm(client, _invite(client))
    after = session_of(client).session_key
    assert before != after
    assert not anyone_with(before).load()
    assert Session.objects.get(user=boss).ends_at == life


def anyone_with(key):
    """Return the session that a key opens at the staff door."""
    from cases.sessions import SessionStore

    return SessionStore(key, "staff")


def test_what_waits_is_not_readable_in_the_database(boss):
    from django.db import connection

    client = signed_in(boss, fresh=False)
    _invite(client)
    with connection.cursor() as cursor:
        cursor.execute("select cases_session::text, encode(sealed, 'escape') from cases_session")
        assert "noor@casework" not in str(cursor.fetchall())


def test_another_person_cannot_carry_on_what_waits(boss):
    client = signed_in(boss, fresh=False)
    then = parse_qs(urlsplit(_invite(client).url).query)["next"][0]
    other = signed_in(make_staff(roles=[Role.ADMINISTRATOR]))
    assert other.get(then).url == reverse("home")


def test_a_kept_path_is_always_our_own(boss):
    client = signed_in(boss, fresh=False)
    response = _invite(client, headers={"Referer": "https://evil.example/people"})
    page = client.get(_confirm(client, response).url)
    assert b"evil.example" not in page.content


def test_somebody_without_the_permission_is_not_even_asked():
    assert _invite(signed_in(make_staff(), fresh=False)).status_code == 404


def test_reading_a_page_with_a_weighty_form_asks_for_nothing(boss):
    assert signed_in(boss, fresh=False).get(reverse("cases:people")).status_code == 200


def test_a_stranger_cannot_carry_anything_on():
    assert anyone().get(reverse("cases:carry_on", args=["x"])).status_code == 302


def test_a_bundle_leaves_only_after_a_confirmation():
    case = make_case()
    address = reverse("evidence:download_bundle", args=[case.reference, case.pk])
    response = signed_in(case.owner, fresh=False).post(address, {TOKEN_FIELD: new_form_token()})
    assert "reauthenticate" in response.url


@pytest.mark.parametrize("row", [row for row in rows() if row.step_up and "POST" in row.methods], ids=str)
def test_every_form_that_asks_for_a_confirmation_acts_once(row):
    assert row.one_use, f"{row.view} would act again when its page is loaded again"


def test_only_the_staff_door_can_ask():
    with pytest.raises(ValueError, match="staff"):
        requires(Permission.PORTAL_REPORT, door=Door.PORTAL, step_up=True)
