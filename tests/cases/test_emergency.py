"""Emergency access: four hours, one reason, a supervisor told; and the same answer for what is not there or barred."""

import os
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection
from django.urls import reverse
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import case_task, emergency, membership
from cases.actions.membership import NotYours
from cases.actor import Actor
from cases.limits import Counted
from cases.models import CaseTask, Effect, Event, LimitCount, Membership, MembershipRole
from cases.permissions import Role
from cases.staff_effects import emergency_refused
from cases.states import IllegalMove
from tests.conftest import logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import bar, let_in, make_team, reaches

pytestmark = pytest.mark.django_db
BOTH, NEITHER = (True, True), (False, False)
WHY = "She is at the door and cannot wait."


@pytest.fixture
def salma():
    return make_staff(roles=[Role.SUPERVISOR], name="Salma H.")


@pytest.fixture
def case(salma):
    amira = make_staff(name="Amira K.")
    make_team("North", members=[amira], supervisors=[salma])
    return make_case(owner=amira)


@pytest.fixture
def jonas(case):
    person = make_staff(name="Jonas W.")
    make_team("South", members=[person])
    return person


def _open(user, reference):
    by = Actor.user(user)
    with acting_as(by):
        return emergency.open_case(reference=reference, reason=WHY, by=by, at=timezone.now())


def test_an_emergency_opens_one_case_for_four_hours_and_the_record_holds_why(case, jonas):
    other = make_case()
    assert _open(jonas, case.reference) == case
    assert (reaches(jonas, case), reaches(jonas, other)) == (BOTH, NEITHER)
    with acting_as(Actor.user(jonas)):
        row = Membership.objects.get(case=case, user=jonas)
        assert (row.role, row.until - row.since) == (MembershipRole.EMERGENCY, timedelta(hours=4))
        event = Event.objects.get(case=case, kind="cases.emergency_opened")
        assert event.body["why"] == WHY


