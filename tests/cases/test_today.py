"""Today: late first, one primary button, and the same number of queries for one row and for twenty."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case_task
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Audience, CaseTask, Effect
from cases.permissions import Role
from cases.queue import group_of, groups, in_words
from cases.states import EffectState, TaskState
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def _task(case, *, due_in=HOUR, key="a", kind="first_contact"):
    now = timezone.now()
    actor = Actor.user(case.owner)
    due_at = now + due_in if due_in is not None else None
    with acting_as(actor):
        case_task.create(
            case=case, kind=kind, due_at=due_at, path=f"/cases/{case.reference}/", dedupe_key=key, by=actor, at=now
        )
        return CaseTask.objects.get(case=case, dedupe_key=key)


def _today(user, query=""):
    response = signed_in(user).get(reverse("cases:today") + query)
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_day_says_until_when():
    assert "Nothing due before" in _today(make_staff())


def test_late_work_stands_first_and_only_the_top_row_is_primary():
    case = make_case()
    _task(case, due_in=30 * HOUR, key="later")
    _task(case, due_in=-HOUR, key="late")
    _task(case, due_in=2 * HOUR, key="soon")
    _task(case, due_in=None, key="none")
    page = _today(case.owner)
    order = [page.index(words) for words in ("Past the limit", "Next 6 hours", "No clock")]
    assert order == sorted(order)
    queue = page.split('id="queue"')[1].split("<aside")[0]
    assert queue.count("btn--primary") == 1
    assert queue.index("btn--primary") < queue.index("Next 6 hours")
    assert "1 h late" in queue or "1 hour late" in queue
    assert case.reference in queue
    assert case.alias in queue
    assert "Answer the client for the first time" in queue


def test_mine_leaves_out_what_a_colleague_holds_and_team_shows_it():
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    theirs = make_case()
    _task(theirs)
    assert theirs.reference not in _today(supervisor)
    assert theirs.reference in _today(supervisor, "?view=team")


def test_the_team_of_a_caseworker_is_the_cases_they_may_see():
    mine, theirs = make_case(), make_case()
    _task(mine)
    _task(theirs)
    page = _today(mine.owner, "?view=team")
    assert mine.reference in page
    assert theirs.reference not in page


def test_one_row_and_twenty_rows_cost_the_same_queries():
    few, many = make_case(), make_case()
    _task(few)
    for number in range(20):
        _task(many, key=str(number), due_in=number * HOUR)
    counts = []
    for case in (few, many):
        client = signed_in(case.owner)
        client.get(reverse("cases:today"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("cases:today"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_page_holds_fifty_rows_and_the_next_goes_on_where_it_ended():
    case = make_case()
    for number in range(53):
        _task(case, key=str(number), due_in=(number + 1) * HOUR if number < 51 else None)
    client = signed_in(case.owner)
    first = client.get(reverse("cases:today"))
    older = first.context["older"]
    second = client.get(older)
    shown = [row.task.pk for page in (first, second) for group in page.context["groups"] for row in group.rows]
    assert len(shown) == len(set(shown)) == 53
    assert len([row for group in second.context["groups"] for row in group.rows]) == 3


@pytest.mark.parametrize("place", ["x", "_", "2026-11-22_x", "%00", "9999999999_1"])
def test_a_made_up_place_in_the_queue_shows_its_start(place):
    case = make_case()
    _task(case)
    assert case.reference in _today(case.owner, f"?after={place}")


def test_a_mark_ends_the_task_and_leads_back():
    case = make_case()
    task = _task(case)
    client = signed_in(case.owner)
    address = reverse("cases:task_done", args=[task.pk])
    response = press(client, address, back="/today?view=team")
    assert response.url == "/today?view=team"
    with acting_as(Actor.user(case.owner)):
        assert CaseTask.objects.get(pk=task.pk).state == TaskState.DONE
    assert press(client, address, back="//evil.example/").url == reverse("cases:today")


def test_a_colleague_without_the_case_cannot_end_its_task():
    task = _task(make_case())
    assert press(signed_in(make_staff()), reverse("cases:task_done", args=[task.pk])).status_code == 404


def test_what_could_not_be_sent_stands_above_the_queue():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        Effect.objects.create(
            case=case, kind="staff.reminder", audience=Audience.STAFF, state=EffectState.FAILED,
            due_at=timezone.now(), created_at=timezone.now(), dedupe_key="x",
        )  # fmt: skip
    page = _today(case.owner)
    assert f"{case.reference}: something could not be sent" in page
    assert "something could not be sent" not in _today(make_staff())


def test_the_page_asks_how_much_changed_and_never_reorders():
    case = make_case()
    before = timezone.now() - HOUR
    _task(case)
    client = signed_in(case.owner)
    address = reverse("cases:today_changes")
    assert client.get(address, {"since": before.isoformat()}).json()["changes"] == 1
    assert client.get(address, {"since": (timezone.now() + HOUR).isoformat()}).json()["changes"] == 0
    assert client.get(address, {"since": "yesterday"}).json()["changes"] == 0


def test_waiting_on_others_counts_their_clocks_and_ours_that_stand_in_for_theirs():
    case = make_case()
    _task(case, key="ours")
    for key, more in (("theirs", {"clock": "platform"}), ("for want of theirs", {"facts": {"waits_for": "platform"}})):
        task = _task(case, key=key)
        with acting_as(Actor.user(case.owner)):
            CaseTask.objects.filter(pk=task.pk).update(**more)
    waiting = signed_in(case.owner).get(reverse("cases:today")).context["waiting"]
    assert [one["count"] for one in waiting] == [2, 0]


def test_one_person_in_one_case_is_heard_back_once_by_their_last_step():
    mine = make_case()
    for case in (mine, make_case(owner=mine.owner)):
        client = Actor(ActorKind.CLIENT, uuid4(), "client")
        with acting_as(Actor.user(case.owner)):
            for kind in (CaseEvent.CONSENT_GIVEN, CaseEvent.CONSENT_GIVEN, CaseEvent.CASE_REPORTED):
                body = {} if kind == CaseEvent.CASE_REPORTED else {"power": "ask_sites", "basis": "portal"}
                record(kind, case=case, by=client, at=timezone.now() - HOUR, **body)
    heard = signed_in(mine.owner).get(reverse("cases:today")).context["heard"]
    assert [entry.event.kind for entry in heard] == [CaseEvent.CASE_REPORTED] * 2


def test_a_task_at_its_very_time_is_not_late():
    now = timezone.now()
    task = CaseTask(kind="first_contact", due_at=now)
    assert group_of(task, now=now, zone=timezone.get_current_timezone()) == "soon"
    late = CaseTask(kind="first_contact", due_at=now - timedelta(microseconds=1))
    assert group_of(late, now=now, zone=timezone.get_current_timezone()) == "late"


def test_a_kind_without_words_is_shown_all_the_same():
    assert in_words(CaseTask(kind="of another time")).title == "Look at this case"
    assert groups([], now=timezone.now(), zone=timezone.get_current_timezone()) == []
