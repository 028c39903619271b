"""One form of a name, a number, an address and a handle, however it is written."""

import pytest

from cases import normal
from cases.models import LookupKind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José García", "garcia JOSE"),
        ("O’Brien, Anne-Marie", "anne marie o'brien"),
        ("Łukasz Øster", "Oster Lukasz"),
        ("ﬁona  Strauß", "Fiona STRAUSS"),
        ("أحمد علي", "علي أحمد"),
    ],
)
def test_a_name_is_found_without_its_accents_case_and_order(one, other):
    assert normal.name(one) == normal.name(other) != ""


def test_one_word_alone_is_no_name_to_look_up():
    assert normal.findable(LookupKind.NAME, "Kestrel") == ""
    assert normal.findable(LookupKind.NAME, "Kestrel Example")


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("+44 20 7946 0018", ""),
        ("+44 (0)20 7946 0018", ""),
        ("0044 20-7946-0018", "DE"),
        ("020 7946 0018", "GB"),
        ("٠٢٠ ٧٩٤٦ ٠٠١٨", "GB"),
        ("\uff0b44 20 7946 0018", ""),
    ],
)
def test_a_number_is_digits_with_its_country(typed, country):
    assert normal.phone(typed, country=country) == "+442079460018"


def test_an_italian_number_keeps_its_zero():
    assert normal.phone("06 1234567", country="IT") == "+39061234567"


def test_a_number_said_without_a_country_is_looked_for_both_ways():
    forms = normal.ways_to_find(LookupKind.PHONE, "020 7946 0018", country="GB")
    assert forms == ["+442079460018", "02079460018"]


@pytest.mark.parametrize(
    "typed", ["@Kes.trel", "kes.trel", "https://pics.example/@kes.trel/", "pics.example/Kes.Trel?x=1"]
)
def test_a_handle_has_no_at_and_no_address(typed):
    assert normal.handle(typed) == "kes.trel"


def test_an_address_is_lower_case_and_needs_an_at():
    assert normal.email(" Ada@Mail.Example ") == "ada@mail.example"
    assert normal.email("ada") == ""


@pytest.mark.parametrize("kind", ["name", "phone", "email", "account"])
@pytest.mark.parametrize("typed", ["", "   ", "—", "@", "+"])
def test_nothing_is_looked_up_for_nothing(kind, typed):
    assert normal.ways_to_find(kind, typed) == []
