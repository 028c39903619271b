"""The first report: saved step by step, stopped by the answer about age, sent once."""

from datetime import timedelta

import pytest

from cases.access import acting_as
from cases.actions import report
from cases.actor import Actor
from cases.models import CaseTask, Consent, Event, Party, Power, Report
from cases.states import AgeAnswer, CaseState, IllegalMove
from tests.conftest import NOON
from tests.factories.portal import AtTheDoor, come_in

pytestmark = pytest.mark.django_db


def client_actor(seen: AtTheDoor) -> Actor:
    from cases.actions import door

    with acting_as(Actor.user(seen.case.owner)):
        user = door.client_of(seen.case.pk)
    assert user is not None
    return Actor.client(user)


def test_sending_makes_the_case_of_it():
    seen = come_in(upto="sent")
    with acting_as(Actor.user(seen.case.owner)):
        case = type(seen.case).objects.get(pk=seen.case.pk)
        assert case.state == CaseState.ACTIVE
        assert "It started in May." in case.what_happened
        assert "Images or video were shared" in case.what_happened
        assert case.country == "GB"
        assert case.age_said_by == "client"
        assert Party.objects.get(case=case).name == "Kestrel"
        assert Consent.objects.allows(Power.ASK_SITES)
        assert not Consent.objects.allows(Power.SHARE_POLICE)
        assert Consent.objects.standing().count() == len(Power)
        task = CaseTask.objects.get(case=case, kind="first_contact")
        assert case.reported_at is not None
        assert task.due_at == case.reported_at + timedelta(hours=24)


def test_a_sent_report_holds_no_typed_text_any_more():
    seen = come_in(upto="sent")
    with acting_as(Actor.user(seen.case.owner)):
        kept = Report.objects.get(case=seen.case)
        assert kept.sent_at is not None
        assert set(kept.answers) <= set(report.KEPT_WHEN_LOCKED)


def test_a_report_is_sent_once():
    seen = come_in(upto="sent")
    actor = client_actor(seen)
    with pytest.raises(IllegalMove, match="sent already"), acting_as(actor):
        report.send(case_id=seen.case.pk, by=actor, at=NOON)
    assert seen.browser.press("/d/6").headers["Location"] == "/s"


def test_a_report_without_the_age_answer_is_not_sent():
    seen = come_in(upto="age")
    actor = client_actor(seen)
    with acting_as(actor):
        for step in ("what", "agree"):
            report.save_step(case_id=seen.case.pk, step=step, answer={}, by=actor, at=NOON)
    with pytest.raises(IllegalMove, match="age comes first"), acting_as(actor):
        report.send(case_id=seen.case.pk, by=actor, at=NOON)


def test_an_unanswered_step_stops_sending():
    seen = come_in(upto="agree")
    actor = client_actor(seen)
    with pytest.raises(IllegalMove, match="not answered"), acting_as(actor):
        report.send(case_id=seen.case.pk, by=actor, at=NOON)
    assert seen.browser.get("/d/6").headers["Location"] == "/d"


@pytest.mark.parametrize("answer", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_under_18_or_not_sure_discards_what_was_typed_and_locks(answer):
    seen = come_in(upto="check")
    assert seen.browser.press("/d/2", answer=answer.value).headers["Location"] == "/h"
    with acting_as(Actor.user(seen.case.owner)):
        case = type(seen.case).objects.get(pk=seen.case.pk)
        assert case.is_age_locked
        assert case.country == "GB", "the country stays, so that help can be named"
        assert case.what_happened == ""
        answers = Report.objects.get(case=case).answers
        assert "Kestrel" not in str(answers)
        assert "It started in May." not in str(answers)
        assert answers["age"] == {"answer": answer.value}
        assert CaseTask.objects.filter(case=case, kind="age_lock").exists()
        assert not Party.objects.filter(case=case).exists()


def test_an_age_lock_cannot_be_answered_away():
    seen = come_in(upto="age")
    seen.browser.press("/d/2", answer="under_18")
    seen.browser.press("/d/2", answer="adult")
    with acting_as(Actor.user(seen.case.owner)):
        assert type(seen.case).objects.get(pk=seen.case.pk).is_age_locked


def test_a_locked_case_takes_no_further_step():
    seen = come_in(upto="age")
    seen.browser.press("/d/2", answer="under_18")
    actor = client_actor(seen)
    with pytest.raises(IllegalMove, match="closed"), acting_as(actor):
        report.save_step(case_id=seen.case.pk, step="what", answer={"text": "x"}, by=actor, at=NOON)


def test_somebody_who_supports_cannot_sign_for_the_person_shown():
    seen = come_in(upto="what")
    seen.browser.press("/d/1", about="someone", name="Wren")
    seen.browser.press("/d/3", kinds=["threatened"], threat_now="no")
    page = seen.browser.get("/d/5").content.decode()
    assert "Only the person shown can agree" in page
    seen.browser.press("/d/5", powers=["ask_sites"], signed_name="Wren")
    seen.browser.press("/d/6")
    with acting_as(Actor.user(seen.case.owner)):
        assert not Consent.objects.standing().filter(is_given=True).exists()
        assert Party.objects.get(case=seen.case).role == "supporter"


def test_no_event_holds_what_was_typed():
    seen = come_in(upto="sent")
    with acting_as(Actor.user(seen.case.owner)):
        bodies = str([event.body for event in Event.objects.filter(case=seen.case)])
    assert "It started in May." not in bodies
    assert "Kestrel" not in bodies


def test_staff_cannot_write_a_clients_report():
    seen = come_in(upto="age")
    actor = Actor.user(seen.case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="Only the client"):
        report.save_step(case_id=seen.case.pk, step="what", answer={}, by=actor, at=NOON)
