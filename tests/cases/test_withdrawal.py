"""A client takes their case back: it stops at once, nothing is erased, staff have a clock, a change of mind counts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import safe_contact, withdrawal
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.models import Audience, Case, CaseTask, Channel, Consent, Effect, Event, Message, Power, Withdrawal
from cases.states import EffectState, IllegalMove
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client
from tests.factories.portal import come_in

pytestmark = pytest.mark.django_db


def open_tasks(case: Case, kind: str) -> int:
    with acting_as(Actor.user(case.owner)):
        return CaseTask.objects.open().filter(case=case, kind=kind).count()


def test_nothing_is_chosen_beforehand_and_nothing_happens_without_a_choice():
    seen = come_in(upto="sent")
    page = seen.browser.get("/q").content.decode()
    assert "checked" not in page
    assert "Stop and tell me what you delete" in page
    assert seen.browser.press("/q").status_code == 422
    assert open_tasks(seen.case, "withdrawal") == 0


def test_stopping_notices_works_at_once():
    seen = come_in(upto="sent")
    owner = Actor.user(seen.case.owner)
    with acting_as(owner):
        assert Consent.objects.filter(case=seen.case).allows(Power.ASK_SITES)
    assert seen.browser.press("/q", wishes=["stop_notices"]).status_code == 302
    with acting_as(owner):
        for power in (Power.ASK_SITES, Power.ASK_HOSTS, Power.ASK_SEARCH):
            assert not Consent.objects.filter(case=seen.case).allows(power)


def reachable(case: Case) -> None:
    """Let a case's client be mailed, with one mail waiting and a new number to confirm."""
    actor, now = Actor.user(case.owner), timezone.now()
    with acting_as(actor):
        mail = Rule(Channel.EMAIL, is_allowed=True, address="k@mail.example")
        safe_contact.say(case_id=case.pk, rules=[mail], confirmed=True, by=actor, at=now)
        outbox.put(
            "client.mail", case=case, audience=Audience.CLIENT, channel="email", due_at=now, at=now, dedupe_key="m:1"
        )


@pytest.mark.parametrize("way", ["/k/1", "/q"])
def test_stopping_contact_ends_the_open_question_and_every_mail_that_waits(way):
    seen = come_in(upto="sent")
    reachable(seen.case)
    press_ = seen.browser.press
    for path, typed in (
        ("/b/1", {"may": "yes"}),
        ("/b/2", {"ways": ["email", "text"]}),
        ("/b/3", {"email_address": "k@mail.example", "text_address": "+44 20 7946 0018", "text_say": "no"}),
        ("/b/4", {"when": "any"}),
        ("/b/5", {}),
    ):
        assert press_(path, **typed).status_code == 302, path
    assert open_tasks(seen.case, "confirm_contact") == 1
    assert press_(way, wishes=["stop_contact"]).status_code == 302
    assert open_tasks(seen.case, "confirm_contact") == 0
    with acting_as(Actor.user(seen.case.owner)):
        assert Effect.objects.get(case=seen.case, kind="client.mail").state == EffectState.CANCELLED


def test_a_safer_change_leaves_mail_that_is_still_allowed_alone():
    case = make_case(client=make_client())
    reachable(case)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        closed = Rule(Channel.CALL, is_allowed=False)
        safe_contact.say(case_id=case.pk, rules=[closed], confirmed=True, by=actor, at=timezone.now())
        assert Effect.objects.get(case=case, kind="client.mail").state == EffectState.NEW


def test_a_client_stops_nothing_in_somebody_elses_case():
    from django.db import connection

    case, stranger = make_case(client=make_client()), make_client()
    make_case(client=stranger)
    reachable(case)
    with acting_as(Actor.client(stranger)), connection.cursor() as cursor:
        cursor.execute("update cases_safecontact set is_allowed = false")
        cursor.execute("select recourse_stop_reaching(%s, now())", [case.pk])
        assert cursor.fetchone()[0] == 0
    with acting_as(Actor.user(case.owner)):
        assert Effect.objects.get(case=case).state == EffectState.NEW


def test_asking_to_delete_erases_nothing_and_gives_staff_a_clock():
    seen = come_in(upto="sent")
    seen.browser.press("/m", text="Is there news?")
    seen.browser.press("/q", wishes=["delete"], words="I moved on.")
    page = seen.browser.get("/q").content.decode()
    assert "Nothing is deleted yet" in page
    with acting_as(Actor.user(seen.case.owner)):
        task = CaseTask.objects.open().get(case=seen.case, kind="withdrawal")
        assert task.due_at - task.created_at == timedelta(hours=24)
        assert Message.objects.filter(case=seen.case).count() == 1
        row = Withdrawal.objects.get(case=seen.case)
        assert row.decide_by - row.said_at == timedelta(days=7)
        assert b"moved on" not in bytes(row.sealed)
    shown = signed_in(seen.case.owner).get(f"/cases/{seen.case.reference}/client").content.decode()
    assert "I moved on." in shown
    assert "Delete what you have" in shown


def test_a_wish_can_be_taken_back_and_what_was_stopped_stays_stopped():
    seen = come_in(upto="sent")
    seen.browser.press("/q", wishes=["stop_notices", "delete"])
    assert seen.browser.press("/q/1").status_code == 302
    assert "What would you like us to do?" in seen.browser.get("/q").content.decode()
    with acting_as(Actor.user(seen.case.owner)):
        assert not Withdrawal.objects.standing().exists()
        assert not Consent.objects.filter(case=seen.case).allows(Power.ASK_SITES)
        kinds = list(Event.objects.filter(case=seen.case).order_by("seq").values_list("kind", flat=True))
        assert kinds[-1] == "cases.withdrawal_taken_back"


def test_staff_answer_with_how_they_made_sure_and_the_clock_ends():
    seen = come_in(upto="sent")
    seen.browser.press("/q", wishes=["delete"])
    staff = signed_in(seen.case.owner)
    where = f"/cases/{seen.case.reference}/client/withdrawal"
    press(staff, where, outcome="erasure_asked")
    assert open_tasks(seen.case, "withdrawal") == 1, "how it was made sure is asked first"
    press(staff, where, outcome="erasure_asked", how="code_word")
    assert open_tasks(seen.case, "withdrawal") == 0
    assert "What would you like us to do?" in seen.browser.get("/q").content.decode()
    with acting_as(Actor.user(seen.case.owner)):
        event = Event.objects.get(case=seen.case, kind="cases.withdrawal_answered")
        assert (event.body["outcome"], event.body["confirmed"]) == ("erasure_asked", "code_word")


def test_only_the_client_withdraws_and_only_staff_answer():
    client = make_client()
    case = make_case(client=client)
    with acting_as(Actor.user(case.owner)), pytest.raises(IllegalMove):
        withdrawal.withdraw(case_id=case.pk, wishes=["delete"], words="", by=Actor.user(case.owner), at=NOON)
    with acting_as(Actor.client(client)), pytest.raises(IllegalMove):
        withdrawal.answer(case_id=case.pk, outcome="stopped", confirmed="", by=Actor.client(client), at=NOON)
