"""Clocks of notices: met when every link is down, missed when time runs out, stopped for a locked case."""

from datetime import timedelta

import pytest

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, Event
from cases.states import TaskState
from takedowns import tasks
from takedowns.actions import notice_clock, notice_sent
from takedowns.events import TakedownEvent
from takedowns.models import ClockState, Notice, NoticeClock, ReportedUrl
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.cases import make_case
from tests.factories.takedowns import make_links, make_notice

pytestmark = pytest.mark.django_db
TWO_LINKS = "http://vidnest.localhost:8100/v/one\nhttp://vidnest.localhost:8100/v/two"


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def sent() -> tuple[Case, Notice, list[ReportedUrl]]:
    case = make_case()
    urls = make_links(case, TWO_LINKS)
    notice = make_notice(case, urls)
    with acting_as(owner(case)):
        notice_sent.sent_by_form(
            notice_id=notice.pk, version=1, ticket="", reason="", sent_at=NOON, by=owner(case), at=NOON
        )
    return case, notice, urls


def take_down(case: Case, url: ReportedUrl) -> None:
    with acting_as(owner(case)):
        ReportedUrl.objects.filter(pk=url.pk).update(state=LinkState.DOWN, down_at=NOON)
        notice_clock.settle(url_id=url.pk, by=owner(case), at=NOON + timedelta(hours=5))


def test_a_clock_is_met_when_the_last_of_its_links_is_down():
    case, _notice, (first, second) = sent()
    take_down(case, first)
    with acting_as(owner(case)):
        assert NoticeClock.objects.get().state == ClockState.RUNNING
    take_down(case, second)
    with acting_as(owner(case)):
        clock = NoticeClock.objects.get()
        assert (clock.state, clock.ended_at) == (ClockState.MET, NOON + timedelta(hours=5))
        assert CaseTask.objects.get(kind="notice_answer").state == TaskState.DROPPED
        assert Event.objects.get(kind=TakedownEvent.CLOCK_MET).body["seconds"] == 5 * 3600


def test_a_link_that_was_taken_off_the_list_does_not_hold_a_clock_open():
    case, _notice, (first, second) = sent()
    with acting_as(owner(case)):
        ReportedUrl.objects.filter(pk=first.pk).update(state=LinkState.DROPPED)
    take_down(case, second)
    with acting_as(owner(case)):
        assert NoticeClock.objects.get().state == ClockState.MET


def test_a_clock_that_runs_out_is_late_on_today_from_the_start():
    case, notice, _urls = sent()
    with acting_as(owner(case)):
        clock = NoticeClock.objects.get()
        assert notice_clock.miss(clock_id=clock.pk, by=owner(case), at=clock.due_at)
        clock.refresh_from_db()
        assert clock.state == ClockState.MISSED
        (task,) = CaseTask.objects.late(at=clock.due_at)
        assert (task.kind, task.subject_id, task.facts["count"]) == ("notice_escalate", notice.pk, 2)


def test_a_clock_is_not_missed_before_its_time_nor_twice():
    case, _notice, _urls = sent()
    with acting_as(owner(case)):
        clock = NoticeClock.objects.get()
        early = clock.due_at - timedelta(seconds=1)
        assert not notice_clock.miss(clock_id=clock.pk, by=owner(case), at=early)
        assert notice_clock.miss(clock_id=clock.pk, by=owner(case), at=clock.due_at)
        assert not notice_clock.miss(clock_id=clock.pk, by=owner(case), at=clock.due_at)
        assert CaseTask.objects.filter(kind="notice_escalate").count() == 1


def test_the_clock_of_a_locked_case_is_stopped_without_a_word():
    case, _notice, _urls = sent()
    with acting_as(owner(case)):
        Case.objects.update(age_answer="under_18")
        clock = NoticeClock.objects.get()
        assert not notice_clock.miss(clock_id=clock.pk, by=owner(case), at=clock.due_at)
        clock.refresh_from_db()
        assert clock.state == ClockState.STOPPED
        assert not CaseTask.objects.open().filter(kind__startswith="notice").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("as_worker")
def test_the_sweep_finds_every_clock_that_has_passed():
    case, _notice, _urls = sent()
    with acting_as(Actor.system("test")):
        NoticeClock.objects.update(due_at=NOON - timedelta(hours=1))
    assert tasks.sweep_clocks() == 1
    assert tasks.sweep_clocks() == 0
    with acting_as(owner(case)):
        assert CaseTask.objects.open().get().kind == "notice_escalate"
