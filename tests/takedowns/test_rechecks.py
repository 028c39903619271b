"""Re-checks against the demo internet, with the real fetch child: two looks settle, nothing is lost or doubled."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, Event
from cases.states import AgeAnswer
from config.demo.client import DemoSite
from takedowns import rechecks
from takedowns.actions import reported_url, url_check
from takedowns.events import TakedownEvent
from takedowns.fetch_process import FetchProcess
from takedowns.intervals import Pace, next_look
from takedowns.models import ReportedUrl, UrlCheck
from takedowns.states import LinkState
from tests.factories.cases import make_case
from tests.factories.takedowns import make_links

pytestmark = pytest.mark.django_db(transaction=True)
GAP = timedelta(minutes=10)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("demo"), hang=1.0) as site:
        yield site


@pytest.fixture(scope="module")
def fetch(demo: DemoSite) -> Iterator[FetchProcess]:
    more = {
        "RECOURSE_FETCH_LOOPBACK": demo.fetch_allowance(),
        "RECOURSE_FETCH_HOST_GAP": "0",
        "RECOURSE_FETCH_SECONDS": "4",
    }
    with FetchProcess({**os.environ, **more}) as process:
        yield process


@pytest.fixture
def case(as_worker: None, demo: DemoSite) -> Case:
    demo.reset()
    return make_case()


def look(fetch: FetchProcess) -> int:
    """Look at what is due now, as the sweep does."""
    return rechecks.look_once(fetch=fetch, at=datetime.now(UTC), seconds=15)


def look_again_later(fetch: FetchProcess, case: Case) -> None:
    """Let the gap go by (the earlier looks move back in time) and look at every link once more."""
    with connection.cursor() as cursor:
        cursor.execute("update takedowns_urlcheck set at = at - interval '11 minutes'")
    with acting_as(rechecks.ACTOR):
        ReportedUrl.objects.filter(case=case).update(next_check_at=datetime.now(UTC))
    look(fetch)


def the_link(case: Case) -> ReportedUrl:
    with acting_as(rechecks.ACTOR):
        return ReportedUrl.objects.get(case=case)


def kinds(case: Case) -> list[str]:
    with acting_as(rechecks.ACTOR):
        return list(Event.objects.filter(case=case).order_by("seq").values_list("kind", flat=True))


def test_one_look_settles_nothing_and_two_agreeing_ones_do(case, demo, fetch):
    demo.set("vidnest", "/v/film", "not_found")
    make_links(case, demo.url("vidnest", "/v/film"))
    assert look(fetch) == 1
    url = the_link(case)
    assert (url.state, url.last_answer, url.last_reason) == (LinkState.FOUND, "gone", "http_404")
    assert TakedownEvent.LINK_DOWN not in kinds(case)
    look_again_later(fetch, case)
    url = the_link(case)
    assert url.state == LinkState.DOWN
    assert url.down_at is not None
    assert kinds(case).count(TakedownEvent.LINK_DOWN) == 1
    with acting_as(rechecks.ACTOR):
        assert UrlCheck.objects.filter(url=url).count() == 2


def test_two_looks_too_close_together_settle_nothing(case, demo, fetch):
    demo.set("vidnest", "/v/film", "not_found")
    make_links(case, demo.url("vidnest", "/v/film"))
    for _round in range(3):
        with acting_as(rechecks.ACTOR):
            ReportedUrl.objects.filter(case=case).update(next_check_at=datetime.now(UTC))
        look(fetch)
    assert the_link(case).state == LinkState.FOUND


@pytest.mark.parametrize(
    ("host", "path", "state"),
    [
        ("steady", "/v/film", LinkState.STILL_UP),
        ("pixvault", "/a/album", LinkState.CANNOT_TELL),
        ("nightgate", "/v/film", LinkState.CANNOT_TELL),
        ("geotube", "/v/film", LinkState.CANNOT_TELL),
        ("guardhost", "/f/file", LinkState.CANNOT_TELL),
        ("flaky", "/v/film", LinkState.CANNOT_TELL),
    ],
)
def test_a_wall_a_fault_or_a_block_never_counts_as_down(case, demo, fetch, host, path, state):
    make_links(case, demo.url(host, path))
    look(fetch)
    look_again_later(fetch, case)
    assert the_link(case).state == state


def test_a_removal_told_with_status_200_counts(case, demo, fetch):
    demo.set("forumx", "/t/thread", "soft_404")
    make_links(case, demo.url("forumx", "/t/thread"))
    look(fetch)
    look_again_later(fetch, case)
    assert the_link(case).state == LinkState.DOWN


def test_a_link_that_comes_back_raises_a_task(case, demo, fetch):
    demo.set("comeback", "/v/film", "not_found", "up")
    make_links(case, demo.url("comeback", "/v/film"))
    look(fetch)
    look_again_later(fetch, case)
    assert the_link(case).state == LinkState.DOWN
    demo.step()
    look_again_later(fetch, case)
    look_again_later(fetch, case)
    url = the_link(case)
    assert (url.state, url.times_back) == (LinkState.BACK, 1)
    with acting_as(rechecks.ACTOR):
        task = CaseTask.objects.open().get(case=case, kind="link_back")
        assert task.due_at - datetime.now(UTC) < url_check.BACK_WITHIN
    assert kinds(case).count(TakedownEvent.LINK_BACK) == 1


def test_a_link_that_stays_down_is_watched_and_still_looked_at(case, demo, fetch):
    demo.set("vidnest", "/v/film", "not_found")
    make_links(case, demo.url("vidnest", "/v/film"))
    for _round in range(3):
        look_again_later(fetch, case)
    url = the_link(case)
    assert url.state == LinkState.WATCHING
    assert url.next_check_at > datetime.now(UTC) + timedelta(hours=1)


def test_a_due_link_is_claimed_once(case, demo):
    make_links(case, demo.url("vidnest", "/v/film"))
    now = datetime.now(UTC)
    with acting_as(rechecks.ACTOR):
        assert len(url_check.claim(at=now, most=10).url_ids) == 1
        assert len(url_check.claim(at=now, most=10).url_ids) == 0


def test_a_dead_workers_claim_lapses_and_its_late_answer_is_dropped(case, demo, fetch):
    demo.set("vidnest", "/v/film", "not_found")
    make_links(case, demo.url("vidnest", "/v/film"))
    now = datetime.now(UTC)
    with acting_as(rechecks.ACTOR):
        ReportedUrl.objects.update(next_check_at=now - timedelta(hours=1))
        dead = url_check.claim(at=now - url_check.LEASE - timedelta(seconds=1), most=10)
    opened = rechecks._open(dead)
    seen = fetch.look_many({str(one.url_id): one.address for one in opened}, seconds=10)
    assert look(fetch) == 1
    rechecks.settle_batch(dead, opened, seen)
    with acting_as(rechecks.ACTOR):
        assert dead.url_ids == [the_link(case).pk]
        assert UrlCheck.objects.filter(case=case).count() == 1


def test_a_dead_fetch_child_loses_no_link(case, demo, fetch):
    make_links(case, demo.url("vidnest", "/v/film"))
    look(fetch)
    pid = fetch.pid
    assert pid is not None
    os.kill(pid, 9)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    look_again_later(fetch, case)
    look_again_later(fetch, case)
    assert the_link(case).last_answer == "still_up"
    assert the_link(case).check_token is None


def test_a_case_locked_for_age_is_never_fetched(case, demo, fetch):
    make_links(case, demo.url("vidnest", "/v/never"))
    with acting_as(rechecks.ACTOR):
        Case.objects.filter(pk=case.pk).update(age_answer=AgeAnswer.UNDER_18)
    assert look(fetch) == 0
    assert demo.visits("vidnest", "/v/never") == []


def test_a_lock_after_the_claim_still_keeps_the_link_from_being_fetched(case, demo, fetch):
    make_links(case, demo.url("vidnest", "/v/never"))
    with acting_as(rechecks.ACTOR):
        claimed = url_check.claim(at=datetime.now(UTC), most=10)
        Case.objects.filter(pk=case.pk).update(age_answer=AgeAnswer.NOT_SURE)
    assert rechecks._open(claimed) == []


def test_no_name_of_ours_and_no_case_is_told_to_a_site(case, demo, fetch):
    make_links(case, demo.url("vidnest", "/v/film"))
    look(fetch)
    (visit,) = demo.visits("vidnest", "/v/film")
    told = str(visit).lower()
    assert "recourse" not in told
    assert case.reference.lower() not in told
    assert not visit.get("referer")


def test_many_links_of_one_site_are_taken_in_turns(case, demo):
    make_links(case, "\n".join(demo.url("vidnest", f"/v/item-{number}") for number in range(40)))
    with acting_as(rechecks.ACTOR):
        first = url_check.claim(at=datetime.now(UTC), most=120)
        second = url_check.claim(at=datetime.now(UTC), most=120)
    assert len(first.url_ids) == len(second.url_ids) == url_check.MOST_PER_SITE
    assert not set(first.url_ids) & set(second.url_ids)


def test_a_link_taken_off_the_list_during_a_look_stays_off(case, demo, fetch):
    (url,) = make_links(case, demo.url("vidnest", "/v/film"))
    with acting_as(rechecks.ACTOR):
        claimed = url_check.claim(at=datetime.now(UTC), most=10)
    opened = rechecks._open(claimed)
    seen = fetch.look_many({str(one.url_id): one.address for one in opened}, seconds=10)
    owner = Actor.user(case.owner)
    with acting_as(owner):
        reported_url.drop(url_id=url.pk, reason="wrong link", by=owner, at=datetime.now(UTC))
    rechecks.settle_batch(claimed, opened, seen)
    kept = the_link(case)
    assert (kept.state, kept.next_check_at) == (LinkState.DROPPED, None)


PACE = Pace(gap=GAP, every=timedelta(hours=6))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def wait(**given: object) -> timedelta:
    asked = {"state": "still_up", "answer": "still_up", "reason": "page_answers", "down_at": None, "luck": 0.5, **given}
    return next_look(at=NOW, pace=PACE, **asked) - NOW


@pytest.mark.parametrize("luck", [0.0, 0.5, 1.0])
def test_a_second_look_comes_soon_but_never_before_the_gap(luck):
    assert GAP < wait(state="asked", answer="gone", luck=luck) < 2 * GAP


def test_a_link_that_is_down_is_looked_at_less_and_less_but_for_ever():
    waits = [wait(state="watching", answer="gone", down_at=NOW - timedelta(days=days)) for days in (1, 10, 1000)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(days=7)


def test_a_link_that_is_up_is_looked_at_at_the_usual_pace():
    assert wait() == PACE.every


@pytest.mark.parametrize("path", [Path("takedowns/rechecks.py"), Path("takedowns/actions/url_check.py")])
def test_the_recorder_never_opens_a_connection_to_a_site(path):
    text = path.read_text()
    assert not any(word in text for word in ("aiohttp", "urllib", "http.client", "requests", "socket"))
