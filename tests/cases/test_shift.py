"""The roster: on-call access while it lasts, and what a call-taker opened or left behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from cases import roster
from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import case_task, contact, shift
from cases.actor import Actor
from cases.models import Case, CaseTask, Contact, Event, Membership, MembershipRole, Shift, ShiftKind
from cases.permissions import Role
from cases.states import IllegalMove
from tests.conftest import logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import bar, make_team, reaches

transactional = pytest.mark.django_db(transaction=True)
plain = pytest.mark.django_db
BOTH, NEITHER = (True, True), (False, False)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def people(transactional_db):
    found = {
        "salma": make_staff(roles=[Role.SUPERVISOR], name="Salma H."),
        "amira": make_staff(name="Amira K."),
        "jonas": make_staff(name="Jonas W."),
        "tam": make_staff(roles=[Role.CALL_TAKER], name="Tam L."),
    }
    make_team("North", members=[found["amira"], found["jonas"], found["tam"]], supervisors=[found["salma"]])
    return found


def _plan(user, *, starts, ends, kind=ShiftKind.ON_CALL, by=None):
    actor = Actor.user(by or make_staff(roles=[Role.SUPERVISOR]))
    with acting_as(actor):
        return shift.plan(user=user, kind=kind, starts_at=starts, ends_at=ends, by=actor, at=timezone.now())


def _due(case, at):
    by = Actor.user(case.owner)
    with acting_as(by):
        case_task.create(case=case, kind="new_links", due_at=at, path="/", dedupe_key="x", by=by, at=timezone.now())


def _sweep(now):
    with logged_in_as("worker"):
        return roster.sweep(now=now)


@transactional
def test_on_call_reaches_what_comes_due_within_the_shift_and_nothing_else(people, now):
    late, due, later, none = (make_case(owner=people["amira"]) for _number in range(4))
    _due(late, now - timedelta(hours=2))
    _due(due, now + timedelta(hours=1))
    _due(later, now + timedelta(hours=9))
    noor = make_staff()
    make_team("South", members=[noor])
    elsewhere = make_case(owner=noor)
    _due(elsewhere, now)
    _plan(people["jonas"], starts=now - timedelta(hours=1), ends=now + timedelta(hours=4))
    assert _sweep(now) == 2
    seen = [reaches(people["jonas"], case) for case in (late, due, later, none, elsewhere)]
    assert seen == [BOTH, BOTH, NEITHER, NEITHER, NEITHER]
    with acting_as(Actor.user(people["amira"])):
        row = Membership.objects.get(case=late, user=people["jonas"])
        assert (row.role, row.until) == (MembershipRole.ON_CALL, now + timedelta(hours=4))
        said = Event.objects.filter(case=late, kind="cases.member_added").get()
        assert (said.actor_kind, said.body["reason"], said.body["name"]) == ("system", "shift", "Jonas W.")


@transactional
def test_sweeping_again_changes_nothing(people, now):
    case = make_case(owner=people["amira"])
    _due(case, now)
    _plan(people["jonas"], starts=now - timedelta(hours=1), ends=now + timedelta(hours=4))
    assert [_sweep(now), _sweep(now), _sweep(now)] == [1, 0, 0]


@transactional
def test_the_end_of_a_shift_needs_no_worker(people, now):
    case = make_case(owner=people["amira"])
    _due(case, now)
    _plan(people["jonas"], starts=now - timedelta(hours=1), ends=now + timedelta(hours=4))
    _sweep(now)
    with logged_in_as("worker"):
        Membership.objects.filter(role=MembershipRole.ON_CALL).update(until=timezone.now())
    assert reaches(people["jonas"], case) == NEITHER


@transactional
@pytest.mark.parametrize("why", ["desk", "before", "after", "cancelled", "left", "barred"])
def test_who_is_not_let_in_by_the_roster(people, now, why):
    case, jonas = make_case(owner=people["amira"]), people["jonas"]
    _due(case, now)
    start = now + timedelta(hours=1) if why == "before" else now - timedelta(hours=1)
    planned = _plan(
        jonas, starts=start, ends=now + timedelta(hours=4), kind=ShiftKind.DESK if why == "desk" else ShiftKind.ON_CALL
    )
    if why == "cancelled":
        by = Actor.user(people["salma"])
        with acting_as(by):
            shift.cancel(shift_id=planned.pk, by=by, at=now)
    if why == "left":
        jonas.is_active = False
        jonas.save()
    if why == "barred":
        bar(case, jonas)
    assert _sweep(now + timedelta(hours=5) if why == "after" else now) == 0
    with logged_in_as("worker"):
        assert not Membership.objects.filter(user=jonas).exists()
        if why in ("cancelled", "left", "barred", "after", "before"):
            at = now + timedelta(hours=5) if why == "after" else now
            with acting_as(roster.ACTOR):
                assert not shift.let_in(shift_id=planned.pk, case_id=case.pk, by=roster.ACTOR, at=at)


@transactional
def test_a_shift_taken_off_the_roster_ends_what_it_opened(people, now):
    case = make_case(owner=people["amira"])
    _due(case, now)
    planned = _plan(people["jonas"], starts=now - timedelta(hours=1), ends=now + timedelta(hours=4))
    _sweep(now)
    by = Actor.user(people["salma"])
    with acting_as(by):
        shift.cancel(shift_id=planned.pk, by=by, at=timezone.now())
    assert _sweep(timezone.now()) == 1
    assert reaches(people["jonas"], case) == NEITHER
    with acting_as(by):
        assert Event.objects.filter(case=case, kind="cases.member_removed").exists()


@transactional
def test_a_supervisor_on_call_is_not_written_into_cases_they_answer_for(people, now):
    case = make_case(owner=people["amira"])
    _due(case, now)
    _plan(people["salma"], starts=now - timedelta(hours=1), ends=now + timedelta(hours=4))
    assert _sweep(now) == 0


@transactional
def test_shifts_of_one_person_do_not_overlap_and_last_a_day_at_most(people, now):
    jonas = people["jonas"]
    _plan(jonas, starts=now, ends=now + timedelta(hours=8))
    for starts, ends in ((4, 9), (1, 2), (10, 40), (9, 9), (-9, -1)):
        with pytest.raises(IllegalMove):
            _plan(jonas, starts=now + timedelta(hours=starts), ends=now + timedelta(hours=ends))
    with pytest.raises(IntegrityError):
        Shift.objects.create(user=jonas, starts_at=now, ends_at=now)


@transactional
def test_a_call_takers_case_belongs_to_who_is_on_duty_and_stays_theirs_to_the_end_of_the_shift(people, now):
    tam, ends = people["tam"], now + timedelta(hours=3)
    _plan(tam, starts=now - timedelta(hours=1), ends=ends, kind=ShiftKind.DESK)
    by = Actor.user(tam)
    with acting_as(by):
        case = case_actions.open_case(by=by, at=now, owner=tam)
    assert case.owner == people["salma"]
    assert case.team.name == "North"
    assert (reaches(tam, case), reaches(people["salma"], case)) == (BOTH, BOTH)
    with acting_as(by):
        row = Membership.objects.get(case=case, user=tam)
        assert (row.role, row.until) == (MembershipRole.DESK, ends)


@transactional
def test_whoever_is_on_a_shift_gets_a_call_takers_case_before_the_supervisor(people, now):
    _plan(people["jonas"], starts=now - timedelta(hours=1), ends=now + timedelta(hours=3), kind=ShiftKind.DESK)
    by = Actor.user(people["tam"])
    with acting_as(by):
        assert case_actions.open_case(by=by, at=now, owner=people["tam"]).owner == people["jonas"]


@transactional
def test_without_a_shift_a_call_taker_keeps_the_case_for_twelve_hours(people, now):
    by = Actor.user(people["tam"])
    with acting_as(by):
        case = case_actions.open_case(by=by, at=now, owner=people["tam"])
        assert Membership.objects.get(case=case, user=people["tam"]).until == now + timedelta(hours=12)


@transactional
def test_a_trainee_goes_on_as_helper_in_the_case_they_opened(people, now):
    tess = make_staff(roles=[Role.TRAINEE])
    by = Actor.user(tess)
    with acting_as(by):
        case = case_actions.open_case(by=by, at=now, owner=tess)
        row = Membership.objects.get(case=case, user=tess)
    assert (row.role, row.until, case.owner.roles) == (MembershipRole.HELPER, None, [Role.SUPERVISOR])


@plain
def test_a_case_is_refused_rather_than_opened_for_nobody():
    tam = make_staff(roles=[Role.CALL_TAKER])
    by = Actor.user(tam)
    with pytest.raises(IllegalMove, match="Nobody here can own"), acting_as(by):
        case_actions.open_case(by=by, at=timezone.now(), owner=tam)
    with acting_as(by):
        assert not Case.objects.exists()


@transactional
@pytest.mark.parametrize(
    ("hours", "has_shift", "moves"), [(11, False, False), (13, False, True), (1, True, True), (3, True, False)]
)
def test_a_contact_left_behind_goes_to_who_is_on_duty(people, now, hours, has_shift, moves):
    tam = people["tam"]
    with acting_as(Actor.user(tam)):
        row = contact.start(taken_by=tam, alias="Heron", at=now - timedelta(hours=hours if not has_shift else 2))
    if has_shift:
        with logged_in_as("worker"):
            Shift.objects.create(
                user=tam,
                kind=ShiftKind.DESK,
                starts_at=now - timedelta(hours=4),
                ends_at=now + timedelta(hours=hours - 2),
            )
    assert _sweep(now) == int(moves)
    with logged_in_as("worker"):
        assert Contact.objects.get(pk=row.pk).taken_by == (people["salma"] if moves else tam)
    if moves:
        assert signed_in(tam).get(reverse("cases:contact", args=[row.pk])).status_code == 404
        assert signed_in(people["salma"]).get(reverse("cases:contact", args=[row.pk])).status_code == 200


@transactional
def test_a_caseworkers_open_contact_stays_theirs(people, now):
    with acting_as(Actor.user(people["amira"])):
        contact.start(taken_by=people["amira"], alias="Heron", at=now - timedelta(days=3))
    assert _sweep(now) == 0


@plain
def test_everybody_reads_the_roster_and_only_supervisors_change_it():
    salma, tam = make_staff(roles=[Role.SUPERVISOR]), make_staff(roles=[Role.CALL_TAKER], name="Tam L.")
    tomorrow = timezone.localdate() + timedelta(days=1)
    sent = {"person": str(tam.pk), "kind": "desk", "day": tomorrow.isoformat(), "starts": "20:00", "ends": "04:00"}
    assert press(signed_in(tam), reverse("cases:shift_plan"), **sent).status_code == 404
    assert press(signed_in(salma), reverse("cases:shift_plan"), **sent).status_code == 302
    planned = Shift.objects.get()
    assert planned.ends_at - planned.starts_at == timedelta(hours=8)
    page = signed_in(tam).get(reverse("cases:roster")).content.decode()
    assert "Tam L." in page
    assert "Take off" not in page
    assert press(signed_in(tam), reverse("cases:shift_cancel", args=[planned.pk])).status_code == 404
    assert press(signed_in(salma), reverse("cases:shift_cancel", args=[planned.pk])).status_code == 302
    assert "Nobody is on the roster yet." in signed_in(tam).get(reverse("cases:roster")).content.decode()
    assert signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get(reverse("cases:roster")).status_code == 404


@plain
def test_a_wrong_shift_comes_back_with_what_was_typed():
    salma = make_staff(roles=[Role.SUPERVISOR])
    response = press(signed_in(salma), reverse("cases:shift_plan"), person="", kind="desk", day="x", starts="20:00")
    assert response.status_code == 422
    assert "Choose who." in response.content.decode()
    assert CaseTask.objects.count() == 0
