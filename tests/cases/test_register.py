"""The register: supervisors only, clocks, words apart, every look recorded, and no trace of it in the case."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from cases import tasks
from cases.access import acting_as
from cases.actions import register_entry
from cases.actions.register_entry import Told
from cases.actor import Actor
from cases.models import ApprovalState, Effect, Event, RegisterEntry, RegisterKind, RegisterState
from cases.permissions import Role
from cases.register import STEPS, STEPS_OF, due
from cases.states import IllegalMove
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.endings import second_says_yes, supervisor

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return supervisor("Boss")


def write(boss, *, kind=RegisterKind.POLICE, case=None, due_at=None, at=NOON) -> RegisterEntry:
    actor = Actor.user(boss)
    told = Told("Officer Brown", "A letter came", "We want the whole file", "Too wide")
    with acting_as(actor):
        return register_entry.write(kind=kind, case=case, received_at=at, due_at=due_at, told=told, by=actor, at=at)


def test_only_supervisors_reach_an_entry_and_members_of_its_case_do_not(boss):
    case = make_case()
    row = write(boss, case=case)
    for person in (case.owner, make_staff(roles=[Role.ADMINISTRATOR]), make_staff(roles=[Role.CALL_TAKER])):
        actor = Actor.user(person)
        with acting_as(actor):
            assert not RegisterEntry.objects.exists()
            assert not RegisterEntry.objects.visible_to(actor).exists()
            with connection.cursor() as cursor:
                cursor.execute("select count(*) from cases_registerentry")
                assert cursor.fetchone() == (0,)
        browser = signed_in(person)
        assert browser.get("/register").status_code == 404
        assert browser.get(f"/register/{row.pk}/").status_code == 404
    with acting_as(Actor.user(supervisor("Other"))):
        assert RegisterEntry.objects.get().facts == "A letter came"


def test_the_case_shows_nothing_of_it(boss):
    case = make_case()
    row = write(boss, case=case)
    for reader in (case.owner, boss):
        browser = signed_in(reader)
        for path in ("", "timeline", "client", "keeping"):
            page = browser.get(f"/cases/{case.reference}/{path}").content.decode()
            assert row.label not in page
            assert "Officer Brown" not in page
    with acting_as(Actor.user(case.owner)):
        assert not Event.objects.filter(case=case, kind__startswith="cases.register").exists()


def test_every_look_is_recorded_before_it_is_shown(boss):
    row = write(boss)
    browser = signed_in(boss)
    assert browser.get("/register").status_code == 200
    assert "Officer Brown" in browser.get(f"/register/{row.pk}/").content.decode()
    with acting_as(Actor.user(boss)):
        looks = Event.objects.filter(kind="cases.register_read").order_by("seq")
        assert [look.body["entry"] for look in looks] == ["", row.label]
        assert {look.actor_id for look in looks} == {str(boss.pk)}


def test_clocks_follow_the_kind_and_say_what_they_rest_on():
    received = datetime(2026, 1, 31, 10, tzinfo=UTC)
    own = due(RegisterKind.OWN_DATA, received)
    assert own.at == datetime(2026, 2, 28, 10, tzinfo=UTC)
    assert "Art. 12(3)" in own.rule
    for kind in (RegisterKind.COURT, RegisterKind.POLICE, RegisterKind.COMPLAINT, RegisterKind.CONTACT_SAFETY):
        assert "House rule" in due(kind, received).rule


def test_a_day_that_a_court_named_beats_the_rule(boss):
    named = NOON + timedelta(days=3)
    row = write(boss, kind=RegisterKind.COURT, due_at=named)
    assert (row.due_at, row.due_by_rule) == (named, "The day they named")


def test_it_is_answered_only_after_its_steps_or_a_reason(boss):
    row = write(boss)
    actor = Actor.user(boss)
    with acting_as(actor):
        with pytest.raises(IllegalMove, match="checked who asks"):
            register_entry.end(entry_id=row.pk, state=RegisterState.ANSWERED, answer="Sent", by=actor, at=NOON)
        for name in STEPS_OF[row.kind]:
            if name != "answered":
                register_entry.step(entry_id=row.pk, step=name, remark="done", by=actor, at=NOON)
        with pytest.raises(IllegalMove, match="already"):
            register_entry.step(entry_id=row.pk, step="identity", remark="again", by=actor, at=NOON)
        register_entry.end(entry_id=row.pk, state=RegisterState.ANSWERED, answer="Sent", by=actor, at=NOON)
        ended = RegisterEntry.objects.get(pk=row.pk)
        assert (ended.state, ended.answer, ended.facts) == ("answered", "Sent", "A letter came")
        with pytest.raises(IllegalMove, match="has ended"):
            register_entry.step(entry_id=row.pk, step="identity", remark="x", by=actor, at=NOON)


def test_every_step_has_words_and_every_kind_has_steps():
    assert set(STEPS_OF) == set(RegisterKind)
    assert {name for names in STEPS_OF.values() for name in names} == set(STEPS)


def test_an_entry_is_deleted_by_two_people_only(boss):
    row = write(boss)
    actor = Actor.user(boss)
    with acting_as(actor):
        with pytest.raises(IllegalMove, match="ended first"):
            register_entry.ask_to_delete(entry_id=row.pk, reason="old", by=actor, at=NOON)
        register_entry.end(entry_id=row.pk, state=RegisterState.REFUSED, answer="No", by=actor, at=NOON)
        request = register_entry.ask_to_delete(entry_id=row.pk, reason="old", by=actor, at=NOON)
    assert second_says_yes(request).state == ApprovalState.GRANTED
    with acting_as(actor):
        assert not RegisterEntry.objects.exists()
        assert Event.objects.get(kind="cases.register_deleted").body["entry"] == row.label


@pytest.mark.django_db(transaction=True)
def test_supervisors_are_reminded_once_and_the_mail_says_nothing_of_it(boss):
    late = write(boss, at=NOON - timedelta(days=8))
    make_staff()
    with logged_in_as("worker"):
        tasks.sweep_retention()
        tasks.sweep_retention()
        with acting_as(Actor.system("test")):
            mails = list(Effect.objects.filter(subject_id=late.pk))
            assert [mail.payload["to"] for mail in mails] == [boss.email]
            assert "Brown" not in str(mails[0].payload)
            assert "police" not in str(mails[0].payload).lower()


def test_an_entry_is_written_and_worked_on_in_the_browser(boss):
    case = make_case()
    browser = signed_in(boss)
    assert b"can be read in court" in browser.get("/register/new").content
    words = {"kind": "own_data", "received_at": "2026-11-01T10:00", "who": "Jane Roe", "facts": "She asks"}
    assert press(browser, "/register/new", **{**words, "facts": ""}).status_code == 422
    assert press(browser, "/register/new", **words, reference="C-9").status_code == 422
    made = press(browser, "/register/new", **words, reference=case.reference, opinion="Clear")
    assert made.status_code == 302
    page = browser.get(made["Location"]).content.decode()
    assert case.reference in page
    assert "Jane Roe" in page
    address = made["Location"]
    assert press(browser, f"{address}step", step="identity", remark="").status_code == 422
    assert press(browser, f"{address}step", step="identity", remark="By phone").status_code == 302
    assert "By phone" in browser.get(address).content.decode()
    assert press(browser, f"{address}end", state="answered", answer="Sent").status_code == 422
    assert press(browser, f"{address}end", state="withdrawn", answer="She took it back").status_code == 302
    assert press(browser, f"{address}delete", reason="Wrong file").status_code == 302


def test_entries_are_numbered_and_listed_by_what_is_due_first(boss):
    slow, quick = write(boss, kind=RegisterKind.COMPLAINT), write(boss, kind=RegisterKind.CONTACT_SAFETY)
    page = signed_in(boss).get("/register").content.decode()
    assert page.index(quick.label) < page.index(slow.label)
