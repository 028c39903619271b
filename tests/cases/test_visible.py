"""Two locks, one rule: the queryset and the database give the same answer for everybody and every case."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case_task
from cases.actor import Actor
from cases.keys import SYSTEM_CHAIN
from cases.models import Bar, Case, CaseKey, Membership, MembershipRole, Note, Team, TeamMember, User
from cases.permissions import Role
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.forger import forging
from tests.factories.people import bar, let_in, make_team, reaches

MANY_CASES = """insert into cases_case (id, sealed, reference, alias, state, age_answer, age_said_by, routed_to,
  country, language, source, is_demo, owner_id, opened_at, version, portal_use)
  select gen_random_uuid(), '', 'X-' || n, 'Heron', 'active', 'not_asked', '', '', '', 'en', 'phone', false, %s,
    now() - n * interval '1 minute', 1, 'whole' from generate_series(1, 10000) n"""
BOTH, NEITHER = (True, True), (False, False)
one_database = pytest.mark.django_db


def _all_seen(model_rows):
    return set(model_rows.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(6))
def test_both_locks_name_the_same_cases_for_a_crowd(seed):
    """Everybody against every case: memberships of each role, ended and not, teams, bars, people who left, the erased.

    The one difference: of what was erased the database shows every supervisor the row that is left, for the list of
    erasures; the queryset names it to nobody.
    """
    chance = random.Random(seed)
    now = timezone.now()
    cases = [make_case() for _number in range(12)]
    roles = [[role] for role in Role] + [[Role.ADMINISTRATOR, Role.SUPERVISOR], [Role.TRAINEE, Role.CALL_TAKER]]
    crowd = [make_staff(roles=chance.choice(roles), with_factor=False) for _number in range(14)]
    crowd += [make_client() for _number in range(4)]
    with logged_in_as("worker"):
        teams = [Team.objects.create(name=f"Team {number}", made_at=now) for number in range(3)]
        for case in cases:
            Case.objects.filter(pk=case.pk).update(team=chance.choice([None, *teams]))
        for person in crowd:
            for team in chance.sample(teams, chance.randint(0, 2)):
                if not person.is_client:
                    answers = chance.random() < 0.6
                    TeamMember.objects.create(team=team, user=person, is_supervisor=answers, since=now)
            for case in chance.sample(cases, 5):
                role = MembershipRole.CLIENT if person.is_client else chance.choice(list(MembershipRole)[:-1])
                until = now + timedelta(hours=chance.choice([-2, 2]))
                Membership.objects.create(case=case, user=person, role=role, since=now, until=until)
            for case in chance.sample(cases, 2):
                ended = chance.choice([None, now])
                with acting_as(Actor.system("crowd")):
                    Bar.make(case=case, user=person, set_at=now, ended_at=ended, why="x").save()
            User.objects.filter(pk=person.pk).update(is_active=chance.random() < 0.85)
    ended = chance.sample(cases, 5)
    with forging() as forger:
        for case, state in zip(ended, ["closed", "closed", "erased", "erased", "erased"], strict=True):
            forger.execute("update cases_case set state = %s, closed_at = now() where id = %s", [state, case.pk])
    erased = {case.pk for case in ended[2:]}
    seen, closed_seen = 0, 0
    for person in User.objects.all():
        actor = Actor.of(person)
        with acting_as(actor):
            second = _all_seen(Case.objects.all())
            keys_seen = set(CaseKey.objects.values_list("case_id", flat=True)) - {SYSTEM_CHAIN}
            if actor.kind == "client" and not person.is_active:
                assert second == set()
        with logged_in_as("worker"):
            first = _all_seen(Case.objects.visible_to(actor))
        tombstones = erased if actor.supervises and person.is_active else set()
        assert second == first | tombstones, (person.roles, person.is_active)
        assert keys_seen == first, (person.roles, person.is_active)
        assert not first & erased
        seen += len(first)
        closed_seen += len(first & {case.pk for case in ended[:2]})
    assert 20 < seen < 12 * 30
    assert closed_seen > 3


@one_database
def test_a_supervisor_reaches_the_cases_of_their_team_and_no_others():
    salma, other = make_staff(roles=[Role.SUPERVISOR]), make_staff(roles=[Role.SUPERVISOR])
    amira, jonas = make_staff(), make_staff()
    make_team("North", members=[amira], supervisors=[salma])
    make_team("South", members=[jonas], supervisors=[other])
    north, south = make_case(owner=amira), make_case(owner=jonas)
    assert (reaches(salma, north), reaches(salma, south)) == (BOTH, NEITHER)
    assert (reaches(other, north), reaches(other, south)) == (NEITHER, BOTH)


@one_database
def test_a_supervisor_who_is_only_a_member_of_a_team_does_not_answer_for_it():
    salma, amira = make_staff(roles=[Role.SUPERVISOR]), make_staff()
    make_team("North", members=[amira, salma])
    assert reaches(salma, make_case(owner=amira)) == NEITHER


@one_database
def test_answering_for_a_team_needs_the_role_too():
    salma, amira = make_staff(roles=[Role.SUPERVISOR]), make_staff()
    make_team("North", members=[amira], supervisors=[salma])
    case = make_case(owner=amira)
    User.objects.filter(pk=salma.pk).update(roles=[Role.CASEWORKER])
    assert reaches(salma, case) == NEITHER


@one_database
def test_a_case_without_a_team_is_answered_for_by_every_supervisor():
    salma, other = make_staff(roles=[Role.SUPERVISOR]), make_staff(roles=[Role.SUPERVISOR])
    make_team("North", supervisors=[salma])
    make_team("South")
    case = make_case()
    assert case.team is None
    assert (reaches(salma, case), reaches(other, case)) == (BOTH, BOTH)


@one_database
@pytest.mark.parametrize("way", ["owner", "helper", "supervisor"])
def test_a_bar_beats_every_other_way_in(way):
    salma, amira, jonas = make_staff(roles=[Role.SUPERVISOR]), make_staff(), make_staff()
    make_team("North", members=[amira, jonas], supervisors=[salma])
    case = make_case(owner=amira)
    let_in(case, jonas)
    barred = {"owner": amira, "helper": jonas, "supervisor": salma}[way]
    assert reaches(barred, case) == BOTH
    bar(case, barred, by=amira if way == "supervisor" else salma)
    assert reaches(barred, case) == NEITHER


@one_database
def test_a_bar_alone_keeps_out_whatever_membership_was_left_behind():
    case, jonas = make_case(), make_staff()
    row = let_in(case, jonas)
    bar(case, jonas)
    with acting_as(Actor.user(case.owner)):
        Membership.objects.filter(pk=row.pk).update(until=None)
    assert reaches(jonas, case) == NEITHER


@one_database
def test_the_key_of_a_case_goes_with_the_case_and_a_bar_takes_it():
    case, jonas = make_case(), make_staff()
    let_in(case, jonas)
    with acting_as(Actor.user(jonas)):
        assert CaseKey.objects.filter(case_id=case.pk).exists()
    bar(case, jonas)
    with acting_as(Actor.user(jonas)):
        assert not CaseKey.objects.filter(case_id=case.pk).exists()
        assert not Bar.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["cases_note", "cases_casetask", "cases_casekey", "cases_membership", "cases_bar"])
def test_what_is_left_of_an_erased_case_opens_nothing_else_to_a_supervisor(table):
    """Rows are there on purpose: a backup that was put back, or a table that erasing missed."""
    salma, amira = make_staff(roles=[Role.SUPERVISOR]), make_staff()
    make_team("North", members=[amira], supervisors=[salma])
    case = make_case(owner=amira)
    bar(case, make_staff(), by=amira)
    with acting_as(Actor.user(amira)) as actor:
        Note.make(case=case, written_at=NOON, author=amira, nature="fact", text="x").save()
        case_task.create(case=case, kind="first_contact", due_at=NOON, at=NOON, path="/", dedupe_key="v", by=actor)
    counted = f"select count(*) from {table} where case_id = %s"
    with forging() as forger:
        assert forger.execute(counted, [case.pk]).fetchone() != (0,)
        forger.execute("update cases_case set state = 'erased', closed_at = now() where id = %s", [case.pk])
    for person in (salma, amira):
        with acting_as(Actor.user(person)), connection.cursor() as cursor:
            cursor.execute(counted, [case.pk])
            assert cursor.fetchone() == (0,)
    assert reaches(amira, case) == NEITHER
    assert reaches(salma, case) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_a_client_reaches_nothing_as_staff_even_with_a_membership_of_staff():
    case, client = make_case(), make_client()
    with logged_in_as("worker"):
        Membership.objects.create(case=case, user=client, role=MembershipRole.HELPER, since=NOON)
        actor = Actor.user(client)
        assert not Case.objects.visible_to(actor).exists()
    with acting_as(actor):
        assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_who_works_here_comes_in_by_a_membership_of_a_client():
    case, jonas = make_case(), make_staff()
    with logged_in_as("worker"):
        Membership.objects.create(case=case, user=jonas, role=MembershipRole.CLIENT, since=NOON)
    assert reaches(jonas, case) == NEITHER


@one_database
def test_a_membership_that_ran_out_opens_nothing():
    case, jonas = make_case(), make_staff()
    row = let_in(case, jonas)
    with acting_as(Actor.user(case.owner)):
        Membership.objects.filter(pk=row.pk).update(until=NOON - timedelta(days=300))
    assert reaches(jonas, case) == NEITHER


@pytest.mark.django_db(transaction=True)
def test_a_list_of_fifty_stays_on_indexes_among_ten_thousand_cases():
    """A caseworker with sixty cases: neither lock reads all cases, memberships or keys."""
    amira = make_staff()
    make_case(owner=amira)
    with logged_in_as("worker"), connection.cursor() as cursor:
        cursor.execute(MANY_CASES, [make_staff().pk])
        cursor.execute(
            """insert into cases_membership (id, sealed, case_id, user_id, role, reason, since)
               select gen_random_uuid(), '', id, case when right(reference, 2) = '07' then %s else owner_id end,
                 'owner', 'opened', now() from cases_case where reference like 'X-%%'""",
            [amira.pk],
        )
    with logged_in_as("owner"), connection.cursor() as cursor:
        cursor.execute("analyze cases_case; analyze cases_membership")
    actor = Actor.user(amira)
    with acting_as(actor), connection.cursor() as cursor:
        rows = Case.objects.visible_to(actor).open().for_rows()[:51]
        assert len(rows) == 51
        sql, values = rows.query.sql_with_params()
        cursor.execute(f"explain (analyze, format text) {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on cases_case" not in plan, plan
    assert "Seq Scan on cases_membership" not in plan, plan


PAGES_OF_A_LOOKUP = 4


@pytest.mark.django_db(transaction=True)
def test_a_supervisors_list_reads_each_case_once_and_asks_the_rule_once_among_ten_thousand():
    """A supervisor of one team in ten: the list reads the cases through, since their rights are no short list of ids.

    What must not be is work that grows with the product: the rule asked for every row, or memberships of everybody.
    """
    salma = make_staff(roles=[Role.SUPERVISOR])
    north, south = make_team("North", supervisors=[salma]), make_team("South")
    with logged_in_as("worker"), connection.cursor() as cursor:
        cursor.execute(MANY_CASES, [make_staff().pk])
        cursor.execute(
            "update cases_case set team_id = case when right(reference, 1) = '7' then %s::uuid else %s::uuid end",
            [north.pk, south.pk],
        )
        cursor.execute(
            """insert into cases_membership (id, sealed, case_id, user_id, role, reason, since)
               select gen_random_uuid(), '', id, owner_id, 'owner', 'opened', now() from cases_case"""
        )
    with logged_in_as("owner"), connection.cursor() as cursor:
        cursor.execute("vacuum analyze cases_case")
        cursor.execute("vacuum analyze cases_membership")
    actor = Actor.user(salma)
    with acting_as(actor), connection.cursor() as cursor:
        rows = Case.objects.visible_to(actor).open().for_rows()[:51]
        assert len(rows) == 51
        sql, values = rows.query.sql_with_params()
        cursor.execute(f"explain (analyze, buffers, format json) {sql}", values)
        (top,) = cursor.fetchone()[0]
    nodes = list(_nodes(top["Plan"]))
    assert max(node["Actual Loops"] for node in nodes) <= 60
    assert not [
        node for node in nodes if node.get("Relation Name") == "cases_membership" and "Seq" in node["Node Type"]
    ]
    asked = [node for node in nodes if node["Node Type"] == "ProjectSet" and node["Actual Loops"]]
    assert sum(node["Actual Loops"] for node in asked) <= 2
    pages = top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]
    with connection.cursor() as cursor:
        cursor.execute("select pg_relation_size('cases_case') / current_setting('block_size')::int")
        (pages_of_cases,) = cursor.fetchone()
    # Once by the rule, once by the list, and a little for people, teams and bars. As its sample falls out, the planner
    # looks the thousand cases of her team up by key instead: a few pages each, and none for the nine thousand others.
    assert pages <= 2 * pages_of_cases + 100 + PAGES_OF_A_LOOKUP * 1000


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)
