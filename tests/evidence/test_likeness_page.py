"""The page of copies: facts and no picture, a word for each pair, undo, and nothing for those who may not."""

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import closing
from cases.actor import Actor
from cases.closing import unfinished
from cases.models import CaseTask, Event, Outcome, Proceedings
from cases.permissions import Role
from cases.retention import Afterwards
from cases.states import AgeAnswer, IllegalMove, TaskState
from evidence.actions import likeness as actions
from evidence.matching import index
from evidence.matching.index import Index
from evidence.models import Exhibit, Likeness, LikenessDecision
from tests.conftest import NOON, logged_in_as
from tests.evidence.test_fingerprint import agree, events, folders, rows, run  # noqa: F401
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit
from tests.factories.people import let_in
from tests.factories.pictures import jpeg, scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair():
    index.held = Index()
    case = make_case()
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg", description="Post of the account")
    make_exhibit(case, jpeg(scene(1), quality=40), name="b.jpg", description="<b>Copy</b>")
    run()
    (row,) = rows(Likeness)
    return case, row


def address(case):
    return reverse("evidence:likenesses", args=[case.reference])


def decide(browser, case, row, decision):
    where = reverse("evidence:decide_likeness", args=[case.reference, row.pk])
    return press(browser, where, decision=decision)


def test_both_sides_are_told_in_facts_and_no_picture_is_on_the_page(pair):
    case, _row = pair
    page = signed_in(case.owner).get(address(case)).content.decode()
    assert "AK/002 looks like AK/001" in page
    assert "of 256" in page
    assert "Post of the account" in page
    assert "&lt;b&gt;Copy&lt;/b&gt;" in page
    assert "It never says that they are the same" in page
    assert "<img" not in page
    assert reverse("evidence:look", args=[case.reference, rows(Exhibit)[0].pk])[:20] in page


def test_a_word_is_kept_ends_the_task_and_can_be_taken_back(pair):
    case, row = pair
    browser = signed_in(case.owner)
    assert decide(browser, case, row, "same").status_code == 302
    (kept,) = rows(Likeness)
    assert (kept.decision, kept.decided_by_id) == (LikenessDecision.SAME, case.owner_id)
    assert [task.state for task in rows(CaseTask, kind="likeness")] == [TaskState.DONE]
    page = browser.get(address(case)).content.decode()
    assert "No possible copies" in page
    assert "Undo" in page
    decide(browser, case, row, "undo")
    (again,) = rows(Likeness)
    assert (again.decision, again.decided_by_id, again.decided_at) == ("", None, None)
    kinds = [event.kind for event in rows(Event, case=case, kind__contains="likeness_")]
    assert sorted(kinds) == ["evidence.likeness_decided", "evidence.likeness_found", "evidence.likeness_undone"]


@pytest.mark.parametrize("wrong", ["", "maybe", "SAME"])
def test_only_the_words_that_are_offered_count(pair, wrong):
    case, row = pair
    decide(signed_in(case.owner), case, row, wrong)
    assert rows(Likeness)[0].decision == ""


def test_what_was_decided_is_not_decided_over(pair):
    case, row = pair
    browser = signed_in(case.owner)
    decide(browser, case, row, "same")
    decide(browser, case, row, "not_same")
    assert rows(Likeness)[0].decision == "same"


def test_a_trainee_and_a_stranger_do_not_reach_it(pair):
    case, row = pair
    trainee, stranger = make_staff(roles=[Role.TRAINEE]), make_staff()
    let_in(case, trainee)
    for user in (trainee, stranger):
        browser = signed_in(user)
        assert browser.get(address(case)).status_code == 404
        assert decide(browser, case, row, "same").status_code == 404
    assert rows(Likeness)[0].decision == ""


def test_under_the_age_lock_the_page_is_shut_and_nothing_is_decided(pair):
    from cases.actions import case as case_actions

    case, row = pair
    by = Actor.user(case.owner)
    with acting_as(by):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=by, at=NOON)
    browser = signed_in(case.owner)
    assert browser.get(address(case)).status_code == 302
    decide(browser, case, row, "same")
    assert rows(Likeness)[0].decision == ""


def test_a_mark_of_elsewhere_is_not_for_the_caseworker_to_decide(pair):
    case, row = pair
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        mark = Likeness(case=case, exhibit_id=row.exhibit_id, basis="near", found_at=NOON)
        mark.save(force_insert=True)
    by = Actor.user(case.owner)
    with acting_as(by), pytest.raises(IllegalMove, match="supervisor"):
        actions.decide(likeness_id=mark.pk, decision=LikenessDecision.SAME, by=by, at=NOON)
    page = signed_in(case.owner).get(address(case)).content.decode()
    assert "Seen before: ask your supervisor" in page


def test_the_exhibits_page_and_the_evidence_page_tell_it(pair):
    case, row = pair
    browser = signed_in(case.owner)
    page = browser.get(reverse("evidence:exhibit", args=[case.reference, row.exhibit_id])).content.decode()
    assert "Looks like AK/001" in page
    assert "1 pair looks alike" in browser.get(reverse("evidence:exhibits", args=[case.reference])).content.decode()
    decide(browser, case, row, "not_same")
    page = browser.get(reverse("evidence:exhibit", args=[case.reference, row.other_id])).content.decode()
    assert "Does not show the same as AK/002, they said" in page


def test_closing_names_what_nobody_decided_and_reopening_asks_again(pair):
    case, row = pair
    by = Actor.user(case.owner)
    with acting_as(by):
        lines = {line.label: line for line in unfinished(case, by, at=NOON)}
        assert lines["Possible copies that nobody decided"].count == 1
        assert lines["Possible copies that nobody decided"].url == address(case)
        closing.close(
            case_id=case.pk, outcome=Outcome.DOWN, proceedings=Proceedings.NO, wish=Afterwards.KEEP, held=None,
            by=by, at=NOON,
        )  # fmt: skip
        assert not CaseTask.objects.open().filter(case=case, kind="likeness").exists()
        closing.reopen(case_id=case.pk, why="It came back", by=by, at=NOON)
        assert CaseTask.objects.open().get(case=case, kind="likeness").due_at == NOON + actions.DECIDE_WITHIN
        actions.decide(likeness_id=row.pk, decision=LikenessDecision.SAME, by=by, at=NOON)
        assert "Possible copies that nobody decided" not in {line.label for line in unfinished(case, by, at=NOON)}
