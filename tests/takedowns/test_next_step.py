"""The next step beside a link and a notice, and the composer that it opens; clocks that are paused by a person."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.clocks import ClockEvent, Happened
from cases.models import CaseTask, Event
from cases.states import IllegalMove
from takedowns import track_record
from takedowns.actions import notice_clock, notice_sent
from takedowns.events import TakedownEvent
from takedowns.ladder import Rung
from takedowns.models import ClockState, Notice, NoticeClock, ReportedUrl
from takedowns.states import LinkState, NoticeState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import make_links, make_notice

pytestmark = pytest.mark.django_db
WHY = "They ask who we are"


def asked():
    """Return a case whose one link was asked for by the site's form at NOON, with its notice."""
    case = make_case()
    notice = make_notice(case, make_links(case, "http://vidnest.localhost:8100/v/one"))
    with acting_as(Actor.user(case.owner)) as by:
        notice_sent.sent_by_form(notice_id=notice.pk, version=1, ticket="", reason="", sent_at=NOON, by=by, at=NOON)
    return case, notice


def change(case, kind, *, at, now=None, why=WHY):
    with acting_as(Actor.user(case.owner)) as by:
        clock = NoticeClock.objects.get(case=case)
        return notice_clock.happened(clock_id=clock.pk, event=ClockEvent(kind, at, why), by=by, at=now or at)


def answer(case, notice, said):
    with acting_as(Actor.user(case.owner)) as by:
        at = NOON + timedelta(hours=1)
        notice_sent.record_answer(notice_id=notice.pk, answer=said, note="", ticket="", by=by, at=at, answered_at=at)


def page(case, name, *args):
    return signed_in(case.owner).get(reverse(f"takedowns:{name}", args=[case.reference, *args])).content.decode()


@time_machine.travel(NOON + timedelta(hours=2), tick=False)
def test_a_refused_notice_offers_the_next_letter_and_the_composer_is_filled_in():
    case, notice = asked()
    answer(case, notice, NoticeState.REFUSED)
    text = page(case, "notice", notice.pk)
    assert "Legal notice to" in text
    start = text.index("/notices/new?")
    href = text[start : text.index('"', start)].replace("&amp;", "&")
    composer = signed_in(case.owner).get(f"/cases/{case.reference}{href}").content.decode()
    assert composer.count(' checked aria-label="Name link') == 1
    law = composer.index('value="us_take_it_down_act"')
    assert "checked" in composer[law : composer.index(">", law)]


@time_machine.travel(NOON + timedelta(hours=2), tick=False)
def test_while_they_may_answer_the_page_says_how_long_we_wait_and_the_link_says_the_same():
    case, notice = asked()
    with acting_as(Actor.user(case.owner)):
        url_id = ReportedUrl.objects.get(case=case).pk
    for text in (page(case, "notice", notice.pk), page(case, "link", url_id)):
        assert "Wait, in" in text


@time_machine.travel(NOON + timedelta(hours=2), tick=False)
def test_what_is_down_needs_no_step():
    case, notice = asked()
    with acting_as(Actor.user(case.owner)):
        ReportedUrl.objects.update(state=LinkState.DOWN, down_at=NOON)
    assert "next-step" not in page(case, "notice", notice.pk)


def test_what_worked_is_told_over_all_cases_from_ten_on_and_never_before():
    owner = make_staff(name="Amira")
    case, notice = asked()
    with acting_as(Actor.user(owner)):
        assert track_record.worked(notice.platform_id) == {}
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from recourse_worked(%s)", [notice.platform_id])
        assert cursor.fetchone() == (0,)
    for _case in range(9):
        case, notice = asked()
    with acting_as(Actor.user(case.owner)):
        ReportedUrl.objects.filter(case=case).update(state=LinkState.DOWN, down_at=NOON + timedelta(hours=1))
    with acting_as(Actor.user(owner)):
        assert not Notice.objects.visible_to(Actor.user(owner)).exists()
        found = track_record.worked(notice.platform_id)[Rung.PLATFORM]
    assert (found.cases, found.asked, found.down) == (10, 10, 1)


