"""Who reaches a case: let in, end, hand over, keep out; and what a person may not do to it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case_task, membership
from cases.actions.membership import NotYours
from cases.actor import Actor
from cases.models import Bar, Case, CaseTask, Event, Membership, MembershipRole
from cases.permissions import Role
from cases.states import IllegalMove
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.people import bar, let_in, make_team, reaches

pytestmark = pytest.mark.django_db
BOTH, NEITHER = (True, True), (False, False)


def _events(case):
    with acting_as(Actor.user(case.owner)):
        return [event.kind.removeprefix("cases.") for event in Event.objects.filter(case=case).order_by("seq")]


def test_a_colleague_who_is_let_in_reaches_the_case_and_the_record_says_so():
    case, jonas = make_case(), make_staff(name="Jonas W.")
    let_in(case, jonas)
    assert reaches(jonas, case) == BOTH
    page = signed_in(case.owner).get(reverse("cases:timeline", args=[case.reference])).content.decode()
    assert "Jonas W. was let in as Helper: She knows it." in page


def test_why_somebody_was_let_in_is_sealed():
    case, jonas = make_case(), make_staff()
    row = let_in(case, jonas)
    with acting_as(Actor.user(case.owner)):
        fresh = Membership.objects.get(pk=row.pk)
        assert fresh.why == "She knows it."
        assert b"She knows" not in bytes(fresh.sealed)


def test_a_helper_lets_nobody_in_and_the_database_refuses_it_too():
    case, jonas, third = make_case(), make_staff(), make_staff()
    let_in(case, jonas)
    by = Actor.user(jonas)
    with pytest.raises(NotYours), acting_as(by):
        membership.add(case_id=case.pk, user=third, role=MembershipRole.HELPER, reason="", until=None, by=by, at=NOON)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(by):
        Membership.objects.create(case_id=case.pk, user=third, role=MembershipRole.HELPER, since=NOON)


def test_a_helper_cannot_make_themselves_owner_or_stay_longer():
    case, jonas = make_case(), make_staff()
    row = let_in(case, jonas)
    with acting_as(Actor.user(case.owner)):
        Membership.objects.filter(pk=row.pk).update(until=timezone.now() + timedelta(hours=1))
    for change in ({"role": MembershipRole.OWNER}, {"until": None}, {"until": timezone.now() + timedelta(days=1)}):
        with pytest.raises(ProgrammingError, match="Only the owner"), acting_as(Actor.user(jonas)):
            Membership.objects.filter(pk=row.pk).update(**change)


def test_a_membership_is_not_moved_to_another_case():
    case, other, jonas = make_case(), make_case(), make_staff()
    row = let_in(case, jonas)
    with pytest.raises((IntegrityError, ProgrammingError)), acting_as(Actor.user(case.owner)):
        Membership.objects.filter(pk=row.pk).update(case=other)


def test_nobody_deletes_a_membership_or_a_bar():
    case, jonas = make_case(), make_staff()
    let_in(case, jonas)
    bar(case, jonas)
    for model in (Membership, Bar):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(Actor.user(case.owner)):
            model.objects.filter(case=case)._raw_delete("default")


@pytest.mark.parametrize("who", ["left", "administrator", "barred", "there", "client"])
def test_who_cannot_be_let_in(who):
    case = make_case()
    user = (
        make_client() if who == "client" else make_staff(roles=[Role.ADMINISTRATOR] if who == "administrator" else None)
    )
    if who == "left":
        user.is_active = False
        user.save()
    elif who == "barred":
        bar(case, user)
    elif who == "there":
        let_in(case, user)
    by = Actor.user(case.owner)
    with pytest.raises(IllegalMove), acting_as(by):
        membership.add(case_id=case.pk, user=user, role=MembershipRole.HELPER, reason="", until=None, by=by, at=NOON)


@pytest.mark.parametrize("who", ["left", "barred", "client"])
def test_the_database_lets_nobody_in_who_left_is_barred_or_is_a_client(who):
    case = make_case()
    user = make_client() if who == "client" else make_staff()
    if who == "left":
        user.is_active = False
        user.save()
    if who == "barred":
        bar(case, user)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(Actor.user(case.owner)):
        Membership.objects.create(case=case, user=user, role=MembershipRole.HELPER, since=NOON)


def test_an_ended_membership_opens_nothing_and_may_be_given_again():
    case, jonas = make_case(), make_staff()
    row = let_in(case, jonas)
    by = Actor.user(case.owner)
    with acting_as(by):
        membership.end(membership_id=row.pk, by=by, at=NOON)
    assert reaches(jonas, case) == NEITHER
    let_in(case, jonas)
    assert reaches(jonas, case) == BOTH
    assert _events(case)[-3:] == ["member_added", "member_removed", "member_added"]


def test_everybody_may_end_their_own_membership():
    case, jonas = make_case(), make_staff()
    row = let_in(case, jonas)
    with acting_as(Actor.user(jonas)):
        membership.end(membership_id=row.pk, by=Actor.user(jonas), at=NOON)
    assert reaches(jonas, case) == NEITHER


def test_an_owner_does_not_just_go():
    case = make_case()
    by = Actor.user(case.owner)
    with pytest.raises(IllegalMove, match="Hand the case"), acting_as(by):
        membership.end(membership_id=Membership.objects.get(case=case).pk, by=by, at=NOON)


@pytest.mark.parametrize("stays", [True, False])
@pytest.mark.parametrize("was_helper", [True, False])
def test_handing_over_moves_case_tasks_and_access_together(stays, was_helper):
    amira, jonas = make_staff(), make_staff()
    case = make_case(owner=amira)
    by = Actor.user(amira)
    with acting_as(by):
        case_task.create(case=case, kind="new_links", due_at=NOON, path="/", dedupe_key="x", by=by, at=NOON)
    if was_helper:
        let_in(case, jonas)
    with acting_as(by):
        membership.hand_over(case_id=case.pk, to=jonas, reason="Leave.", stays=stays, by=by, at=NOON)
    with acting_as(Actor.user(jonas)):
        fresh = Case.objects.get()
        assert fresh.owner == jonas
        assert CaseTask.objects.get().assigned_to == jonas
        held = {row.user: row.role for row in Membership.objects.current()}
        assert held == ({amira: "backup"} if stays else {}) | {jonas: "owner"}
    assert reaches(amira, case) == (BOTH if stays else NEITHER)


def test_handing_to_another_team_takes_the_case_there():
    salma, amira, jonas = make_staff(roles=[Role.SUPERVISOR]), make_staff(), make_staff()
    make_team("North", members=[amira], supervisors=[salma])
    south = make_team("South", members=[jonas])
    case = make_case(owner=amira)
    by = Actor.user(salma)
    with acting_as(by):
        membership.hand_over(case_id=case.pk, to=jonas, reason="", by=by, at=NOON)
    with acting_as(Actor.user(jonas)):
        assert Case.objects.get().team == south
    assert reaches(salma, case) == NEITHER


@pytest.mark.parametrize("roles", [[Role.CALL_TAKER], [Role.TRAINEE], [Role.ADMINISTRATOR]])
def test_only_caseworkers_and_supervisors_own_cases(roles):
    case = make_case()
    by = Actor.user(case.owner)
    with pytest.raises(IllegalMove), acting_as(by):
        membership.hand_over(case_id=case.pk, to=make_staff(roles=roles), reason="", by=by, at=NOON)


def test_a_case_is_not_handed_to_somebody_who_left():
    case, jonas = make_case(), make_staff()
    jonas.is_active = False
    jonas.save()
    by = Actor.user(case.owner)
    with pytest.raises(IllegalMove), acting_as(by):
        membership.hand_over(case_id=case.pk, to=jonas, reason="", by=by, at=NOON)


def test_barring_the_owner_gives_the_case_to_whoever_is_on_duty():
    salma, amira = make_staff(roles=[Role.SUPERVISOR]), make_staff()
    make_team("North", members=[amira], supervisors=[salma])
    case = make_case(owner=amira)
    bar(case, amira, by=salma)
    with acting_as(Actor.user(salma)):
        assert Case.objects.get().owner == salma
    assert reaches(amira, case) == NEITHER


def test_somebody_may_bar_themselves_and_cannot_lift_it():
    salma, amira = make_staff(roles=[Role.SUPERVISOR]), make_staff()
    make_team("North", members=[amira], supervisors=[salma])
    case = make_case(owner=amira)
    row = bar(case, amira, by=amira)
    assert reaches(amira, case) == NEITHER
    with pytest.raises(Bar.DoesNotExist), acting_as(Actor.user(amira)):
        membership.unbar(bar_id=row.pk, reason="", by=Actor.user(amira), at=NOON)


def test_a_barred_supervisor_does_not_lift_their_own_bar_by_sql():
    salma = make_staff(roles=[Role.SUPERVISOR])
    case = make_case()
    row = bar(case, salma)
    with acting_as(Actor.user(salma)):
        assert Bar.objects.filter(pk=row.pk).update(ended_at=NOON) == 0


def test_lifting_a_bar_lets_nobody_in_by_itself():
    case, jonas = make_case(), make_staff()
    let_in(case, jonas)
    row = bar(case, jonas)
    by = Actor.user(case.owner)
    with acting_as(by):
        membership.unbar(bar_id=row.pk, reason="No cousin.", by=by, at=NOON)
    assert reaches(jonas, case) == NEITHER


def test_the_page_shows_every_way_in_and_hides_the_bars_from_helpers():
    salma, amira = make_staff(roles=[Role.SUPERVISOR], name="Salma H."), make_staff(name="Amira K.")
    jonas, noor = make_staff(name="Jonas W."), make_staff(name="Noor B.")
    make_team("North", members=[amira, jonas, noor], supervisors=[salma])
    case = make_case(owner=amira)
    let_in(case, jonas)
    bar(case, noor)
    address = reverse("cases:case_people", args=[case.reference])
    page = signed_in(amira).get(address).content.decode()
    for text in ("Amira K.", "Jonas W.", "Salma H.", "Answers for North", "They are cousins."):
        assert text in page
    helper = signed_in(jonas).get(address).content.decode()
    assert "Salma H." in helper
    assert "Noor B." not in helper
    assert "cousins" not in helper
    assert "<form" not in helper.split('id="main"')[-1]


def test_the_owner_lets_somebody_in_from_the_page():
    case, jonas = make_case(), make_staff()
    address = reverse("cases:case_people_add", args=[case.reference])
    day = timezone.localdate() + timedelta(days=2)
    sent = {"add-person": str(jonas.pk), "add-role": "backup", "add-why": "Holiday.", "add-last_day": day.isoformat()}
    assert press(signed_in(case.owner), address, **sent).status_code == 302
    with acting_as(Actor.user(jonas)):
        row = Membership.objects.get(user=jonas)
        assert row.role == "backup"
        assert row.until.date() == day + timedelta(days=1)


def test_a_form_without_a_reason_comes_back_with_what_was_chosen():
    case, jonas = make_case(), make_staff()
    address = reverse("cases:case_people_add", args=[case.reference])
    response = press(
        signed_in(case.owner), address, **{"add-person": str(jonas.pk), "add-role": "helper", "add-why": ""}
    )
    assert response.status_code == 422
    assert "Write why." in response.content.decode()
    assert reaches(jonas, case) == NEITHER


@pytest.mark.parametrize("who", ["stranger", "barred", "ended", "helper"])
def test_nobody_else_changes_who_reaches_a_case(who):
    case, jonas = make_case(), make_staff()
    third = make_staff()
    if who in ("ended", "helper", "barred"):
        row = let_in(case, jonas)
    if who == "barred":
        bar(case, jonas)
    if who == "ended":
        with acting_as(Actor.user(case.owner)):
            membership.end(membership_id=row.pk, by=Actor.user(case.owner), at=NOON)
    client = signed_in(jonas)
    for name, prefix in (("add", "add"), ("owner", "owner"), ("bar", "bar")):
        sent = {f"{prefix}-person": str(third.pk), f"{prefix}-why": "x", f"{prefix}-role": "helper"}
        assert press(client, reverse(f"cases:case_people_{name}", args=[case.reference]), **sent).status_code == 404
    with acting_as(Actor.user(case.owner)), transaction.atomic():
        assert not Membership.objects.filter(user=third).exists()
        assert not Bar.objects.filter(user=third).exists()


def test_a_barred_person_meets_the_page_of_a_case_that_never_was():
    case, jonas = make_case(), make_staff()
    let_in(case, jonas)
    bar(case, jonas)
    client = signed_in(jonas)
    for name in ("case", "timeline", "client", "case_people"):
        barred = client.get(reverse(f"cases:{name}", args=[case.reference]))
        never = client.get(reverse(f"cases:{name}", args=["C-999999"]))
        assert (barred.status_code, barred.content) == (404, never.content)
    assert case.reference not in client.get(reverse("cases:cases")).content.decode()
    assert case.reference not in client.get(
        reverse("cases:search") + f"?q={case.reference}", follow=True
    ).content.decode().split("<main")[-1].replace(f'value="{case.reference}"', "")


def test_changing_who_reaches_a_case_asks_who_is_there():
    case, jonas = make_case(), make_staff()
    address = reverse("cases:case_people_bar", args=[case.reference])
    press(signed_in(case.owner, fresh=False), address, **{"bar-person": str(jonas.pk), "bar-why": "x"})
    with acting_as(Actor.user(case.owner)):
        assert not Bar.objects.exists()
