"""Somebody leaves: one press ends their access, and the worker hands over everything they held, all or nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases import duty, outbox
from cases.access import acting_as
from cases.actions import case_task, contact, handover
from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.models import Case, CaseTask, Contact, Door, Effect, Event, Membership, Session, Shift, User
from cases.permissions import Role
from cases.staff_effects import hand_over
from cases.states import IllegalMove
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import bar, let_in, make_team, reaches

BOTH, NEITHER = (True, True), (False, False)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people():
    found = {
        "ines": make_staff(roles=[Role.ADMINISTRATOR], name="Ines D."),
        "salma": make_staff(roles=[Role.SUPERVISOR], name="Salma H."),
        "amira": make_staff(name="Amira Kovač"),
        "jonas": make_staff(name="Jonas W."),
    }
    make_team("North", members=[found["amira"], found["jonas"]], supervisors=[found["salma"]])
    return found


def _leave(people, who="amira", to="jonas"):
    by = Actor.user(people["ines"])
    with acting_as(by):
        return staff_actions.leave(user_id=people[who].pk, hand_to=people[to].pk, by=by, at=timezone.now())


def _worker():
    """Do what the outbox holds, as the worker."""
    with logged_in_as("worker"):
        for effect in Effect.objects.filter(kind=staff_actions.HAND_OVER):
            claimed = outbox.claim(effect.pk, at=timezone.now())
            if claimed is not None:
                hand_over(claimed, effect)
        return list(Effect.objects.filter(kind=staff_actions.HAND_OVER).values_list("state", flat=True))


def test_one_press_ends_access_sessions_invitations_and_coming_shifts(people):
    amira, now = people["amira"], timezone.now()
    browser = signed_in(amira)
    Shift.objects.create(user=amira, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=8))
    address = reverse("cases:person_leave", args=[amira.pk])
    response = press(signed_in(people["ines"]), address, hand_to=str(people["jonas"].pk))
    assert response.url == reverse("cases:people")
    assert not User.objects.get(pk=amira.pk).is_active
    assert not Session.objects.filter(user=amira).exists()
    assert browser.get(reverse("cases:today")).status_code == 302
    assert not Shift.objects.planned().exists()
    assert not Door.objects.filter(user_id=amira.pk, revoked_at=None).exists()


def test_cases_tasks_and_contacts_go_to_the_colleague_with_one_event_each_case(people):
    amira, jonas = people["amira"], people["jonas"]
    cases = [make_case(owner=amira) for _number in range(3)]
    foreign = make_case()
    let_in(foreign, amira)
    by = Actor.user(amira)
    with acting_as(by):
        case_task.create(case=cases[0], kind="new_links", due_at=NOON, path="/", dedupe_key="x", by=by, at=NOON)
        taken = contact.start(taken_by=amira, alias="Heron", at=NOON)
    let_in(cases[1], jonas)
    _leave(people)
    assert _worker() == ["done"]
    for case in cases:
        assert (reaches(amira, case), reaches(jonas, case)) == (NEITHER, BOTH)
    with acting_as(Actor.user(jonas)):
        assert {case.owner for case in Case.objects.all()} == {jonas}
        assert CaseTask.objects.get().assigned_to == jonas
        assert Contact.objects.get(pk=taken.pk).taken_by == jonas
        assert Membership.objects.current().filter(user=jonas, role="owner").count() == 3
        assert Event.objects.filter(kind="cases.case_handed_over").count() == 3
    with acting_as(Actor.user(foreign.owner)):
        assert not Membership.objects.current().filter(user=amira).exists()
    with acting_as(Actor.user(people["ines"])):
        body = Event.objects.get(kind="cases.work_handed_over").body
        assert (body["cases"], body["contacts"], body["memberships"]) == (3, 1, 1)
        assert duty.workload(amira.pk).is_empty


def test_handing_over_again_finds_nothing(people):
    make_case(owner=people["amira"])
    _leave(people)
    _worker()
    with logged_in_as("worker"), acting_as(Actor.system("test")) as by:
        again = handover.hand_over_everything(
            user_id=people["amira"].pk, to_id=people["jonas"].pk, by=by, at=timezone.now()
        )
    assert again == 0


def test_a_case_from_which_the_colleague_is_barred_goes_to_who_is_on_duty(people):
    case = make_case(owner=people["amira"])
    bar(case, people["jonas"])
    _leave(people)
    _worker()
    with acting_as(Actor.user(people["salma"])):
        assert Case.objects.get(pk=case.pk).owner == people["salma"]
    assert reaches(people["jonas"], case) == NEITHER


def test_when_one_part_fails_nothing_changes_hands_and_health_says_so(people):
    case = make_case(owner=people["amira"])
    _leave(people)
    User.objects.filter(pk=people["jonas"].pk).update(is_active=False)
    assert _worker() == ["failed"]
    with logged_in_as("worker"):
        assert Case.objects.get(pk=case.pk).owner == people["amira"]


def test_a_person_who_still_signs_in_is_not_handed_over(people):
    with logged_in_as("worker"), pytest.raises(IllegalMove, match="still sign in"), acting_as(Actor.system("t")) as by:
        handover.hand_over_everything(user_id=people["amira"].pk, to_id=people["jonas"].pk, by=by, at=NOON)


@pytest.mark.parametrize(
    "case", ["oneself", "to themselves", "to an administrator", "to one who left", "the last administrator"]
)
def test_leavings_that_are_refused(people, case):
    left = make_staff()
    left.is_active = False
    left.save()
    people["left"] = left
    who, to = {
        "oneself": ("ines", "jonas"),
        "to themselves": ("amira", "amira"),
        "to an administrator": ("amira", "ines"),
        "to one who left": ("amira", "left"),
        "the last administrator": ("ines", "jonas"),
    }[case]
    User.objects.filter(name="Admin").update(is_active=False)
    by = Actor.system("test") if case == "the last administrator" else Actor.user(people["ines"])
    with pytest.raises(IllegalMove), acting_as(by):
        staff_actions.leave(user_id=people[who].pk, hand_to=people[to].pk, by=by, at=timezone.now())
    assert User.objects.get(pk=people[who].pk).is_active


def test_the_page_says_beforehand_what_will_be_handed_over_and_nothing_of_the_cases(people):
    case = make_case(owner=people["amira"])
    make_case(owner=people["amira"])
    page = signed_in(people["ines"]).get(reverse("cases:person", args=[people["amira"].pk])).content.decode()
    assert "2 cases they own" in page
    assert case.reference not in page
    assert case.alias not in page


def test_who_alone_answers_for_a_team_is_followed_by_a_supervisor(people):
    case = make_case(owner=people["amira"])
    with pytest.raises(IllegalMove, match="alone answers for team North"):
        _leave(people, "salma", "jonas")
    people["noor"] = make_staff(roles=[Role.SUPERVISOR])
    make_team("South", supervisors=[people["noor"]])
    assert reaches(people["noor"], case) == NEITHER
    _leave(people, "salma", "noor")
    assert reaches(people["noor"], case) == BOTH
    with pytest.raises(IllegalMove, match="alone answers"), acting_as(Actor.user(people["ines"])) as by:
        staff_actions.change_roles(user_id=people["noor"].pk, roles=[Role.CASEWORKER], by=by, at=timezone.now())


def test_only_who_runs_the_system_or_supervises_counts_what_somebody_holds(people):
    make_case(owner=people["amira"])
    for name, count in (("ines", 1), ("salma", 1), ("jonas", 0), ("amira", 0)):
        with acting_as(Actor.user(people[name])):
            assert duty.workload(people["amira"].pk).cases == count


def test_leaving_asks_who_is_there(people):
    address = reverse("cases:person_leave", args=[people["amira"].pk])
    press(signed_in(people["ines"], fresh=False), address, hand_to=str(people["jonas"].pk))
    assert User.objects.get(pk=people["amira"].pk).is_active


def test_nobody_who_left_is_given_a_case_a_shift_or_a_membership(people):
    case = make_case(owner=people["salma"])
    _leave(people)
    _worker()
    page = signed_in(people["salma"]).get(reverse("cases:case_people", args=[case.reference])).content.decode()
    assert "Jonas W." in page
    assert "Amira Kovač" not in page
    assert "Amira Kovač" not in signed_in(people["salma"]).get(reverse("cases:roster")).content.decode()


def test_five_thousand_cases_are_handed_over_in_one_go(people):
    """Cases share one key row shape, so they are laid by SQL; the handing over itself is the real one."""
    from cases.keys import make_case_key

    amira, jonas = people["amira"], people["jonas"]
    with logged_in_as("worker"), connection.cursor() as cursor:
        cursor.execute(
            """insert into cases_case (id, sealed, reference, alias, state, age_answer, age_said_by, routed_to, country,
                 language, source, is_demo, owner_id, opened_at, version, portal_use)
               select gen_random_uuid(), '', 'X-' || n, 'Heron', 'active', 'not_asked', '', '', '', 'en', 'phone',
                 false, %s, now(), 1, 'whole' from generate_series(1, 5000) n returning id""",
            [amira.pk],
        )
        numbers = [number for (number,) in cursor.fetchall()]
        cursor.execute(
            """insert into cases_membership (id, sealed, case_id, user_id, role, reason, since)
               select gen_random_uuid(), '', id, owner_id, 'owner', 'opened', now() from cases_case"""
        )
        with acting_as(Actor.system("test")):
            for number in numbers:
                make_case_key(number)
    _leave(people)
    assert _worker() == ["done"]
    with logged_in_as("worker"):
        assert Case.objects.filter(owner=jonas).count() == 5000
        assert Event.objects.filter(kind="cases.case_handed_over").count() == 5000
        assert Membership.objects.current().filter(user=jonas, role="owner").count() == 5000
        assert not Membership.objects.current().filter(user=amira).exists()