def test_a_paused_clock_is_not_missed_and_runs_on_for_what_was_left():
    case, _notice = asked()
    with acting_as(Actor.user(case.owner)):
        due = NoticeClock.objects.get().due_at
    paused = change(case, Happened.PAUSED, at=NOON + timedelta(hours=5))
    assert (paused.state, paused.paused_by.why) == (ClockState.PAUSED, WHY)
    with acting_as(Actor.user(case.owner)):
        assert not NoticeClock.objects.passed(at=due + timedelta(days=9)).exists()
        assert not CaseTask.objects.open().filter(kind="notice_answer").exists()
    runs = change(case, Happened.RESUMED, at=NOON + timedelta(hours=15), why="")
    assert (runs.state, runs.due_at) == (ClockState.RUNNING, due + timedelta(hours=10))
    with acting_as(Actor.user(case.owner)):
        assert CaseTask.objects.open().get(kind="notice_answer").due_at == runs.due_at
        assert Event.objects.get(kind=TakedownEvent.CLOCK_PAUSED).body["why"] == WHY


def test_what_becomes_known_late_gives_the_same_end():
    case, _notice = asked()
    now = NOON + timedelta(hours=20)
    change(case, Happened.PAUSED, at=NOON + timedelta(hours=5), now=now)
    late = change(case, Happened.RESUMED, at=NOON + timedelta(hours=15), now=now, why="")
    other, _notice = asked()
    change(other, Happened.PAUSED, at=NOON + timedelta(hours=5))
    early = change(other, Happened.RESUMED, at=NOON + timedelta(hours=15), why="")
    assert late.due_at == early.due_at


def test_a_missed_clock_can_be_started_anew_with_its_reason():
    case, notice = asked()
    with acting_as(Actor.user(case.owner)) as by:
        clock = NoticeClock.objects.get()
        notice_clock.miss(clock_id=clock.pk, by=by, at=clock.due_at)
    length = clock.due_at - NOON
    anew = NOON + timedelta(days=9)
    again = change(case, Happened.RESTARTED, at=anew, why="The complete request went out")
    assert (again.state, again.started_at, again.due_at) == (ClockState.RUNNING, anew, anew + length)
    with acting_as(Actor.user(case.owner)):
        assert not CaseTask.objects.open().filter(dedupe_key=f"escalate:{notice.pk}").exists()


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        (Happened.RESUMED, NOON + timedelta(hours=1)),
        (Happened.PAUSED, NOON - timedelta(hours=1)),
        (Happened.PAUSED, NOON + timedelta(hours=90)),
        (Happened.MET, NOON + timedelta(hours=1)),
    ],
    ids=["it runs", "before its start", "to come", "not for people to say"],
)
def test_what_means_nothing_for_a_clock_is_refused(kind, at):
    case, _notice = asked()
    with pytest.raises(IllegalMove):
        change(case, kind, at=at, now=NOON + timedelta(hours=2))


def test_an_answer_ends_the_waiting_and_its_reminders_while_the_clock_runs_on():
    case, notice = asked()
    answer(case, notice, NoticeState.UPHELD)
    with acting_as(Actor.user(case.owner)):
        assert NoticeClock.objects.get().state == ClockState.RUNNING
        assert not CaseTask.objects.to_remind(at=NOON + timedelta(days=9)).exists()


@time_machine.travel(NOON + timedelta(hours=2), tick=False)
def test_a_clock_is_paused_on_the_page_with_a_reason_and_not_without():
    case, notice = asked()
    with acting_as(Actor.user(case.owner)):
        clock = NoticeClock.objects.get()
    path = reverse("takedowns:change_clock", args=[case.reference, notice.pk])
    press(signed_in(case.owner), path, clock=str(clock.pk), do="paused", why="", since="")
    with acting_as(Actor.user(case.owner)):
        assert NoticeClock.objects.get().state == ClockState.RUNNING
    press(signed_in(case.owner), path, clock=str(clock.pk), do="paused", why=WHY, since="")
    text = page(case, "notice", notice.pk)
    assert "Stands still" in text
    assert WHY in text
    press(signed_in(case.owner), path, clock=str(clock.pk), do="resumed")
    with acting_as(Actor.user(case.owner)):
        assert NoticeClock.objects.get().state == ClockState.RUNNING


@time_machine.travel(NOON + timedelta(hours=2), tick=False)
def test_the_clock_of_another_notice_is_not_found():
    case, notice = asked()
    other, _notice = asked()
    with acting_as(Actor.user(other.owner)):
        clock = NoticeClock.objects.get(case=other)
    path = reverse("takedowns:change_clock", args=[case.reference, notice.pk])
    assert press(signed_in(case.owner), path, clock=str(clock.pk), do="paused", why=WHY).status_code == 404
