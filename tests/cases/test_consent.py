"""Consents: one power at a time, replaced and never overwritten, told ones unlock no sharing."""

import pytest

from cases.access import acting_as
from cases.actions import consent
from cases.actor import Actor
from cases.models import Consent, ConsentBasis, Power
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
