"""People of a case: written, changed by two at once, ended, found again."""

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import party as parties
from cases.actor import Actor
from cases.models import Case, Lookup, LookupKind, Party, PartyRole
from cases.states import IllegalMove
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db


def add(case: Case, **more) -> Party:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        return parties.save(
            case_id=case.pk, by=actor, at=NOON, **{"role": PartyRole.CLIENT, "name": "Kestrel Example", **more}
        )


def address(case: Case, name: str = "parties", *more) -> str:
    return reverse(f"cases:{name}", args=[case.reference, *more])


def form(**changes) -> dict[str, str]:
    return {"role": "client", "name": "Kestrel Example", "language": "en", **changes}


def test_a_person_is_sealed_and_found_by_name_number_address_and_handle():
    case = make_case()
    row = add(case, phone="+44 20 7946 0018", email="K@Mail.Example", account="@kes")
    with acting_as(Actor.user(case.owner)):
        for kind, text in (
            (LookupKind.NAME, "example kestrel"),
            (LookupKind.PHONE, "+442079460018"),
            (LookupKind.EMAIL, "k@mail.example"),
            (LookupKind.ACCOUNT, "kes"),
        ):
            assert Lookup.objects.matching(kind, text).get().subject_id == row.pk, kind
        assert b"Kestrel" not in bytes(Party.objects.get(pk=row.pk).sealed)


def test_a_changed_number_finds_nobody_any_more():
    case = make_case()
    row = add(case, phone="+44 20 7946 0018")
    add(case, party_id=row.pk, version=1, phone="+44 20 7946 0019")
    with acting_as(Actor.user(case.owner)):
        assert not Lookup.objects.matching(LookupKind.PHONE, "+442079460018").exists()


def test_a_save_over_somebody_elses_shows_both_and_the_next_press_keeps_this_one():
    case = make_case()
    row = add(case)
    client = signed_in(case.owner)
    where = address(case, "party", row.pk)
    assert 'name="version" value="1"' in client.get(where).content.decode()
    assert press(client, where, **form(remark="prefers mornings", version="1")).status_code == 302
    stale = press(client, where, **form(remark="is deaf in one ear", version="1"))
    page = stale.content.decode()
    assert stale.status_code == 409
    assert "prefers mornings" in page
    assert "is deaf in one ear" in page
    assert 'value="2"' in page
    assert press(client, where, **form(remark="mornings; deaf in one ear", version="2")).status_code == 302
    with acting_as(Actor.user(case.owner)):
        assert Party.objects.get(pk=row.pk).remark == "mornings; deaf in one ear"


def test_an_interpreter_without_a_signature_stands_out():
    case = make_case()
    client = signed_in(case.owner)
    new = address(case, "party_new")
    assert press(client, new, **form(role="interpreter", agency="Words Ltd")).status_code == 302
    assert "Confidentiality not signed" in client.get(address(case)).content.decode()
    signed = form(role="interpreter", agency="Words Ltd", confidential_on="2026-11-20")
    assert press(client, new, **signed).status_code == 302
    page = client.get(address(case)).content.decode()
    assert "Signed confidentiality on 20 Nov 2026" in page
    assert "Words Ltd" in page


def test_a_person_who_left_the_case_is_kept_and_takes_no_changes():
    case = make_case()
    row = add(case)
    client = signed_in(case.owner)
    assert press(client, address(case, "party_end", row.pk)).status_code == 302
    assert "No longer in it" in client.get(address(case)).content.decode()
    with pytest.raises(IllegalMove):
        add(case, party_id=row.pk, version=2)
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove):
        parties.end(case_id=case.pk, party_id=row.pk, by=actor, at=NOON)


def test_what_was_told_is_changed_by_two_and_loses_nothing():
    case = make_case()
    client = signed_in(case.owner)
    where = address(case, "case_text")
    told = {"who_is_it_about": "The caller", "country": "GB", "language": "en"}
    assert press(client, where, what_happened="first", version="1", **told).status_code == 302
    stale = press(client, where, what_happened="second", version="1", **told)
    assert stale.status_code == 409
    assert "first" in stale.content.decode()
    assert "second" in stale.content.decode()
    assert press(client, where, what_happened="both", version="2", **told).status_code == 302
    with acting_as(Actor.user(case.owner)):
        saved = Case.objects.get(pk=case.pk)
        assert (saved.what_happened, saved.country, saved.version) == ("both", "GB", 3)


@pytest.mark.parametrize("name", ["parties", "party_new", "case_text"])
def test_the_people_of_a_case_that_is_not_yours_do_not_exist(name):
    assert signed_in(make_staff()).get(address(make_case(), name)).status_code == 404


def test_a_person_of_another_case_cannot_be_reached_through_ones_own():
    mine, foreign = make_case(), make_case()
    row = add(foreign)
    assert signed_in(mine.owner).get(address(mine, "party", row.pk)).status_code == 404
    assert press(signed_in(mine.owner), address(mine, "party_end", row.pk)).status_code == 404


@pytest.mark.parametrize("typed", ["a\x00b", "x" * 300, "\ud800"])
def test_strange_text_gets_a_clear_answer(typed):
    case = make_case()
    try:
        answer = press(signed_in(case.owner), address(case, "party_new"), **form(name=typed))
    except UnicodeEncodeError:
        return  # the test's own browser cannot send half a character
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()


def test_a_conflict_of_ones_own_closes_the_case_for_that_person_at_once():
    owner, helper = make_staff(), make_staff(name="Bo L.")
    case = make_case(owner=owner)
    from cases.actions import membership
    from cases.models import MembershipRole

    actor = Actor.user(owner)
    with acting_as(actor):
        membership.add(
            case_id=case.pk, user=helper, role=MembershipRole.HELPER, reason="helps", until=None, by=actor, at=NOON
        )
    client = signed_in(helper)
    assert client.get(address(case)).status_code == 200
    assert press(client, address(case, "conflict"), reason="").status_code == 422
    assert press(client, address(case, "conflict"), reason="a relative of mine").status_code == 302
    assert client.get(address(case)).status_code == 404
    assert signed_in(owner).get(address(case)).status_code == 200


def test_a_client_sees_no_person_of_somebody_elses_case():
    client = make_client()
    make_case(client=client)
    add(make_case())
    with acting_as(Actor.client(client)):
        assert not Party.objects.exists()
