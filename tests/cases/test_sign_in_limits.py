"""Guesses are slowed by account and place; a stranger keeps nobody out; what exists looks like what does not."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth import hashers
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import KnownPlace
from cases.permissions import Role
from tests.conftest import NOON
from tests.factories.browsers import anyone, session_of, signed_in
from tests.factories.cases import give_factor, make_staff
from tests.factories.codes import code_of
from tests.factories.letters import letters
from tests.factories.passkeys import Passkey

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-1"
HOME, STRANGER = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def clock():
    """Stand still, so that waits are counted and not slept."""
    with time_machine.travel(NOON, tick=False) as stopped:
        yield stopped


@pytest.fixture
def amira():
    user = make_staff(with_factor=False)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _try(client, email, password="wrong-password-long", source=STRANGER):
    return client.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=source)


def _is_in(client):
    return "_auth_user_id" in session_of(client)


def _is_slowed(response):
    return b"Too many tries from here" in response.content


def _guess(email, times, *, clock, sources=1):
    """Guess from some networks, each with all the patience it needs."""
    for number in range(times):
        _try(anyone(), email, source=f"198.51.{number % sources}.9")
        clock.shift(timedelta(seconds=1))


def test_two_hundred_tries_of_a_stranger_keep_nobody_out(amira, clock):
    client = anyone()
    assert _try(client, amira.email, PASSWORD, HOME).status_code == 302
    client.cookies.pop("sid")
    _guess(amira.email, 200, clock=clock, sources=50)
    again = anyone()
    _try(again, amira.email, PASSWORD, HOME)
    assert _is_in(again), "her own network is known"


def test_her_own_browser_gets_in_although_a_stranger_guesses_in_the_same_office(amira, clock):
    client = anyone()
    _try(client, amira.email, PASSWORD, HOME)
    client.cookies.pop("sid")
    for _ in range(200):
        _try(anyone(), amira.email, source=HOME)
    assert _is_slowed(_try(anyone(), amira.email, PASSWORD, HOME)), "a new browser there must wait"
    _try(client, amira.email, PASSWORD, HOME)
    assert _is_in(client)


def test_a_new_place_waits_five_minutes_at_most(amira, clock):
    _guess(amira.email, 200, clock=clock, sources=100)
    new = anyone()
    assert _is_slowed(_try(new, amira.email, PASSWORD, HOME))
    clock.shift(timedelta(minutes=5))
    _try(new, amira.email, PASSWORD, HOME)
    assert _is_in(new)


def test_a_passkey_lets_in_whatever_strangers_do(amira, clock):
    from tests.cases.test_signin import _add_passkey, _use_passkey

    key, _response = _add_passkey(_freshly_in(amira))
    _guess(amira.email, 200, clock=clock, sources=100)
    later = anyone()
    _use_passkey(later, key, amira)
    assert _is_in(later)
    assert isinstance(key, Passkey)


def _freshly_in(user):
    client = anyone()
    _try(client, user.email, PASSWORD, HOME)
    return client


def test_guesses_from_one_place_slow_down(amira, clock):
    looked = [not _is_slowed(_try(anyone(), amira.email)) for _ in range(20)]
    assert looked == [True] * 5 + [False] * 15
    assert _is_slowed(_try(anyone(), amira.email, PASSWORD)), "a right password is not even looked at"
    clock.shift(timedelta(seconds=30))
    assert not _is_slowed(_try(anyone(), amira.email))
    clock.shift(timedelta(seconds=30))
    assert _is_slowed(_try(anyone(), amira.email)), "the next wait is longer"


def test_one_network_cannot_try_many_accounts(amira):
    seen = [_is_slowed(_try(anyone(), f"person{number}@casework.example")) for number in range(60)]
    assert seen.index(True) == 40
    assert _is_slowed(_try(anyone(), amira.email, PASSWORD))


def test_a_right_password_between_guesses_does_not_free_them(amira):
    mine = make_staff(with_factor=False)
    seen = []
    for number in range(60):
        _try(anyone(), mine.email, PASSWORD)
        seen.append(_is_slowed(_try(anyone(), f"person{number}@casework.example")))
    assert seen.index(True) == 40


def test_a_person_who_mistypes_twice_gets_in(amira):
    client = anyone()
    for _ in range(2):
        _try(client, amira.email, source=HOME)
    assert _try(client, amira.email, PASSWORD, HOME).status_code == 302


def _cost(email, *, before=0):
    for _ in range(before):
        _try(anyone(), email)
    hashed = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def counting(self, password, salt, **more):
        hashed.append(1)
        return encode(self, password, salt, **more)

    hasher.encode = counting
    try:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = _try(anyone(), email)
    finally:
        hasher.encode = encode
    text = response.content.decode().replace(email, "…")
    return len(hashed), len(asked), response.status_code, _without_tokens(text)


def _without_tokens(text):
    import re

    return re.sub(r'value="[^"]{40,}"', "", text)


@pytest.mark.parametrize("before", [0, 7])
def test_an_unknown_address_is_answered_like_a_known_one(amira, before):
    _try(anyone(), "first@casework.example")
    known = _cost(amira.email, before=before)
    unknown = _cost("nobody@casework.example", before=before)
    assert known[0] == unknown[0] == (0 if before else 1), "as many hashings"
    assert abs(known[1] - unknown[1]) <= 1, "as many questions to the database, but for one"
    assert known[2:] == unknown[2:]


def test_the_page_for_a_new_password_says_the_same_to_everybody(amira):
    asked = [
        anyone().post(reverse("account_reset_password"), {"email": email}) for email in (amira.email, "no@x.example")
    ]
    assert asked[0].status_code == asked[1].status_code == 302
    assert asked[0].url == asked[1].url


@pytest.mark.django_db(transaction=True)
def test_letters_for_a_new_password_are_few_and_nobody_hears_of_it(amira, clock):
    answers = {anyone().post(reverse("account_reset_password"), {"email": amira.email}).url for _ in range(30)}
    assert len(answers) == 1
    assert len(letters()) == 3
    for number in range(100):
        anyone().post(reverse("account_reset_password"), {"email": amira.email}, REMOTE_ADDR=f"192.0.{number}.1")
    assert len(letters()) == 6


def _at_second_step(user, source=HOME):
    client = anyone()
    _try(client, user.email, PASSWORD, source)
    return client


def _code(client, code, source=HOME):
    return client.post(reverse("mfa_authenticate"), {"code": code}, REMOTE_ADDR=source)


def test_wrong_codes_slow_down_and_a_right_one_is_not_looked_at(amira, clock):
    seed = give_factor(amira)
    client = _at_second_step(amira)
    answers = [_is_slowed(_code(client, f"{number:06}")) for number in range(10)]
    assert answers == [False] * 5 + [True] * 5
    assert _is_slowed(_code(client, code_of(seed)))
    clock.shift(timedelta(minutes=1))
    assert _code(client, code_of(seed)).status_code == 302


def test_a_new_session_does_not_give_new_guesses_of_codes(amira):
    give_factor(amira)
    for number in range(5):
        _code(_at_second_step(amira), f"{number:06}")
    assert _is_slowed(_code(_at_second_step(amira), "000009"))


def test_codes_guessed_elsewhere_keep_nobody_out(amira, clock):
    seed = give_factor(amira)
    mine = _at_second_step(amira)
    assert _code(mine, code_of(seed)).status_code == 302
    for number in range(100):
        source = f"198.51.{number}.9"
        _code(_at_second_step(amira, source), "000000", source)
        clock.shift(timedelta(seconds=31))
    again = _at_second_step(amira)
    _code(again, code_of(seed))
    assert _is_in(again)


def test_recovery_codes_are_counted_like_other_codes(amira):
    give_factor(amira)
    right = RecoveryCodes.activate(amira).generate_codes()[0]
    client = _at_second_step(amira)
    for number in range(5):
        _code(client, f"{number:08}")
    assert _is_slowed(_code(client, right))


def test_a_thief_of_a_session_cannot_guess_the_password_for_long():
    boss = make_staff(roles=[Role.ADMINISTRATOR])
    client = signed_in(boss, fresh=False)
    address = reverse("account_reauthenticate")
    seen = [_is_slowed(client.post(address, {"password": f"guess-{n}-long-enough"})) for n in range(10)]
    assert seen == [False] * 5 + [True] * 5
    code = reverse("mfa_reauthenticate")
    seen = [_is_slowed(client.post(code, {"code": f"{n:06}"})) for n in range(10)]
    assert seen == [False] * 5 + [True] * 5


def test_a_known_place_is_forgotten_after_three_months(amira, clock):
    client = anyone()
    _try(client, amira.email, PASSWORD, HOME)
    clock.shift(timedelta(days=91))
    _guess(amira.email, 60, clock=clock, sources=60)
    assert _is_slowed(_try(anyone(), amira.email, PASSWORD, HOME))


def test_a_known_place_names_nobody(amira):
    _try(anyone(), amira.email, PASSWORD, HOME)
    assert KnownPlace.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("select encode(key_hash, 'escape'), last_at::text from cases_knownplace")
        stored = str(cursor.fetchall())
    assert "203.0.113" not in stored
    assert amira.email not in stored


def test_somebody_elses_browser_is_not_a_known_one(amira):
    other = make_staff(with_factor=False)
    browser = anyone()
    _try(browser, other.email, PASSWORD, HOME)
    browser.cookies.pop("sid")
    for _ in range(5):
        _try(browser, amira.email)
    assert _is_slowed(_try(anyone(), amira.email)), "counted with everybody in that network"


def test_the_mark_of_a_browser_is_no_key(amira):
    browser = anyone()
    _try(browser, amira.email, PASSWORD, HOME)
    cookie = browser.cookies["place"]
    assert cookie["httponly"]
    assert cookie["path"] == "/accounts/"
    assert amira.email not in cookie.value
    browser.cookies.pop("sid")
    assert browser.get(reverse("cases:today")).status_code == 302
    assert timezone.now() == NOON
