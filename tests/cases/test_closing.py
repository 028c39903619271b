"""Closing a case: what is unfinished is shown first, courts are thought of, and nothing runs afterwards."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case_task, closing
from cases.actions.closing import Held
from cases.actor import Actor
from cases.closing import unfinished
from cases.models import Case, CaseTask, Closing, Hold, Membership, MembershipRole, Outcome, Proceedings
from cases.permissions import Role
from cases.retention import Afterwards
from cases.states import CaseState, IllegalMove, TaskState
from evidence.actions import exhibit as exhibit_actions
from evidence.models import Share
from takedowns.actions import reported_url
from takedowns.models import ReportedUrl
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.portal import come_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case()


def close(case, *, proceedings=Proceedings.NO, wish=Afterwards.KEEP, held=None, by=None, at=NOON):
    actor = by or Actor.user(case.owner)
    with acting_as(actor):
        return closing.close(
            case_id=case.pk,
            outcome=Outcome.DOWN,
            proceedings=proceedings,
            wish=wish,
            held=held,
            by=actor,
            at=at,
        )


def test_a_closed_case_says_how_it_ended_and_takes_nothing_more(case):
    close(case)
    with acting_as(Actor.user(case.owner)):
        row = Closing.objects.get(case=case)
        assert (row.outcome, row.wish) == (Outcome.DOWN, Afterwards.KEEP)
        fresh = Case.objects.get(pk=case.pk)
        assert (fresh.state, fresh.closed_at) == (CaseState.CLOSED, NOON)
        with pytest.raises(IllegalMove, match="closed"):
            exhibit_actions.check_open(fresh)
        with pytest.raises(IllegalMove, match="closed"):
            reported_url.refuse_unless_material(fresh)


def test_where_there_may_be_proceedings_everything_is_held(case):
    with pytest.raises(IllegalMove, match="until when"):
        close(case, proceedings=Proceedings.YES)
    close(case, proceedings=Proceedings.YES, held=Held(date(2030, 1, 31), "The client's lawyer named it"))
    with acting_as(Actor.user(case.owner)):
        hold = Hold.objects.get(case=case)
        assert (hold.until, hold.is_for_proceedings) == (date(2030, 1, 31), True)
        assert hold.basis == "The client's lawyer named it"
        review = CaseTask.objects.open().get(case=case, kind="hold_review")
        assert review.due_at.date() <= (NOON + timedelta(days=90)).date()


def test_closing_ends_tasks_and_looks_and_lets_helpers_go(case):
    helper = make_staff(name="Helper")
    actor = Actor.user(case.owner)
    with acting_as(actor):
        Membership.objects.create(case=case, user=helper, role=MembershipRole.HELPER, since=NOON)
        case_task.create(case=case, kind="first_contact", due_at=NOON, path="/", dedupe_key="x", by=actor, at=NOON)
        assert [line.count for line in unfinished(case, actor, at=NOON)] == [1]
    close(case)
    with acting_as(actor):
        assert not CaseTask.objects.open().filter(case=case, kind="first_contact").exists()
        assert CaseTask.objects.get(dedupe_key="x").state == TaskState.DROPPED
        assert not ReportedUrl.objects.filter(case=case, next_check_at__isnull=False).exists()
        assert not Share.objects.standing(at=NOON).filter(case=case).exists()
    with acting_as(Actor.user(helper)):
        assert not Case.objects.visible_to(Actor.user(helper)).filter(pk=case.pk).exists()


@pytest.mark.parametrize(("wish", "kind"), [(Afterwards.COPY, "give_copy"), (Afterwards.DELETE, "erasure_wished")])
def test_what_the_client_wants_becomes_a_task(case, wish, kind):
    close(case, wish=wish)
    with acting_as(Actor.user(case.owner)):
        assert CaseTask.objects.open().filter(case=case, kind=kind).count() == 1


def test_a_case_opened_again_goes_on_and_its_rules_start_anew(case):
    close(case, wish=Afterwards.DELETE)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        closing.reopen(case_id=case.pk, why="A link came back", by=actor, at=NOON + timedelta(days=3))
        fresh = Case.objects.get(pk=case.pk)
        assert (fresh.state, fresh.closed_at) == (CaseState.ACTIVE, None)
        assert not Closing.objects.standing().filter(case=case).exists()
        assert not CaseTask.objects.open().filter(case=case, kind="erasure_wished").exists()
    close(case)
    with acting_as(actor):
        assert Closing.objects.filter(case=case).count() == 2


def test_the_page_lists_what_is_unfinished_and_asks_about_courts(case):
    browser = signed_in(case.owner)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_task.create(case=case, kind="first_contact", due_at=NOON, path="/", dedupe_key="x", by=actor, at=NOON)
    address = f"/cases/{case.reference}/close"
    assert b"Open tasks" in browser.get(address).content
    answer = press(browser, address, outcome="down", proceedings="yes", wish="keep")
    assert answer.status_code == 422
    assert b"Choose until when" in answer.content
    assert b"Look at what is unfinished" in answer.content
    done = press(
        browser, address, outcome="down", proceedings="yes", held="typed", until="2031-05-01", wish="keep", seen="on"
    )
    assert done.status_code == 302
    with acting_as(actor):
        assert Hold.objects.get(case=case).until == date(2031, 5, 1)


def test_the_limitation_on_file_is_offered_with_its_source(case):
    with acting_as(Actor.user(case.owner)):
        Case.objects.filter(pk=case.pk).update(country="US")
    page = signed_in(case.owner).get(f"/cases/{case.reference}/close").content
    assert b"New York Civil Rights Law 52-b" in page
    with acting_as(Actor.user(case.owner)):
        Case.objects.filter(pk=case.pk).update(country="DE")
    page = signed_in(case.owner).get(f"/cases/{case.reference}/close").content
    assert b"No period is on file" in page


def test_a_call_taker_cannot_close(case):
    taker = make_staff(roles=[Role.CALL_TAKER])
    with acting_as(Actor.user(case.owner)):
        Membership.objects.create(case=case, user=taker, role=MembershipRole.HELPER, since=NOON)
    assert signed_in(taker).get(f"/cases/{case.reference}/close").status_code == 404


def test_pages_of_a_closed_case_offer_nothing_to_add(case):
    browser = signed_in(case.owner)
    assert b"Add links" in browser.get(f"/cases/{case.reference}/").content
    close(case)
    for path in ("", "links", "evidence"):
        page = browser.get(f"/cases/{case.reference}/{path}").content
        assert b"/links/add" not in page
        assert b'name="chosen"' not in page


def test_a_client_who_adds_a_link_to_a_closed_case_is_told_to_write():
    seen = come_in(upto="sent")
    close(seen.case, at=timezone.now())
    answer = seen.browser.press("/e", links="https://vidnest.example/u/9", sites="")
    assert answer.status_code == 422
    assert "Write us a message" in answer.content.decode()
    with acting_as(Actor.user(seen.case.owner)):
        assert not ReportedUrl.objects.filter(case=seen.case).exists()


def test_a_case_is_only_watched_and_then_worked_on_again_in_the_browser(case):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        Case.objects.filter(pk=case.pk).update(state=CaseState.ACTIVE)
    browser = signed_in(case.owner)
    assert press(browser, f"/cases/{case.reference}/watch").status_code == 302
    assert b"Work on it again" in browser.get(f"/cases/{case.reference}/keeping").content
    assert press(browser, f"/cases/{case.reference}/reopen", why="").status_code == 422
    assert press(browser, f"/cases/{case.reference}/reopen", why="A copy came up").status_code == 302
    with acting_as(actor):
        assert Case.objects.get(pk=case.pk).state == CaseState.ACTIVE
    assert press(browser, f"/cases/{case.reference}/reopen", why="again").status_code == 302
    assert b"A copy came up" in browser.get(f"/cases/{case.reference}/timeline").content


def test_what_somebody_waits_for_outlives_the_closing(case):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        for kind in ("client_message", "first_contact"):
            case_task.create(case=case, kind=kind, due_at=NOON, path="/", dedupe_key=kind, by=actor, at=NOON)
        assert [line.count for line in unfinished(case, actor, at=NOON)] == [1, 1]
    close(case)
    with acting_as(actor):
        assert list(CaseTask.objects.open().filter(case=case).values_list("kind", flat=True)) == ["client_message"]
