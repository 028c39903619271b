"""An age lock is lifted by a supervisor who asks with a reason and a second person who decides. By nobody else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import age as actions
from cases.actions import approval as approval_actions
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Approval, ApprovalState, Case, CaseTask, Event
from cases.permissions import Role
from cases.states import AgeAnswer, IllegalMove, TaskState
from takedowns.models import ReportedUrl
from takedowns.states import LinkState
from tests.cases.test_approval import grant, join
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import make_links

pytestmark = pytest.mark.django_db
WHY = "The date of birth was read wrongly: she is 25."
LATER = NOON + timedelta(hours=1)


def locked_case(**more):
    """Return a locked case and two supervisors who see it."""
    case = make_case(**more)
    asker, second = make_staff(roles=[Role.SUPERVISOR], name="Sam"), make_staff(roles=[Role.SUPERVISOR], name="Bo")
    join(case, asker, second)
    return lock(case), asker, second


def lock(case, at=NOON):
    with acting_as(Actor.user(case.owner)) as by:
        return case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=by, at=at)


def ask(case, who, *, said_by="client", at=LATER):
    with acting_as(Actor.user(who)) as by:
        return actions.ask_unlock(case_id=case.pk, said_by=said_by, reason=WHY, by=by, at=at)


def fresh(case):
    with acting_as(Actor.user(case.owner)):
        return Case.objects.get(pk=case.pk)


def test_two_people_lift_the_lock_and_the_record_says_who_said_what():
    case, asker, second = locked_case()
    row = ask(case, asker)
    assert fresh(case).is_age_locked, "asking lifts nothing"
    assert grant(row, second, at=LATER).state == ApprovalState.GRANTED
    found = fresh(case)
    assert (found.age_answer, found.age_said_by, found.age_said_at) == (AgeAnswer.ADULT, "client", LATER)
    with acting_as(Actor.user(second)):
        event = Event.objects.get(case=case, kind=CaseEvent.CASE_AGE_UNLOCKED)
        assert (event.body["reason"], event.body["asked_by"]) == (WHY, str(asker.pk))
        assert CaseTask.objects.get(case=case, dedupe_key="age_lock").state == TaskState.DONE


def test_the_asker_alone_lifts_nothing():
    case, asker, _second = locked_case()
    with pytest.raises(IllegalMove, match="second person"):
        grant(ask(case, asker), asker, at=LATER)
    assert fresh(case).is_age_locked


def test_only_a_supervisor_of_the_case_asks_and_says_who_told_them():
    case, asker, _second = locked_case()
    with pytest.raises(IllegalMove, match="Only a supervisor"):
        ask(case, case.owner)
    with pytest.raises(IllegalMove, match="who told you"):
        ask(case, asker, said_by="police")


def test_a_case_that_is_not_locked_has_nothing_to_lift():
    case = make_case()
    asker = make_staff(roles=[Role.SUPERVISOR])
    join(case, asker)
    with pytest.raises(IllegalMove, match="not locked"):
        ask(case, asker)


def test_a_lock_that_was_set_anew_meanwhile_stays():
    case, asker, second = locked_case()
    row = ask(case, asker)
    lock(case, at=LATER + timedelta(minutes=1))
    done = grant(row, second, at=LATER + timedelta(minutes=2))
    assert done.state == ApprovalState.FAILED
    assert "answered again" in done.words()["answer"]
    assert fresh(case).is_age_locked


def test_nothing_but_the_two_of_them_lifts_it():
    case, asker, _second = locked_case()
    with acting_as(Actor.user(asker)) as by, pytest.raises(IllegalMove, match="Only a supervisor with a second"):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.ADULT, said_by="client", by=by, at=LATER)


def test_links_that_were_kept_are_looked_at_again_and_discarded_ones_are_dropped():
    case = make_case()
    kept, gone = make_links(case, "https://site.example/a\nhttps://other.example/b")
    with acting_as(Actor.user(case.owner)):
        Case.objects.filter(pk=case.pk).update(state="active")
    asker, second = make_staff(roles=[Role.SUPERVISOR]), make_staff(roles=[Role.SUPERVISOR])
    join(case, asker, second)
    lock(case)
    with acting_as(Actor.user(case.owner)):
        ReportedUrl.objects.filter(pk=gone.pk).update(sealed=b"", site="")
        assert set(ReportedUrl.objects.values_list("next_check_at", flat=True)) == {None}
    grant(ask(case, asker), second, at=LATER)
    with acting_as(Actor.user(case.owner)):
        assert ReportedUrl.objects.get(pk=kept.pk).next_check_at == LATER
        assert ReportedUrl.objects.get(pk=gone.pk).state == LinkState.DROPPED


def test_the_page_of_a_locked_case_asks_only_who_may_and_then_says_that_it_waits():
    case, asker, second = locked_case()
    address = reverse("cases:case", args=[case.reference])
    assert "Ask a second person" not in signed_in(case.owner).get(address).content.decode()
    browser = signed_in(asker)
    assert "Ask a second person" in browser.get(address).content.decode()
    unlock = reverse("cases:age_unlock", args=[case.reference])
    assert press(browser, unlock, said_by="client", reason="").status_code == 422
    assert press(signed_in(case.owner), unlock, said_by="client", reason=WHY).status_code == 404
    done = press(browser, unlock, said_by="client", reason=WHY)
    with acting_as(Actor.user(asker)):
        row = Approval.objects.get()
    assert done["Location"] == reverse("cases:approval", args=[row.pk])
    assert "Lifting the lock was asked for" in browser.get(address).content.decode()
    page = signed_in(second).get(done["Location"]).content.decode()
    assert WHY in page
    decide = reverse("cases:approval_decide", args=[row.pk])
    assert press(signed_in(second), decide, do="grant").status_code == 302
    assert not fresh(case).is_age_locked


def test_saying_yes_asks_for_a_fresh_confirmation():
    case, asker, second = locked_case()
    row = ask(case, asker)
    decide = reverse("cases:approval_decide", args=[row.pk])
    answer = press(signed_in(second, fresh=False), decide, do="grant")
    assert answer.status_code == 302
    assert answer["Location"] != reverse("cases:approval", args=[row.pk])
    with acting_as(Actor.user(second)):
        assert Approval.objects.get(pk=row.pk).is_waiting


def test_withdrawing_is_for_the_asker():
    case, asker, second = locked_case()
    row = ask(case, asker)
    with acting_as(Actor.user(second)) as by, pytest.raises(IllegalMove):
        approval_actions.withdraw(approval_id=row.pk, by=by, at=LATER)
