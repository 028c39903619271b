"""Passwords of staff: long, not known, not about us; and the list of leaked ones is searched without being read."""

import tracemalloc
from hashlib import sha1

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError

from cases import breached
from cases.models import User

NOOR = User(email="noor.belmonte@casework.example", name="Noor Belmonte")
GOOD = [
    "violet kettle under nine moons",
    "83749261537482",
    "سلام على من اتبع الهدى",
    "x9!kQz#mmW2@pL",
    "w" * 7 + "abcdefgqrs",
]


def _refusal(password):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, NOOR)
    return {error.code for error in refused.value.error_list}


@pytest.mark.parametrize("password", [*GOOD, "violet kettle under nine moons " * 10])
def test_a_long_password_is_taken_whatever_signs_it_has(password):
    validate_password(password, NOOR)


def test_thirteen_signs_are_too_few_and_a_thousand_are_not_too_many():
    assert "password_too_short" in _refusal("x9!kQz#mmW2@p")
    validate_password("violet kettle nine moons " * 40, NOOR)


@pytest.mark.parametrize(
    "password",
    [
        "1q2w3e4r5t6y7u8i9o0p",
        "Password12345678",
        "P@ssw0rd!2026!!",
        "12345dragon67890",
        "DRAGON!!!!!!!!!!",
        "passwordpassword",
        "l3tm31n!!!!!!!!",
        "iloveyouiloveyou",
        "aaaaaaaaaaaaaaaa",
        "abc1abc1abc1abc1",
        "              ",
        "telechargement",
    ],
)
def test_what_others_try_first_is_refused_in_every_shape(password):
    assert _refusal(password) == {"password_known"}


@pytest.mark.parametrize(
    "password",
    [
        "my belmonte on a hill",
        "casework all day long",
        "RECOURSE-kettle-moon",
        "our helpline is open",
        "c@sew0rk all day",
    ],
)
def test_names_that_a_stranger_can_look_up_are_refused(password):
    assert "password_about_us" in _refusal(password)


def test_a_short_name_is_no_reason():
    validate_password("soon the violet moons", NOOR)


def _listed(tmp_path, words, ending="\r\n"):
    lines = sorted(f"{sha1(word.encode()).hexdigest().upper()}:{number + 1}" for number, word in enumerate(words))
    path = tmp_path / "leaked.txt"
    path.write_bytes(ending.join(lines).encode() + ending.encode())
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("how_many", [1, 2, 3, 500])
def test_every_listed_password_is_found_and_no_other(tmp_path, ending, how_many):
    words = [f"word {number}" for number in range(how_many)]
    path = _listed(tmp_path, words, ending)
    breached.check(path)
    assert all(breached.holds(path, word) for word in words)
    assert not any(breached.holds(path, f"other {number}") for number in range(100))


def test_a_leaked_password_is_refused(tmp_path, settings):
    settings.BREACHED_PASSWORDS = _listed(tmp_path, [GOOD[0], "another"])
    assert _refusal(GOOD[0]) == {"password_leaked"}
    validate_password(GOOD[1], NOOR)


def test_a_list_of_gigabytes_is_not_read_into_memory(tmp_path):
    path = tmp_path / "leaked.txt"
    wanted = sha1(b"the one").hexdigest().upper()
    with path.open("wb") as file:
        for number in range(300_000):
            file.write(f"{number * 4_500:040X}:1\r\n".encode())
        file.write(f"{wanted}:7\r\n".encode())
    tracemalloc.start()
    assert breached.holds(path, "the one")
    assert not breached.holds(path, "another one")
    breached.check(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"password\nqwerty\n", "not a SHA-1"),
        (b"\x00" * 5000, "not a SHA-1"),
        (b"A" * 40 + b":1\n" + b"B" * 40 + b"\n", "not a SHA-1"),
        (b"B" * 40 + b":1\n" + b"A" * 40 + b":1\n", "not sorted"),
        (b"A" * 100_000, "not a SHA-1"),
    ],
)
def test_a_list_of_another_shape_is_refused_at_the_start_in_one_line(tmp_path, content, said):
    path = tmp_path / "leaked.txt"
    path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        breached.check(path)
    assert "\n" not in str(refused.value)
    assert "RECOURSE_BREACHED_PASSWORDS" in str(refused.value)


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        breached.check(tmp_path / "missing.txt")
