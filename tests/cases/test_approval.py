"""Two people: one asks, another says yes, and the act happens once or not at all."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import override_settings

from cases import approvals
from cases.access import acting_as
from cases.actions import approval as actions
from cases.actions.approval import AlreadyDecided
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    ApprovalVia,
    Case,
    Event,
    Membership,
    MembershipRole,
    Note,
    NoteNature,
)
from cases.permissions import Permission, Role
from cases.states import IllegalMove
from tests.conftest import NOON
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def _write_a_note(approval, by, at):
    note = Note(case=approval.case, author=approval.asked_by, nature=NoteNature.FACT, written_at=at)
    note.text = f"held: {approval.reason}"
    note.save(force_insert=True)


def _begin_and_refuse(approval, by, at):
    _write_a_note(approval, by, at)
    raise IllegalMove("The case was closed meanwhile.")


DOES = {ApprovalKind.HOLD_LIFT: _write_a_note, ApprovalKind.REGISTER_DELETION: lambda approval, by, at: None}
REFUSES = {ApprovalKind.HOLD_LIFT: _begin_and_refuse}
working = override_settings(APPROVALS=("tests.cases.test_approval.DOES",))
failing = override_settings(APPROVALS=("tests.cases.test_approval.REFUSES",))


def join(case, *people):
    """Let people into a case as its owner would."""
    with acting_as(Actor.user(case.owner)):
        for one in people:
            Membership.objects.create(case_id=case.pk, user=one, role=MembershipRole.HELPER, since=NOON)


def two_supervisors(case=None):
    """Return a case and two supervisors who see it."""
    case = case or make_case()
    asker, second = make_staff(roles=[Role.SUPERVISOR], name="Sam"), make_staff(roles=[Role.SUPERVISOR], name="Bo")
    join(case, asker, second)
    return case, asker, second


def ask(
    case, asker, *, kind=ApprovalKind.HOLD_LIFT, reason="The court case is over.", subject_id=None, at=NOON, **facts
):
    """Ask as a person."""
    with acting_as(Actor.user(asker)) as by:
        return actions.ask(kind=kind, case=case, subject_id=subject_id, reason=reason, facts=facts, by=by, at=at)


def grant(row, who, *, at=NOON):
    """Say yes as a person."""
    with acting_as(Actor.user(who)) as by:
        return actions.grant(approval_id=row.pk, by=by, at=at)


def kinds_of(case):
    """Return the kinds of events of a case, oldest first."""
    with acting_as(Actor.user(case.owner)):
        return list(Event.objects.filter(case=case).order_by("seq").values_list("kind", flat=True))


@working
def test_a_yes_by_a_second_person_does_what_was_asked():
    case, asker, second = two_supervisors()
    row = grant(ask(case, asker), second)
    assert (row.state, row.decided_by, row.via) == (ApprovalState.GRANTED, second, ApprovalVia.PERSON)
    with acting_as(Actor.user(second)):
        assert Note.objects.get(case=case).text == "held: The court case is over."
    assert kinds_of(case)[-2:] == [CaseEvent.APPROVAL_ASKED, CaseEvent.APPROVAL_GRANTED]


@working
def test_nobody_says_yes_to_what_they_asked_themselves():
    case, asker, _second = two_supervisors()
    row = ask(case, asker)
    with pytest.raises(IllegalMove, match="second person decides"):
        grant(row, asker)
    with acting_as(Actor.user(asker)):
        assert Approval.objects.get(pk=row.pk).is_waiting
        assert not Note.objects.exists()


def test_the_database_refuses_a_yes_by_the_asker_whatever_the_code_forgot():
    case, asker, second = two_supervisors()
    row = ask(case, asker)
    with acting_as(Actor.user(second)):
        mine = Approval.objects.filter(pk=row.pk)
        with pytest.raises(IntegrityError, match="approval_never_by_the_asker"), transaction.atomic():
            mine.update(state="granted", decided_by=asker, decided_at=NOON)
        with pytest.raises(IntegrityError, match="approval_granted_by_a_second"), transaction.atomic():
            mine.update(state="granted", decided_at=NOON)


@working
def test_the_database_refuses_to_decide_twice_or_to_change_the_question():
    case, asker, second = two_supervisors()
    row = grant(ask(case, asker), second)
    with acting_as(Actor.user(second)):
        mine = Approval.objects.filter(pk=row.pk)
        with pytest.raises(IntegrityError, match="decided already"), transaction.atomic():
            mine.update(state="refused")
        with pytest.raises(IntegrityError, match="What was asked does not change"), transaction.atomic():
            mine.update(kind="erasure")
        with pytest.raises(IntegrityError, match="What was asked does not change"), transaction.atomic():
            mine.update(subject_id=uuid4())


@working
def test_a_colleague_without_the_permission_cannot_say_yes():
    case, asker, _second = two_supervisors()
    row = ask(case, asker)
    with pytest.raises(IllegalMove, match="cannot decide"):
        grant(row, case.owner)


@working
def test_a_supervisor_who_does_not_see_the_case_does_not_even_find_the_request():
    case = make_case()
    asker = make_staff(roles=[Role.SUPERVISOR])
    join(case, asker)
    row = ask(case, asker)
    outsider = make_staff(roles=[Role.CASEWORKER])
    with acting_as(Actor.user(outsider)) as by:
        assert not Approval.objects.exists()
        with pytest.raises(Approval.DoesNotExist):
            actions.grant(approval_id=row.pk, by=by, at=NOON)


def test_the_rule_asks_for_the_permission_another_person_and_the_sight_of_the_case():
    held = frozenset({Permission.APPROVAL_GIVE})
    facts = {"permissions": held, "is_asker": False, "sees_case": True}
    for kind in (ApprovalKind.ERASURE, ApprovalKind.BULK_EXPORT):
        assert approvals.may_grant(kind, **facts)
        for lacks in ({"permissions": frozenset()}, {"is_asker": True}, {"sees_case": False}):
            assert not approvals.may_grant(kind, **{**facts, **lacks}), (kind, lacks)


@working
def test_only_what_goes_ahead_by_itself_is_stopped_by_somebody_without_a_say():
    case, asker, _second = two_supervisors()
    row = ask(case, asker)
    with acting_as(Actor.user(case.owner)) as by, pytest.raises(IllegalMove, match="goes ahead by itself"):
        actions.stop(approval_id=row.pk, why="I do not like it.", by=by, at=NOON)


def test_only_who_may_do_it_may_ask_for_it_and_must_say_why():
    case = make_case()
    with pytest.raises(IllegalMove, match="cannot ask"):
        ask(case, case.owner)
    asker = make_staff(roles=[Role.SUPERVISOR])
    join(case, asker)
    with pytest.raises(IllegalMove, match="Say why"):
        ask(case, asker, reason="  ")


def test_the_same_is_asked_once_while_it_waits():
    case, asker, second = two_supervisors()
    ask(case, asker)
    with pytest.raises(IllegalMove, match="asked already"):
        ask(case, second)


def test_nobody_asks_about_a_case_that_they_do_not_see():
    case = make_case()
    asker = make_staff(roles=[Role.CASEWORKER])
    asker.roles = [Role.ADMINISTRATOR]
    with pytest.raises((IllegalMove, ProgrammingError, Case.DoesNotExist)):
        ask(case, asker, kind=ApprovalKind.NOTICE_SEND)


@failing
def test_what_cannot_be_done_any_more_ends_in_words_and_nothing_is_half_done():
    case, asker, second = two_supervisors()
    row = grant(ask(case, asker), second)
    assert row.state == ApprovalState.FAILED
    with acting_as(Actor.user(second)):
        fresh = Approval.objects.get(pk=row.pk)
        assert fresh.answer == "The case was closed meanwhile."
        assert fresh.decided_by == second
        assert not Note.objects.filter(case=case).exists()
    kinds = kinds_of(case)
    assert kinds[-1] == CaseEvent.APPROVAL_FAILED
    assert CaseEvent.APPROVAL_GRANTED not in kinds


@override_settings(APPROVALS=())
def test_a_kind_that_nothing_does_ends_as_could_not_be_done():
    case, asker, second = two_supervisors()
    assert grant(ask(case, asker), second).state == ApprovalState.FAILED


@working
def test_a_no_says_why_and_does_nothing():
    case, asker, second = two_supervisors()
    row = ask(case, asker)
    with acting_as(Actor.user(second)) as by:
        with pytest.raises(IllegalMove, match="Say why"):
            actions.refuse(approval_id=row.pk, why=" ", by=by, at=NOON)
        actions.refuse(approval_id=row.pk, why="The appeal runs until May.", by=by, at=NOON)
        assert not Note.objects.exists()
        assert Approval.objects.get().answer == "The appeal runs until May."
    with pytest.raises(AlreadyDecided, match="refused"):
        grant(row, second)


def test_the_asker_cannot_refuse_but_takes_it_back_and_may_ask_again():
    case, asker, second = two_supervisors()
    row = ask(case, asker)
    with acting_as(Actor.user(asker)) as by, pytest.raises(IllegalMove):
        actions.refuse(approval_id=row.pk, why="no", by=by, at=NOON)
    with acting_as(Actor.user(second)) as by, pytest.raises(IllegalMove, match="Only the person who asked"):
        actions.withdraw(approval_id=row.pk, by=by, at=NOON)
    with acting_as(Actor.user(asker)) as by:
        assert actions.withdraw(approval_id=row.pk, by=by, at=NOON).state == ApprovalState.WITHDRAWN
    assert ask(case, asker).is_waiting


@working
def test_a_request_that_stood_too_long_cannot_be_granted_and_lapses():
    case, asker, second = two_supervisors()
    row = ask(case, asker)
    with pytest.raises(IllegalMove, match="too old"):
        grant(row, second, at=NOON + WEEK)
    with acting_as(Actor.user(second)) as by:
        assert not actions.lapse(approval_id=row.pk, by=by, at=NOON + WEEK - timedelta(seconds=1))
        assert actions.lapse(approval_id=row.pk, by=by, at=NOON + WEEK)
        assert not actions.lapse(approval_id=row.pk, by=by, at=NOON + WEEK)
    assert kinds_of(case)[-1] == CaseEvent.APPROVAL_LAPSED


@working
def test_what_changed_after_asking_withdraws_the_request():
    case, asker, second = two_supervisors()
    subject = uuid4()
    row = ask(case, asker, subject_id=subject)
    with acting_as(Actor.user(case.owner)) as by:
        kind = ApprovalKind.HOLD_LIFT
        ended = actions.withdraw_for(kind=kind, subject_id=subject, why="It was edited.", by=by, at=NOON)
    assert ended == 1
    with pytest.raises(AlreadyDecided):
        grant(row, second)


@working
def test_a_request_without_a_case_is_read_by_supervisors_and_by_nobody_else():
    asker, second = make_staff(roles=[Role.SUPERVISOR]), make_staff(roles=[Role.SUPERVISOR])
    row = ask(None, asker, kind=ApprovalKind.REGISTER_DELETION, subject_id=uuid4())
    with acting_as(Actor.user(make_staff())) as by:
        assert not Approval.objects.exists()
        assert not Approval.objects.visible_to(by).exists()
    with acting_as(Actor.user(second)) as by:
        assert Approval.objects.visible_to(by).get() == row
    assert grant(row, second).state == ApprovalState.GRANTED


def test_no_client_sees_a_request():
    from tests.factories.cases import make_client

    client = make_client()
    case, asker, _second = two_supervisors(make_case(client=client))
    ask(case, asker)
    with acting_as(Actor.client(client)) as by:
        assert not Approval.objects.exists()
        assert not Approval.objects.visible_to(by).exists()


@pytest.mark.django_db(transaction=True)
@working
@pytest.mark.parametrize("of_a_case", [True, False], ids=["about a case", "about no case"])
def test_of_two_people_who_press_at_once_one_wins_and_the_other_is_told(of_a_case):
    case, asker, second = two_supervisors()
    third = make_staff(roles=[Role.SUPERVISOR], name="Cy")
    join(case, third)
    row = ask(case, asker) if of_a_case else ask(None, asker, kind=ApprovalKind.REGISTER_DELETION, subject_id=uuid4())
    gate, said = threading.Barrier(2, timeout=10), []

    def press(who):
        try:
            gate.wait()
            said.append(grant(row, who).state)
        except AlreadyDecided as refusal:
            said.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[who]) for who in (second, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(said) == ["Somebody was first: this is granted.", "granted"]
    with acting_as(Actor.user(second)):
        assert Note.objects.filter(case=case).count() == int(of_a_case)
