"""Legal holds: while one stands nothing is destroyed, whatever way somebody tries."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cases import keys
from cases.access import acting_as
from cases.actions import closing, erasure, hold
from cases.actor import Actor
from cases.models import ApprovalState, Case, CaseKey, CaseTask, ErasureReason, Hold
from cases.permissions import Role
from cases.states import IllegalMove
from evidence.models import Exhibit
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.endings import close, second_says_yes, supervisor
from tests.factories.evidence import make_exhibit, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case()


def set_hold(case, *, until=None, by=None):
    actor = by or Actor.user(case.owner)
    with acting_as(actor):
        return hold.set_hold(case_id=case.pk, reason="The police asked for it", until=until, by=actor, at=NOON)


def test_a_hold_is_looked_at_again_within_ninety_days(case):
    row = set_hold(case)
    assert row.review_on == (NOON + timedelta(days=90)).date()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        assert CaseTask.objects.open().get(case=case, kind="hold_review").subject_id == row.pk
        later = NOON + timedelta(days=80)
        hold.review(hold_id=row.pk, remark="The trial is in May", by=actor, at=later)
        row.refresh_from_db()
        assert row.review_on == (later + timedelta(days=90)).date()
        tasks = CaseTask.objects.open().filter(case=case, kind="hold_review")
        assert [task.due_at.date() for task in tasks] == [row.review_on]
    with acting_as(actor), pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.filter(pk=row.pk).update(review_on=NOON.date() + timedelta(days=400))


def test_one_person_never_lifts_a_hold(case):
    row = set_hold(case)
    actor = Actor.user(supervisor())
    with acting_as(actor):
        request = hold.ask_to_lift(hold_id=row.pk, reason="The trial is over", by=actor, at=NOON)
    with acting_as(actor), pytest.raises(IllegalMove, match="second person"):
        from cases.actions import approval

        approval.grant(approval_id=request.pk, by=actor, at=NOON)
    with acting_as(actor):
        assert hold.is_held(case.pk, on=NOON.date())
    assert second_says_yes(request).state == ApprovalState.GRANTED
    with acting_as(actor):
        assert not hold.is_held(case.pk, on=NOON.date())
        assert Hold.objects.get(pk=row.pk).lifted_by_id == actor.id


@pytest.mark.parametrize(
    "statement",
    [
        "delete from cases_hold",
        "update cases_hold set lifted_at = now(), lifted_by_id = set_by_id",
        "update cases_hold set until = current_date",
        "update cases_hold set review_on = current_date + 4000",
    ],
)
@pytest.mark.parametrize("login", ["web", "worker"])
@pytest.mark.django_db(transaction=True)
def test_no_login_of_ours_undoes_a_hold_by_sql(case, statement, login):
    set_hold(case)
    with logged_in_as(login), acting_as(Actor.user(case.owner)), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db(transaction=True)
def test_what_is_held_loses_neither_key_nor_file_by_sql(case):
    exhibit = make_exhibit(case, picture(), name="a.png").exhibit
    set_hold(case)
    close(case)
    with logged_in_as("worker"), acting_as(Actor.system("attack")):
        for attack in (
            lambda: keys.destroy(case.pk),
            lambda: CaseKey.objects.filter(case_id=case.pk).delete(),
            lambda: Exhibit.objects.filter(pk=exhibit.pk).delete(),
            lambda: Exhibit.objects.filter(pk=exhibit.pk).update(object_name="", state="removed"),
            lambda: Case.objects.filter(pk=case.pk).update(state="erased"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                attack()


@pytest.mark.django_db(transaction=True)
def test_an_open_case_keeps_its_key_and_files_without_any_hold(case):
    exhibit = make_exhibit(case, picture(), name="a.png").exhibit
    with logged_in_as("worker"), acting_as(Actor.system("attack")):
        for attack in (
            lambda: keys.destroy(case.pk),
            lambda: Exhibit.objects.filter(pk=exhibit.pk).update(object_name="", state="removed"),
            lambda: Case.objects.filter(pk=case.pk).update(state="erased"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                attack()


def test_a_held_case_is_not_erased_and_the_page_says_why(case):
    set_hold(case)
    close(case)
    boss = supervisor()
    actor = Actor.user(boss)
    with acting_as(actor), pytest.raises(IllegalMove, match="legal hold"):
        erasure.ask(case_id=case.pk, reason=ErasureReason.CLIENT, words="She asked", by=actor, at=NOON)
    page = signed_in(boss).get(f"/cases/{case.reference}/erase").content.decode()
    assert "A legal hold stands on this case" in page
    assert "Ask a second person" not in page


def test_a_hold_with_a_last_day_is_over_after_it(case):
    set_hold(case, until=date(2026, 12, 24))
    with acting_as(Actor.user(case.owner)):
        assert hold.is_held(case.pk, on=date(2026, 12, 24))
        assert not hold.is_held(case.pk, on=date(2026, 12, 25))


def test_a_caseworker_holds_and_a_trainee_does_not(case):
    browser = signed_in(case.owner)
    address = f"/cases/{case.reference}/holds"
    assert press(browser, address, reason="").status_code == 422
    assert press(browser, address, reason="Court", until="2020-01-01").status_code == 422
    assert press(browser, address, reason="A lawyer wrote").status_code == 302
    assert b"A lawyer wrote" in browser.get(f"/cases/{case.reference}/keeping").content
    trainee = make_staff(roles=[Role.TRAINEE])
    assert press(signed_in(trainee), address, reason="x").status_code == 404


def test_a_hold_needs_a_fresh_sign_in(case):
    answer = press(signed_in(case.owner, fresh=False), f"/cases/{case.reference}/holds", reason="A lawyer wrote")
    assert answer.status_code == 302
    with acting_as(Actor.user(case.owner)):
        assert not Hold.objects.filter(case=case).exists()


def test_a_lift_is_asked_on_the_page_and_waits(case):
    row = set_hold(case)
    boss = supervisor()
    browser = signed_in(boss)
    page = f"/cases/{case.reference}/keeping"
    assert press(browser, f"/cases/{case.reference}/holds/{row.pk}/lift", reason="Over").status_code == 302
    assert b"A second person was asked" in browser.get(page).content
    with acting_as(Actor.user(boss)):
        assert Hold.objects.standing(on=NOON.date()).filter(case=case).exists()


def test_opening_a_case_again_leaves_its_hold(case):
    set_hold(case)
    close(case)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        closing.reopen(case_id=case.pk, why="again", by=actor, at=NOON)
        assert hold.is_held(case.pk, on=NOON.date())
