"""Consents: one power at a time, replaced and never overwritten, told ones unlock no sharing."""

import pytest

from cases.access import acting_as
from cases.actions import consent
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Consent, ConsentBasis, Event, Power
from cases.states import IllegalMove
from tests.conftest import NOON
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db


def test_a_no_after_a_yes_ends_the_yes_and_keeps_it():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        for is_given in (True, False):
            consent.answer(
                case_id=case.pk,
                answers={Power.ASK_SITES: is_given},
                basis=ConsentBasis.WRITTEN,
                signed_name="K",
                by=actor,
                at=NOON,
            )
        assert not Consent.objects.allows(Power.ASK_SITES)
        assert Consent.objects.filter(power=Power.ASK_SITES).count() == 2
        assert Consent.objects.get(ended_at=NOON).signed_name == "K"


def test_a_told_yes_does_not_unlock_sharing_with_the_police():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        consent.answer(
            case_id=case.pk,
            answers={Power.ASK_SITES: True, Power.SHARE_POLICE: True},
            basis=ConsentBasis.ORAL,
            witness="Amira K.",
            by=actor,
            at=NOON,
        )
        assert Consent.objects.allows(Power.ASK_SITES)
        assert not Consent.objects.allows(Power.SHARE_POLICE)


@pytest.mark.parametrize("basis", [ConsentBasis.PORTAL, ConsentBasis.WRITTEN, ConsentBasis.ORAL])
def test_a_yes_without_signature_or_witness_is_refused(basis):
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove):
        consent.answer(case_id=case.pk, answers={Power.ASK_SITES: True}, basis=basis, by=actor, at=NOON)


def answer(case, power, *, is_given=True, basis=ConsentBasis.WRITTEN, name="K"):
    """Answer one power as the owner of the case."""
    with acting_as(Actor.user(case.owner)) as by:
        rows = consent.answer(
            case_id=case.pk,
            answers={power: is_given},
            basis=basis,
            signed_name=name,
            witness="Amira K." if basis == ConsentBasis.ORAL else "",
            by=by,
            at=NOON,
        )
    return rows[0]


def allows(case, power):
    with acting_as(Actor.user(case.owner)):
        return Consent.objects.filter(case=case).allows(power)


def test_an_answer_to_one_power_leaves_the_others_as_they_are():
    case = make_case()
    answer(case, Power.ASK_SITES)
    answer(case, Power.SHARE_LAWYER, is_given=False)
    assert allows(case, Power.ASK_SITES)


def test_what_was_never_asked_is_a_no():
    case = make_case()
    answer(case, Power.ASK_SITES)
    assert not any(allows(case, power) for power in Power if power != Power.ASK_SITES)


@pytest.mark.parametrize("power", [Power.SHARE_POLICE, Power.SHARE_LAWYER, Power.SHARE_REGULATOR])
def test_only_a_yes_in_writing_or_on_the_page_unlocks_sharing(power):
    case = make_case()
    answer(case, power, basis=ConsentBasis.ORAL)
    assert not allows(case, power)
    answer(case, power, basis=ConsentBasis.WRITTEN)
    assert allows(case, power)


def test_a_no_needs_no_name_and_keeps_none():
    case = make_case()
    assert answer(case, Power.ASK_SITES, is_given=False, name="").pk
    row = answer(case, Power.ASK_SITES, is_given=False, name="K")
    with acting_as(Actor.user(case.owner)):
        assert Consent.objects.get(pk=row.pk).signed_name == ""


def test_a_yes_and_a_no_are_two_kinds_of_entry_in_the_record():
    case = make_case()
    answer(case, Power.ASK_SITES)
    answer(case, Power.ASK_SITES, is_given=False)
    with acting_as(Actor.user(case.owner)):
        kinds = Event.objects.filter(case=case, kind__startswith="cases.consent").order_by("seq")
        assert list(kinds.values_list("kind", flat=True)) == [CaseEvent.CONSENT_GIVEN, CaseEvent.CONSENT_REFUSED]
