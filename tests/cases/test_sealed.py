"""Sealed rows: nothing personal in the clear, and no blob opens anywhere but where it was sealed."""

import hmac
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import access, keys, sealed
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Lookup, Party, PartyRole
from tests.conftest import NOON
from tests.factories.cases import make_case, make_staff

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


@pytest.mark.parametrize("changed", ["key", "table", "row", "case_id"])
def test_a_blob_opens_only_with_its_key_in_its_table_row_and_case(changed):
    place = {"key": b"k" * 32, "table": "t", "row": uuid4(), "case_id": uuid4()}
    blob = sealed.seal({"a": 1}, **place)
    assert sealed.unseal(blob, **place) == {"a": 1}
    others = {"key": b"l" * 32, "table": "u", "row": uuid4(), "case_id": uuid4()}
    with pytest.raises(sealed.CannotOpen):
        sealed.unseal(blob, **{**place, changed: others[changed]})


@pytest.mark.parametrize("blob", [b"", b"\x02" + bytes(60), b"\x01", b"\x01" + bytes(20)])
def test_what_is_no_blob_of_ours_is_refused(blob):
    with pytest.raises(sealed.CannotOpen):
        sealed.unseal(blob, key=b"k" * 32, table="t", row=uuid4(), case_id=uuid4())


def test_a_blob_of_another_format_is_refused_by_its_first_byte():
    place = {"key": b"k" * 32, "table": "t", "row": uuid4(), "case_id": uuid4()}
    blob = sealed.seal({"a": 1}, **place)
    with pytest.raises(sealed.CannotOpen, match="unknown format"):
        sealed.unseal(b"\x02" + blob[1:], **place)


def test_the_same_values_never_make_the_same_blob():
    place = {"key": b"k" * 32, "table": "t", "row": uuid4(), "case_id": uuid4()}
    nonces = {sealed.seal({"a": 1}, **place)[3:15] for _ in range(50)}
    assert len(nonces) == 50


def test_rows_of_two_cases_are_sealed_under_two_keys():
    owner = make_staff()
    one, two = make_case(owner=owner), make_case(owner=owner)
    with acting_as(Actor.user(owner)):
        for case, other in ((one, two), (two, one)):
            party = _party(case, name="somebody")
            place = {"table": "cases_party", "row": party.pk, "case_id": case.pk}
            assert sealed.unseal(bytes(party.sealed), key=keys.case_key(case.pk), **place)["name"] == "somebody"
            for wrong in (keys.case_key(other.pk), keys.case_key(keys.SYSTEM_CHAIN)):
                with pytest.raises(sealed.CannotOpen):
                    sealed.unseal(bytes(party.sealed), key=wrong, **place)


def test_a_row_that_is_loaded_again_forgets_what_it_had_opened():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        party = _party(case, name="before")
        same = Party.objects.get(pk=party.pk)
        assert same.name == "before"
        party.name = "after"
        party.save()
        same.refresh_from_db()
        assert same.name == "after"


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


def test_a_list_of_many_cases_asks_for_their_keys_once():
    owner = make_staff()
    cases = [make_case(owner=owner) for _ in range(4)]
    with acting_as(Actor.user(owner)):
        for number, case in enumerate(cases):
            _party(case, name=f"person {number}")
    with acting_as(Actor.user(owner)):
        rows = list(Party.objects.filter(role=PartyRole.CLIENT, case__in=cases).order_by("added_at", "pk"))
        with CaptureQueriesContext(connection) as asked:
            assert {row.name for row in rows} == {f"person {number}" for number in range(4)}
    assert len(asked) == 1


def test_one_key_that_does_not_open_hides_its_own_case_only():
    owner = make_staff()
    whole, foreign = make_case(owner=owner), make_case()
    with acting_as(Actor.user(foreign.owner)):
        blob = bytes(_party(foreign, name="other").sealed)
    with acting_as(Actor.user(owner)):
        mine = _party(whole, name="mine")
        stray = Party(case_id=foreign.pk, role=PartyRole.CLIENT, added_at=NOON, sealed=blob)
        together = frozenset({whole.pk, foreign.pk})
        fresh = Party.objects.get(pk=mine.pk)
        for row in (fresh, stray):
            row.__dict__["_together"] = together
        access.opened_keys().clear()
        assert fresh.name == "mine"
        with pytest.raises(keys.KeyMissing):
            _ = stray.name


def test_a_link_is_found_by_its_exact_identity_and_not_by_its_neighbour():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        Lookup.of(kind="link", value="vidnest|abc", case_id=case.pk, subject_id=uuid4()).save()
        assert Lookup.objects.matching("link", "vidnest|abc").count() == 1
        assert Lookup.objects.matching("link", "vidnest|abd").count() == 0
        assert Lookup.objects.matching("account", "vidnest|abc").count() == 0


def test_a_look_up_says_nothing_without_its_key():
    number, mac = keys.blind_index("link", "vidnest|abc")
    assert mac != sha256(b"link|vidnest|abc").digest()
    assert mac == hmac.new(keys.ring().get("lookup", number), b"link|vidnest|abc", sha256).digest()
    assert mac != keys.blind_index("account", "vidnest|abc")[1]
