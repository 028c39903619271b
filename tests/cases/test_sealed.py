"""Sealed rows: nothing personal in the clear, and no blob opens anywhere but where it was sealed."""

from uuid import uuid4

import pytest
from django.db import connection

from cases import keys, sealed
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Lookup, Party, PartyRole
from tests.conftest import NOON
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db


def _party(case, **values):
    party = Party(case=case, role=PartyRole.CLIENT, added_at=NOON, **values)
    party.save()
    return party


def test_a_name_is_read_back_and_never_stored_in_the_clear():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        party = _party(case, name="Ines Ω", phone="+44 20 7946 0000")
        assert Party.objects.get(pk=party.pk).name == "Ines Ω"
        with connection.cursor() as cursor:
            cursor.execute("select cases_party::text from cases_party where id = %s", [party.pk])
            (stored,) = cursor.fetchone()
    assert "Ines" not in stored
    assert "7946" not in stored


def test_a_blob_copied_to_another_row_does_not_open():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        one, two = _party(case, name="one"), _party(case, name="two")
        Party.objects.filter(pk=two.pk).update(sealed=bytes(one.sealed))
        with pytest.raises(sealed.CannotOpen):
            _ = Party.objects.get(pk=two.pk).name


def test_a_flipped_bit_is_found():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        party = _party(case, name="one")
        blob = bytearray(party.sealed)
        blob[-1] ^= 1
        Party.objects.filter(pk=party.pk).update(sealed=bytes(blob))
        with pytest.raises(sealed.CannotOpen):
            _ = Party.objects.get(pk=party.pk).name


def test_a_blob_of_another_case_does_not_open_with_this_cases_key():
    blob = sealed.seal({"a": 1}, key=b"k" * 32, table="t", row=uuid4(), case_id=uuid4())
    with pytest.raises(sealed.CannotOpen):
        sealed.unseal(blob, key=b"k" * 32, table="t", row=uuid4(), case_id=uuid4())


def test_a_changed_value_is_sealed_again_even_when_only_named_fields_are_saved():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        party = _party(case, name="before", phone="1")
        party = Party.objects.get(pk=party.pk)
        party.name = "after"
        party.save(update_fields=["version"])
        again = Party.objects.get(pk=party.pk)
        assert (again.name, again.phone) == ("after", "1")


def test_many_rows_made_at_once_are_sealed_too():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        Party.objects.bulk_create(
            [Party(case=case, role=PartyRole.SHOWN, added_at=NOON, name=f"person {number}") for number in range(3)]
        )
        assert {party.name for party in Party.objects.filter(role=PartyRole.SHOWN)} == {
            "person 0",
            "person 1",
            "person 2",
        }


def test_a_wrapped_key_of_another_case_is_refused():
    case, other = uuid4(), uuid4()
    wrapped = keys.wrap(b"k" * 32, case, 1)
    assert keys.unwrap(wrapped, case, 1) == b"k" * 32
    with pytest.raises(keys.KeyMissing):
        keys.unwrap(wrapped, other, 1)


def test_a_missing_key_version_is_an_error_and_not_a_fallback():
    with pytest.raises(keys.KeyMissing, match="version 9"):
        keys.key_file().get("kek", 9)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no kek key"), ("kek:1:AAAA\n", "32 bytes"), ("kek=1", "not name:version:base64")],
)
def test_a_key_file_that_cannot_be_used_says_what_is_wrong(tmp_path, text, says):
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(keys.KeyMissing, match=says):
        keys.KeyFile(path)


def test_a_link_is_found_by_its_exact_identity_and_not_by_its_neighbour():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        Lookup.of(kind="link", value="vidnest|abc", case_id=case.pk, subject_id=uuid4()).save()
        assert Lookup.objects.matching("link", "vidnest|abc").count() == 1
        assert Lookup.objects.matching("link", "vidnest|abd").count() == 0
        assert Lookup.objects.matching("account", "vidnest|abc").count() == 0