def test_after_four_hours_the_door_is_shut_by_itself(case, jonas):
    _open(jonas, case.reference)
    with acting_as(Actor.user(case.owner)):
        row = Membership.objects.get(case=case, user=jonas)
        Membership.objects.filter(pk=row.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert reaches(jonas, case) == NEITHER


def test_nobody_makes_an_emergency_longer(case, jonas):
    _open(jonas, case.reference)
    for who in (jonas, case.owner):
        for change in ({"until": timezone.now() + timedelta(hours=9)}, {"until": None}, {"role": "helper"}):
            with pytest.raises((IntegrityError, ProgrammingError)), acting_as(Actor.user(who)):
                Membership.objects.filter(case=case, user=jonas).update(**change)


def test_an_emergency_is_not_written_by_hand_for_longer(case, jonas):
    now = timezone.now()
    long = {"role": MembershipRole.EMERGENCY, "since": now, "until": now + timedelta(hours=5)}
    with pytest.raises(IntegrityError, match="four hours"), acting_as(Actor.user(case.owner)):
        Membership.objects.create(case=case, user=jonas, **long)


def test_the_supervisors_of_the_case_hear_of_it_by_task_and_by_mail_without_names(case, jonas, salma):
    _open(jonas, case.reference)
    with acting_as(Actor.user(salma)):
        task = CaseTask.objects.get(kind="emergency_review")
        assert task.assigned_to == salma
        mail = Effect.objects.get(kind="staff.reminder")
        assert mail.payload["to"] == salma.email
        assert case.reference in mail.payload["subject"]
        for secret in (case.alias, jonas.name, WHY):
            assert secret not in str(mail.payload)


def test_who_reaches_the_case_anyway_changes_nothing(case, salma):
    assert _open(salma, case.reference) == case
    with acting_as(Actor.user(salma)):
        assert not Membership.objects.filter(role=MembershipRole.EMERGENCY).exists()
        assert not Event.objects.filter(kind="cases.emergency_opened").exists()


def test_a_wrong_number_and_a_barred_case_answer_alike_and_both_are_recorded(case, jonas, salma):
    bar(case, jonas)
    client = signed_in(jonas)
    pages = []
    for reference in (case.reference, "C-999999"):
        response = press(client, reverse("cases:emergency"), reference=reference, reason=WHY)
        pages.append((response.status_code, len(response.content) - len(reference)))
        assert "Nothing was opened with this number" in response.content.decode()
    assert pages[0] == pages[1]
    assert reaches(jonas, case) == NEITHER
    with acting_as(Actor.user(salma)):
        refused = [
            event.body["reference"] for event in Event.objects.filter(kind="cases.emergency_refused").order_by("seq")
        ]
    assert refused == [case.reference, "C-999999"]


@pytest.mark.django_db(transaction=True)
def test_the_supervisor_hears_that_a_barred_colleague_tried(case, jonas, salma):
    bar(case, jonas)
    _open(jonas, case.reference)
    _open(jonas, "C-999999")
    with logged_in_as("worker"):
        for effect in Effect.objects.filter(kind=emergency.REFUSED):
            claimed = outbox.claim(effect.pk, at=timezone.now())
            emergency_refused(claimed, effect)
        assert not Effect.objects.filter(kind=emergency.REFUSED).exclude(state="done").exists()
    with acting_as(Actor.user(salma)):
        task = CaseTask.objects.get(kind="emergency_barred")
        assert (task.case, task.assigned_to) == (case, salma)
        assert Event.objects.get(kind="cases.emergency_barred").body["name"] == "Jonas W."


@pytest.mark.parametrize("roles", [[Role.CALL_TAKER], [Role.TRAINEE], [Role.ADMINISTRATOR]])
def test_without_the_permission_there_is_no_page_and_no_way_past_it(case, roles):
    person = make_staff(roles=roles)
    client = signed_in(person)
    assert client.get(reverse("cases:emergency")).status_code == 404
    assert press(client, reverse("cases:emergency"), reference=case.reference, reason=WHY).status_code == 404
    with acting_as(Actor.user(person)), connection.cursor() as cursor:
        cursor.execute("select recourse_break_glass(%s)", [case.reference])
        assert cursor.fetchone() == (None,)


def test_a_person_who_left_opens_nothing(case, jonas):
    jonas.is_active = False
    jonas.save()
    with acting_as(Actor.user(jonas)), connection.cursor() as cursor:
        cursor.execute("select recourse_break_glass(%s)", [case.reference])
        assert cursor.fetchone() == (None,)


def test_every_page_of_the_case_says_until_when(case, jonas):
    client = signed_in(jonas)
    response = press(client, reverse("cases:emergency"), reference=case.reference.lower(), reason=WHY)
    assert response.url == reverse("cases:case", args=[case.reference])
    for name in ("case", "timeline", "case_people"):
        assert (
            "You are here by emergency access until"
            in client.get(reverse(f"cases:{name}", args=[case.reference])).content.decode()
        )
    assert "by emergency access until" not in signed_in(case.owner).get(response.url).content.decode()


def test_opening_by_emergency_asks_who_is_there(case, jonas):
    press(signed_in(jonas, fresh=False), reverse("cases:emergency"), reference=case.reference, reason=WHY)
    assert reaches(jonas, case) == NEITHER


def test_the_supervisor_says_what_they_found_and_the_task_ends_with_it(case, jonas, salma):
    _open(jonas, case.reference)
    client = signed_in(salma)
    page = client.get(reverse("cases:case_people", args=[case.reference])).content.decode()
    assert "Jonas W. came in by emergency access" in page
    assert WHY in page
    with acting_as(Actor.user(salma)):
        task = CaseTask.objects.get(kind="emergency_review")
    address = reverse("cases:case_review", args=[case.reference, task.pk])
    assert press(client, address, note="").status_code == 422
    assert press(client, address, note="He called her back. All well.").status_code == 302
    with acting_as(Actor.user(salma)):
        task.refresh_from_db()
        assert task.state == "done"
        assert Event.objects.get(kind="cases.emergency_reviewed").body["note"].startswith("He called")


def test_nobody_reviews_their_own_emergency(case, jonas, salma):
    _open(jonas, case.reference)
    with acting_as(Actor.user(jonas)):
        task = CaseTask.objects.get(kind="emergency_review")
        with pytest.raises(NotYours):
            emergency.review(task_id=task.pk, note="Fine.", by=Actor.user(jonas), at=timezone.now())
    with pytest.raises(IllegalMove, match="ends with a note"), acting_as(Actor.user(jonas)):
        case_task.finish(task_id=task.pk, by=Actor.user(jonas), at=timezone.now())
    press(signed_in(jonas), reverse("cases:task_done", args=[task.pk]))
    with acting_as(Actor.user(salma)):
        assert CaseTask.objects.get(pk=task.pk).state == "open"


def test_not_even_who_owns_the_case_meanwhile_reviews_their_own_emergency(case, jonas, salma):
    _open(jonas, case.reference)
    by, now = Actor.user(salma), timezone.now()
    with acting_as(by):
        task = CaseTask.objects.get(kind="emergency_review")
        membership.hand_over(case_id=case.pk, to=jonas, reason="He has it now.", by=by, at=now)
    with acting_as(Actor.user(jonas)) as own, pytest.raises(NotYours):
        emergency.review(task_id=task.pk, note="Fine.", by=own, at=now)


def test_an_emergency_is_reviewed_once(case, jonas, salma):
    _open(jonas, case.reference)
    by, now = Actor.user(salma), timezone.now()
    with acting_as(by):
        task = CaseTask.objects.get(kind="emergency_review")
        emergency.review(task_id=task.pk, note="He called her back.", by=by, at=now)
        with pytest.raises(IllegalMove, match="already"):
            emergency.review(task_id=task.pk, note="Once more.", by=by, at=now)


def test_every_try_counts_towards_the_limit_and_a_case_of_ones_own_does_not(case, jonas, salma):
    _open(jonas, case.reference)
    _open(jonas, "C-999999")
    _open(salma, case.reference)
    day = LimitCount.objects.filter(kind=Counted.EMERGENCY, window="day")
    assert dict(day.values_list("user_id", "count")) == {jonas.pk: 2}


@pytest.mark.django_db(transaction=True)
def test_a_supervisor_who_is_barred_from_a_case_is_not_told_of_their_own_try(case, salma):
    bar(case, salma)
    _open(salma, case.reference)
    with logged_in_as("worker"):
        effect = Effect.objects.get(kind=emergency.REFUSED)
        emergency_refused(outbox.claim(effect.pk, at=timezone.now()), effect)
        with acting_as(Actor.system("test")):
            assert not Effect.objects.filter(kind="staff.reminder").exists()
            assert CaseTask.objects.get(kind="emergency_barred").assigned_to_id == case.owner_id


def test_a_helper_does_not_review_for_the_supervisor(case, jonas):
    noor = make_staff()
    let_in(case, noor)
    _open(jonas, case.reference)
    with acting_as(Actor.user(noor)):
        task = CaseTask.objects.get(kind="emergency_review")
        with pytest.raises(NotYours):
            emergency.review(task_id=task.pk, note="Fine.", by=Actor.user(noor), at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_an_erased_case_is_not_opened(case, jonas):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name, autocommit=True) as cluster:
        cluster.execute("set session_replication_role = replica")  # past the guards of erasing
        cluster.execute("update cases_case set state = 'erased', closed_at = now() where id = %s", [case.pk])
    assert _open(jonas, case.reference) is None
    assert reaches(jonas, case) == NEITHER
