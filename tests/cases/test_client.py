"""The client's page for staff: the way in, the contact plan, what was agreed, messages."""

import re

import pytest

from cases.access import acting_as
from cases.actions import safe_contact
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.models import Case, Channel, Door, Effect, Event, Message, SafeContact
from cases.permissions import Role
from cases.states import AgeAnswer
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.portal import Browser, come_in

pytestmark = pytest.mark.django_db


def page_of(case: Case) -> str:
    answer = signed_in(case.owner).get(f"/cases/{case.reference}/client")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_invitation_is_shown_once_and_opens_the_clients_page():
    case = make_case(age=None)
    staff = signed_in(case.owner)
    assert press(staff, f"/cases/{case.reference}/client/invite").status_code == 302
    shown = staff.get(f"/cases/{case.reference}/client").content.decode()
    link = re.search(r"/i/([\w-]{43})", shown)
    assert link is not None
    assert link.group(0) not in staff.get(f"/cases/{case.reference}/client").content.decode()
    assert Browser().press(link.group(0)).status_code == 302
    assert "first time" in page_of(case)


def test_somebody_who_would_rather_write_themselves_is_invited_in_one_press():
    caseworker = make_staff()
    staff = signed_in(caseworker)
    answer = press(staff, "/contacts/invite")
    with acting_as(Actor.user(caseworker)):
        case = Case.objects.get(owner=caseworker)
    assert answer.headers["Location"] == f"/cases/{case.reference}/client"
    assert case.age_answer == AgeAnswer.NOT_ASKED


def test_a_code_is_given_only_after_saying_how_it_was_made_sure_who_asks():
    case = make_case()
    staff = signed_in(case.owner)
    refused = press(staff, f"/cases/{case.reference}/client/code")
    assert refused.status_code == 422
    assert "Without that nobody gets a code" in refused.content.decode()
    assert not Door.objects.exists()
    press(staff, f"/cases/{case.reference}/client/code", checked="code_word", remark="She said it at once.")
    shown = staff.get(f"/cases/{case.reference}/client").content.decode()
    code, pin = re.search(r"<bdi>([A-Z0-9]{4} [A-Z0-9]{4})</bdi>", shown), re.search(r"<bdi>(\d{6})</bdi>", shown)
    assert code is not None
    assert pin is not None
    assert Browser().press("/", code=code.group(1), pin=pin.group(1)).status_code == 302
    with acting_as(Actor.user(case.owner)):
        made = Event.objects.get(kind="cases.client_code_made")
        assert made.body["checked"] == "code_word"
        assert code.group(1) not in str(made.body)


def test_the_door_is_closed_with_one_press():
    seen = come_in(upto="report")
    press(signed_in(seen.case.owner), f"/cases/{seen.case.reference}/client/close")
    assert seen.browser.get("/d").headers["Location"] == "/"


def test_a_new_address_is_confirmed_by_a_person():
    seen = come_in(upto="sent")
    for path, typed in (
        ("/b/1", {"may": "yes"}),
        ("/b/2", {"ways": ["email"]}),
        ("/b/3", {"email_address": "kestrel@example.org"}),
        ("/b/4", {"when": "any"}),
        ("/b/5", {}),
    ):
        seen.browser.press(path, **typed)
    assert "Not confirmed yet" in page_of(seen.case)
    actor = Actor.user(seen.case.owner)
    with acting_as(actor):
        rule = SafeContact.objects.standing().get(case=seen.case, channel=Channel.EMAIL)
    path = f"/cases/{seen.case.reference}/client/rules/{rule.pk}"
    press(signed_in(seen.case.owner), path, how="code_word")
    with acting_as(actor):
        assert SafeContact.objects.get(pk=rule.pk).confirmed_at is not None
        assert "kestrel@example.org" not in str([event.body for event in Event.objects.filter(case=seen.case)])


def test_a_message_reaches_the_clients_page_and_its_reading_is_seen():
    seen = come_in(upto="sent")
    staff = signed_in(seen.case.owner)
    path = f"/cases/{seen.case.reference}/client"
    press(staff, f"{path}/messages", channel="page", text="Two links are down.")
    assert "Two links are down." in seen.browser.get("/m").content.decode()
    assert "read" in staff.get(path).content.decode()
    seen.browser.press("/m", text="Thank you.")
    assert "Thank you." in staff.get(path).content.decode()
    assert "seen by us" in seen.browser.get("/m").content.decode()


def test_a_refused_way_is_not_offered_and_a_forged_form_is_refused_and_recorded():
    case = make_case()
    page = page_of(case)
    assert '<option value="email"' not in page
    assert "the client did not say that this is safe" in page
    answer = press(signed_in(case.owner), f"/cases/{case.reference}/client/messages", channel="email", text="Hello")
    assert answer.status_code == 409
    assert "Hello" in answer.content.decode(), "what was typed is kept"
    with acting_as(Actor.user(case.owner)):
        assert not Message.objects.exists()
        assert not Effect.objects.exists()
        assert Event.objects.filter(kind="cases.message_refused").count() == 1


def test_the_page_of_a_case_locked_for_age_keeps_contact_rules_only():
    case = make_case(age=AgeAnswer.UNDER_18)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        rule = Rule(Channel.CALL, is_allowed=True, address="+44 20 7946 0018")
        safe_contact.say(case_id=case.pk, rules=[rule], confirmed=True, by=actor, at=NOON)
    page = page_of(case)
    assert "+44 20 7946 0018" in page
    assert "Make an invitation link" not in page
    staff = signed_in(case.owner)
    press(staff, f"/cases/{case.reference}/client/invite")
    assert not Door.objects.exists()
    refused = press(staff, f"/cases/{case.reference}/client/messages", channel="page", text="x")
    assert refused.status_code == 409


@pytest.mark.parametrize("what", ["", "/invite", "/code", "/close", "/messages"])
def test_a_case_that_is_not_theirs_does_not_exist(what):
    case, outsider = make_case(), make_staff()
    staff = signed_in(outsider)
    path = f"/cases/{case.reference}/client{what}"
    fields = {"checked": "code_word", "channel": "page", "text": "x"}
    answer = press(staff, path, **fields) if what else staff.get(path)
    assert answer.status_code == 404
    administrator = signed_in(make_staff(roles=[Role.ADMINISTRATOR]))
    assert (press(administrator, path, **fields) if what else administrator.get(path)).status_code == 404


@pytest.mark.parametrize("text", ["", "a\x00b", "x" * 6000])
def test_strange_messages_get_a_clear_answer(text):
    case = make_case()
    answer = press(signed_in(case.owner), f"/cases/{case.reference}/client/messages", channel="page", text=text)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
