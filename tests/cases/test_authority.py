"""Who asks, and how sure we are: said, checked, replaced; and what nobody may sign for somebody else."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cases.access import acting_as
from cases.actions import authority
from cases.actions import consent as consents
from cases.actor import Actor
from cases.models import AskedBy, Authority, AuthorityLevel, Consent, ConsentBasis, Power
from cases.states import IllegalMove
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client
from tests.factories.portal import come_in

pytestmark = pytest.mark.django_db


def check(case, asked_by=AskedBy.CLIENT, level=AuthorityLevel.DOCUMENT, by=None):
    actor = by or Actor.user(case.owner)
    return authority.check(case_id=case.pk, asked_by=asked_by, level=level, remark="", by=actor, at=NOON)


def test_a_check_replaces_what_was_said_and_keeps_it_as_ended():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        said = authority.say(case_id=case.pk, asked_by=AskedBy.CLIENT, by=actor, at=NOON)
        assert not authority.may_see_list(case)
        checked = check(case)
        assert authority.may_see_list(case)
        assert checked.checked_by_id == case.owner_id
        assert Authority.objects.get(pk=said.pk).ended_at == NOON
        assert authority.say(case_id=case.pk, asked_by=AskedBy.SUPPORTER, by=actor, at=NOON).pk == checked.pk


def test_a_check_needs_somebody_who_checked_even_in_the_database():
    case = make_case()
    with acting_as(Actor.user(case.owner)), pytest.raises(IntegrityError), transaction.atomic():
        Authority(case=case, asked_by="client", level="document", since=NOON).save()


def test_a_client_cannot_check_themselves():
    client = make_client()
    case = make_case(client=client)
    with acting_as(Actor.client(client)), pytest.raises(IllegalMove):
        check(case, by=Actor.client(client))


def test_the_page_asks_for_step_up_before_a_check():
    case = make_case()
    where = reverse("cases:authority", args=[case.reference])
    typed = {"asked_by": "client", "level": "document", "remark": "passport"}
    assert press(signed_in(case.owner, fresh=False), where, **typed).status_code == 302
    with acting_as(Actor.user(case.owner)):
        assert not Authority.objects.filter(case=case).exists()
    assert press(signed_in(case.owner), where, asked_by="client").status_code == 422
    assert press(signed_in(case.owner), where, **typed).status_code == 302
    page = signed_in(case.owner).get(reverse("cases:parties", args=[case.reference])).content.decode()
    assert "We saw a document" in page
    assert "may be shown to them" in page


@pytest.mark.parametrize("basis", [ConsentBasis.PORTAL, ConsentBasis.ORAL])
def test_a_supporter_cannot_agree_for_an_adult(basis):
    case = make_case()
    actor = Actor.user(case.owner)
    yes = {"case_id": case.pk, "answers": {Power.ASK_SITES: True}, "signed_name": "N", "witness": "W"}
    with acting_as(actor):
        check(case, AskedBy.SUPPORTER, AuthorityLevel.DOCUMENT)
        with pytest.raises(IllegalMove, match="person shown"):
            consents.answer(**yes, basis=basis, by=actor, at=NOON)
        assert not Consent.objects.filter(case=case).allows(Power.ASK_SITES)
        consents.answer(**yes, basis=ConsentBasis.WRITTEN, by=actor, at=NOON)
        assert Consent.objects.filter(case=case).allows(Power.ASK_SITES)


def test_a_supporter_may_always_say_no():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        check(case, AskedBy.SUPPORTER)
        no = {Power.ASK_SITES: False}
        assert consents.answer(case_id=case.pk, answers=no, basis=ConsentBasis.ORAL, by=actor, at=NOON)


def test_somebody_who_supports_another_signs_nothing_on_the_page_whatever_they_send():
    seen = come_in(upto="report")
    press_ = seen.browser.press
    press_("/d/1", about="someone", name="Friend", country="GB")
    press_("/d/2", answer="adult")
    press_("/d/3", kinds=["shared"], threat_now="no")
    assert "You cannot sign for them here" in seen.browser.get("/d/5").content.decode()
    press_("/d/5", powers=["ask_sites"], signed_name="Friend")
    press_("/d/6")
    with acting_as(Actor.user(seen.case.owner)):
        assert Authority.objects.standing().get(case=seen.case).asked_by == AskedBy.SUPPORTER
        assert not Consent.objects.filter(case=seen.case, is_given=True).exists()
