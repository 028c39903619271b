"""Row-level security: what one person may see, another may not, whatever the code forgot."""

from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from cases.access import SET_CONTEXT, acting_as
from cases.actions import case_task
from cases.actor import Actor
from cases.keys import SYSTEM_CHAIN, KeyMissing, case_key
from cases.models import Case, CaseKey, CaseTask, Door, DoorKind, Event, Membership, MembershipRole
from cases.permissions import Role
from tests.conftest import NOON
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db


def test_a_forgotten_filter_returns_nothing_of_a_foreign_case():
    mine, theirs = make_case(), make_case()
    with acting_as(Actor.user(theirs.owner)) as actor:
        case_task.create(case=theirs, kind="first_contact", due_at=NOON, at=NOON, path="/", dedupe_key="x", by=actor)
        assert CaseTask.objects.filter(case_id=theirs.pk).exists()
    with acting_as(Actor.user(mine.owner)):
        assert [case.pk for case in Case.objects.all()] == [mine.pk]
        assert not Event.objects.filter(case_id=theirs.pk).exists()
        assert not CaseTask.objects.filter(case_id=theirs.pk).exists()
        assert not CaseKey.objects.filter(case_id=theirs.pk).exists()


def test_a_second_request_without_context_sees_nothing():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        assert Case.objects.count() == 1
    assert Case.objects.count() == 0
    with transaction.atomic():
        assert Case.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_context_ends_with_its_transaction_even_when_nobody_takes_it_back():
    case = make_case()
    with acting_as(Actor.user(case.owner)), connection.cursor() as cursor:
        assert Case.objects.count() == 1
        cursor.execute("commit")
        assert Case.objects.count() == 0


def test_the_context_before_comes_back_after_a_nested_one():
    mine, theirs = make_case(), make_case()
    with acting_as(Actor.user(mine.owner)):
        with acting_as(Actor.user(theirs.owner)):
            assert Case.objects.get().pk == theirs.pk
        assert Case.objects.get().pk == mine.pk


def test_the_context_before_comes_back_after_a_failed_statement():
    mine, theirs = make_case(), make_case()
    with acting_as(Actor.user(mine.owner)):
        with pytest.raises(ProgrammingError), acting_as(Actor.user(theirs.owner)), connection.cursor() as cursor:
            cursor.execute("select no_such_column")
        assert Case.objects.get().pk == mine.pk


def test_a_supervisor_sees_every_case_and_can_open_one():
    make_case()
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    own = make_case(owner=supervisor)
    with acting_as(Actor.user(supervisor)):
        assert Case.objects.count() == 2
        assert own in Case.objects.visible_to(Actor.user(supervisor))


def test_an_administrator_sees_no_case():
    make_case()
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        assert Case.objects.count() == 0


def test_a_person_who_left_sees_nothing_from_the_next_statement_on():
    case = make_case()
    case.owner.is_active = False
    case.owner.save()
    with acting_as(Actor.user(case.owner)):
        assert Case.objects.count() == 0


def test_a_client_sees_their_own_case_and_nothing_of_the_record():
    client = make_client()
    case = make_case(client=client)
    make_case()
    with acting_as(Actor.client(client)):
        assert [seen.pk for seen in Case.objects.all()] == [case.pk]
        assert not Event.objects.exists()


def test_a_client_cannot_use_a_staff_context():
    client = make_client()
    make_case(client=client)
    with acting_as(Actor.user(client)):
        assert Case.objects.count() == 0


def test_nobody_can_join_a_case_that_is_not_theirs():
    case, outsider = make_case(), make_staff()
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(Actor.user(outsider)):
        Membership.objects.create(case_id=case.pk, user=outsider, role=MembershipRole.HELPER, since=NOON)


def test_an_update_of_a_foreign_case_changes_nothing():
    case, outsider = make_case(), make_staff()
    with acting_as(Actor.user(outsider)):
        assert Case.objects.filter(pk=case.pk).update(alias="Heron") == 0


def test_the_key_of_a_foreign_case_is_not_to_be_had():
    case, outsider = make_case(), make_staff()
    with acting_as(Actor.user(outsider)), pytest.raises(KeyMissing):
        case_key(case.pk)


def test_an_event_cannot_be_written_into_a_foreign_case():
    from cases.ledger import record

    case, outsider = make_case(), make_staff()
    with pytest.raises((ProgrammingError, KeyMissing)), acting_as(Actor.user(outsider)):
        record("cases.note_written", case=case.pk, by=Actor.user(outsider), at=NOON)


def test_the_database_refuses_an_event_in_a_foreign_case_whatever_its_seal():
    case, outsider = make_case(), make_staff()
    forged = Event(case_id=case.pk, chain=case.pk, seq=0, at=NOON, recorded_at=NOON, actor_kind="user", kind="cases.x")
    forged.actor_id, forged.commitments, forged.sealed = str(outsider.pk), "{}", bytes(40)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(Actor.user(outsider)):
        Event.objects.bulk_create([forged])


@pytest.mark.parametrize("kind", ["user", "client", "recipient", "mailbox", "system", ""])
@pytest.mark.parametrize("number", [uuid4(), None])
def test_an_unknown_actor_sees_nothing(kind, number):
    """Whatever kind somebody says they are: with an id that nobody has, or none, there is no case, key or event."""
    case = make_case(client=make_client())
    Door.objects.create(kind=DoorKind.SHARE, token_hash=b"h" * 32, case_id=case.pk, created_at=NOON)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SET_CONTEXT, [kind, str(number or "")])
        assert not Case.objects.exists()
        assert not CaseKey.objects.exclude(case_id=SYSTEM_CHAIN).exists()
        assert not Event.objects.exists()
        assert not Membership.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_both_kinds_of_database_fixture_give_the_same_answer():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        assert Case.objects.count() == 1
    assert Case.objects.count() == 0


def test_every_table_that_belongs_to_a_case_is_protected_and_forced():
    outside = {"cases_door"}  # read before anybody is known; ids and hashes only
    with connection.cursor() as cursor:
        cursor.execute(
            """select c.relname, c.relrowsecurity and c.relforcerowsecurity,
                      exists (select from pg_policy p where p.polrelid = c.oid)
               from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'public' and c.relkind in ('r', 'p')
                 and (c.relname = 'cases_case' or exists (
                   select from pg_attribute a where a.attrelid = c.oid and a.attname = 'case_id'))"""
        )
        tables = cursor.fetchall()
    assert len(tables) > 20
    assert {name for name, protected, has_policy in tables if not (protected and has_policy)} == outside


def test_the_runtime_login_owns_nothing_and_cannot_bypass():
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute(
            "select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)"
        )
        assert cursor.fetchone() == (0,)
