"""Who looked and who was refused is in the record, once and not a hundred times, before an answer leaves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from cases import watch
from cases.access import acting_as
from cases.actions import look
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Case, Event, Membership, Refusal, User
from cases.permissions import Role
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db


def looks(case: Case) -> list[dict]:
    with acting_as(Actor.user(case.owner)):
        found = Event.objects.filter(case=case, kind=CaseEvent.PAGE_OPENED).order_by("seq")
        return [{"who": event.actor_id, **event.body} for event in found]


def refusals(person: User) -> list[dict]:
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        found = Event.objects.filter(kind=CaseEvent.REQUEST_REFUSED, actor_id=str(person.pk)).order_by("seq")
        return [event.body for event in found]


@pytest.mark.parametrize(
    "page", ["cases:case", "cases:timeline", "cases:client", "evidence:exhibits", "takedowns:links", "cases:access_log"]
)
def test_opening_a_page_of_a_case_is_an_event_with_its_right(page):
    case = make_case()
    assert signed_in(case.owner).get(reverse(page, args=[case.reference])).status_code == 200
    assert looks(case) == [{"who": str(case.owner.pk), "page": page, "right": "owner"}]


def test_a_supervisor_looks_by_the_right_of_their_team():
    case = make_case()
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    signed_in(supervisor).get(reverse("cases:case", args=[case.reference]))
    assert [(one["who"], one["right"]) for one in looks(case)] == [(str(supervisor.pk), "team")]


def test_who_may_look_for_an_hour_only_is_told_by_that_right():
    case = make_case()
    helper = make_staff()
    with acting_as(Actor.user(case.owner)):
        now = timezone.now()
        Membership.objects.create(
            case=case, user=helper, role="on_call", since=now, until=now + timedelta(hours=1), granted_by=case.owner
        )
    with acting_as(Actor.user(helper)) as actor:
        assert look.right_of(case, actor) == "on_call"


def test_many_looks_at_one_page_within_fifteen_minutes_are_one_event():
    case = make_case()
    with acting_as(Actor.user(case.owner)) as actor:

        def opened(minutes: float, page: str = "cases:case") -> bool:
            return look.note_page(case=case, page=page, by=actor, at=NOON + timedelta(minutes=minutes))

        assert [opened(0), opened(1), opened(14.9)] == [True, False, False]
        assert opened(2, "cases:timeline")
        assert opened(15)
        assert not opened(29)
    assert len(looks(case)) == 3


def test_two_people_looking_are_two_events():
    case = make_case()
    for person in (case.owner, make_staff(roles=[Role.SUPERVISOR])):
        for _time in range(3):
            signed_in(person).get(reverse("cases:case", args=[case.reference]))
    assert len(looks(case)) == 2


def test_no_page_of_a_case_leaves_without_its_event(monkeypatch):
    case = make_case()

    def broken(**_: object) -> bool:
        raise DatabaseError("the record is away")

    monkeypatch.setattr(watch.look_actions, "note_page", broken)
    with pytest.raises(DatabaseError):
        signed_in(case.owner).get(reverse("cases:case", args=[case.reference]))


def test_what_was_not_shown_is_no_look():
    case = make_case()
    browser = signed_in(case.owner)
    browser.head(reverse("cases:case", args=[case.reference]))
    browser.get("/cases/C-0/")
    press(browser, reverse("cases:note", args=[case.reference]), nature="", text="")
    assert looks(case) == []


def test_a_case_that_is_not_ones_own_is_refused_and_told():
    case = make_case()
    stranger = make_staff()
    assert signed_in(stranger).get(reverse("cases:case", args=[case.reference])).status_code == 404
    assert refusals(stranger) == [{"route": "cases:case", "wanted": case.reference, "more": 0}]
    assert looks(case) == []


def test_a_case_that_does_not_exist_is_told_alike():
    stranger = make_staff()
    signed_in(stranger).get(reverse("cases:case", args=["C-999999"]))
    assert refusals(stranger) == [{"route": "cases:case", "wanted": "C-999999", "more": 0}]


def test_a_page_without_permission_is_refused_and_told():
    person = make_staff()
    assert signed_in(person).get(reverse("cases:audit")).status_code == 404
    assert refusals(person) == [{"route": "cases:audit", "wanted": "", "more": 0}]


def test_a_refused_press_is_told_although_its_transaction_is_gone():
    case = make_case()
    stranger = make_staff()
    answer = press(signed_in(stranger), reverse("cases:note", args=[case.reference]), nature="fact", text="x")
    assert answer.status_code == 404
    assert [one["route"] for one in refusals(stranger)] == ["cases:note"]


def test_a_client_who_reaches_for_more_is_told():
    client = make_client()
    make_case(client=client)
    assert signed_in(client, door="portal").get("/b/99").status_code == 404
    assert [one["route"].partition(":")[0] for one in refusals(client)] == ["portal"]


def test_a_scan_writes_one_event_a_minute_and_says_how_many_there_were():
    case = make_case()
    stranger = make_staff()
    with acting_as(Actor.user(stranger)) as actor:

        def refused(seconds: int) -> bool:
            at = NOON + timedelta(seconds=seconds)
            return look.note_refusal(route="cases:case", wanted=case.reference, by=actor, at=at)

        assert [refused(second) for second in range(0, 59)] == [True] + [False] * 58
        assert refused(60)
    assert [one["more"] for one in refusals(stranger)] == [0, 58]


def test_what_was_only_counted_is_told_by_the_next_sweep(as_worker):
    case = make_case()
    stranger = make_staff()
    with acting_as(Actor.user(stranger)) as actor:
        for _time in range(5):
            look.note_refusal(route="cases:case", wanted=case.reference, by=actor, at=NOON)
    with acting_as(Actor.system("anchor")):
        assert look.tell_refusals(at=NOON + timedelta(seconds=30)) == 0
        assert look.tell_refusals(at=NOON + timedelta(minutes=2)) == 1
        assert look.tell_refusals(at=NOON + timedelta(minutes=4)) == 0
    assert [one["more"] for one in refusals(stranger)] == [0, 4]
    assert Refusal.objects.get().untold == 0


def test_counters_are_forgotten_after_a_day(as_worker):
    person = make_staff()
    with acting_as(Actor.user(person)) as actor:
        look.note_refusal(route="cases:case", wanted="", by=actor, at=NOON)
    with acting_as(Actor.system("anchor")):
        look.tell_refusals(at=NOON + timedelta(days=2))
    assert not Refusal.objects.exists()


def access_page(user: User, case: Case):
    return signed_in(user).get(reverse("cases:access_log", args=[case.reference]))


def test_the_access_log_says_who_looked_by_which_right_and_how_often():
    case = make_case(owner=make_staff(name="Amira K."))
    supervisor = make_staff(roles=[Role.SUPERVISOR], name="Sofia R.")
    for page in ("cases:case", "cases:timeline"):
        signed_in(supervisor).get(reverse(page, args=[case.reference]))
    page = access_page(case.owner, case)
    text = page.content.decode()
    assert "Sofia R." in text
    assert "Supervisor of the team" in text
    assert "Opened: Timeline" in text
    assert [(one["who"], one["times"]) for one in page.context["people"]] == [("Sofia R.", 2)]


def test_the_access_log_is_for_who_may_read_it():
    case = make_case()
    assert access_page(case.owner, case).status_code == 200
    assert access_page(make_staff(), case).status_code == 404
    assert access_page(make_staff(roles=[Role.ADMINISTRATOR]), case).status_code == 404
    taker = make_staff(roles=[Role.CALL_TAKER])
    own = make_case(owner=taker, at=timezone.now())
    assert access_page(taker, own).status_code == 404


def test_looks_do_not_crowd_the_timeline():
    case = make_case()
    browser = signed_in(case.owner)
    browser.get(reverse("cases:case", args=[case.reference]))
    text = browser.get(reverse("cases:timeline", args=[case.reference])).content.decode()
    assert "Opened: Overview" not in text
    assert reverse("cases:access_log", args=[case.reference]) in text
