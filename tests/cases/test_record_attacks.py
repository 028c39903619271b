"""What somebody with a login of ours may try against the record; each of it must fail, and leave it whole."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from cases.access import acting_as
from cases.actions.anchor import make_anchors
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Anchor, Case, CaseTask, Event, Note
from cases.record_check import check_record
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case
from tests.factories.forger import forging, written_days_ago

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = Actor.system("test")

FORBIDDEN = [
    "update {table} set {column} = {column}",
    "update {table} set {column} = {column} where false",
    "delete from {table}",
    "truncate {table}",
    "truncate {table} cascade",
    "drop table {table}",
    "drop table {table} cascade",
    "alter table {table} disable trigger all",
    "alter table {table} disable trigger user",
    "alter table {table} disable row level security",
    "alter table {table} no force row level security",
    "alter table {table} owner to {login}",
    "alter table {table} add column extra int",
    "alter table {table} rename to gone",
    "alter table {table} replica identity full",
    "create rule forge as on insert to {table} do instead nothing",
    "create trigger forge before insert on {table} for each row execute function recourse_refuse_change()",
    "create policy forge on {table} using (true)",
    "drop policy owner_all on {table}",
    "create table child () inherits ({table})",
    "create table part partition of {table} for values in ('x')",
    "comment on table {table} is 'x'",
    "merge into {table} t using (select 1) s on true when matched then delete",
    "with gone as (delete from {table} returning *) select count(*) from gone",
    "create index forge on {table} ({column})",
    "cluster {table}",
]
AROUND = [
    "set session_replication_role = replica",
    "set local session_replication_role = replica",
    "select set_config('session_replication_role', 'replica', false)",
    "alter role {login} bypassrls",
    "alter role {login} superuser",
    "alter user {login} set session_replication_role = replica",
    "set role recourse_owner",
    "set session authorization recourse_owner",
    "create or replace function recourse_chain_event() returns trigger language plpgsql as 'begin return new; end'",
    "create or replace function recourse_refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "alter function recourse_chain_event() owner to {login}",
    "drop function recourse_chain_event() cascade",
    "drop trigger event_chain on cases_event",
    "select recourse_chain_event()",
    "create function public.sha256(bytea) returns bytea language sql as 'select $1'",
    "create schema forged",
    "select lo_import('/etc/passwd')",
    "copy cases_event to program 'true'",
    "copy cases_event from '/dev/null'",
    "drop schema public cascade",
    "update pg_trigger set tgenabled = 'D'",
    "delete from pg_policy",
]
COLUMNS = {"cases_event": "kind", "cases_anchor": "day", "cases_anchorstamp": "reply"}


@pytest.fixture
def case() -> Case:
    made = make_case()
    with logged_in_as("worker"):
        with acting_as(SYSTEM):
            record(CaseEvent.NOTE_WRITTEN, case=made, by=SYSTEM, at=NOON, nature="fact", text="x")
        with forging() as forger:
            written_days_ago(forger, 1)
        with acting_as(SYSTEM):
            make_anchors(by=SYSTEM, at=timezone.now() + timedelta(minutes=10))
    return made


def whole() -> tuple[int, int]:
    with logged_in_as("worker"):
        checked = check_record()
    assert checked.fault is None
    return checked.events, checked.anchors


def refused(statement: str, case: Case) -> None:
    with pytest.raises(DatabaseError), acting_as(Actor.user(case.owner)), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize("table", list(COLUMNS))
def test_no_login_of_ours_changes_the_record_or_its_rules(case, role, table):
    before = whole()
    with logged_in_as(role):
        for statement in FORBIDDEN:
            refused(statement.format(table=table, column=COLUMNS[table], login=f"recourse_{role}"), case)
    assert whole() == before


@pytest.mark.parametrize("role", ["web", "worker"])
def test_no_login_of_ours_gets_around_the_rules(case, role):
    before = whole()
    with logged_in_as(role):
        for statement in AROUND:
            refused(statement.format(login=f"recourse_{role}"), case)
    assert whole() == before


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize("table", list(COLUMNS))
def test_no_login_of_ours_gives_itself_more(case, role, table):
    """Postgres answers such a grant with a warning; what counts is that nothing was given."""
    with logged_in_as(role), connection.cursor() as cursor:
        cursor.execute(f"grant update, delete, truncate on {table} to recourse_{role}")
        for right in ("delete", "truncate", "trigger", "references"):
            cursor.execute("select has_table_privilege(%s, %s)", [table, right])
            assert cursor.fetchone() == (False,)
    refused(f"update {table} set {COLUMNS[table]} = {COLUMNS[table]}", case)


def test_the_worker_may_not_touch_what_an_authority_said(case):
    from cases.actions import stamp as stamp_actions
    from cases.timestamps import Query

    with logged_in_as("worker"), acting_as(SYSTEM):
        anchor = Anchor.objects.get()
        kept = stamp_actions.keep(
            anchor=anchor, authority="a", query=Query(b"q", 1), reply=b"r", by=SYSTEM, at=timezone.now()
        )
        stamp_actions.judge(stamp_id=kept.pk, stamped_at=NOON, error="", by=SYSTEM, at=timezone.now())
    for statement in (
        "update cases_anchorstamp set stamped_at = stamped_at - interval '1 day'",
        "update cases_anchorstamp set stamped_at = null",
        "update cases_anchorstamp set error = 'x'",
        "update cases_anchorstamp set authority = 'b'",
    ):
        with logged_in_as("worker"):
            refused(statement, case)


@pytest.mark.parametrize("table", ["cases_anchor", "cases_anchorstamp"])
def test_a_page_makes_no_anchor_and_no_stamp(case, table):
    refused(f"insert into {table} select * from {table}", case)
    # Not only because such a row is there already.
    with connection.cursor() as cursor:
        cursor.execute(
            "select has_table_privilege(%s, 'insert'), has_any_column_privilege(%s, 'insert')", [table, table]
        )
        assert cursor.fetchone() == (False, False)


@pytest.mark.parametrize(
    "statement", ["update {table} set id = gen_random_uuid()", "delete from {table}", "truncate {table} cascade"]
)
@pytest.mark.parametrize("table", ["cases_anchor", "cases_anchorstamp"])
def test_even_the_owner_of_the_tables_changes_no_anchor_and_no_stamp(case, table, statement):
    from cases.actions import stamp as stamp_actions
    from cases.timestamps import Query

    with logged_in_as("worker"), acting_as(SYSTEM):
        anchor, query = Anchor.objects.get(), Query(b"q", 1)
        stamp_actions.keep(anchor=anchor, authority="a", query=query, reply=b"r", by=SYSTEM, at=timezone.now())
    with logged_in_as("owner"), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="append-only"):
        cursor.execute(statement.format(table=table))


@contextmanager
def raw(role: str) -> Iterator[psycopg.Connection]:
    name = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL"}[role]
    parts = urlsplit(os.environ[name])
    url = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with psycopg.connect(url) as own:
        yield own


@pytest.mark.parametrize("role", ["web", "worker"])
def test_what_is_copied_in_gets_its_place_from_the_database_or_is_refused(case, role):
    before = whole()
    forged = {
        "id": "00000000-0000-4000-8000-000000000001",
        "sealed": "\\\\x00",
        "chain": str(case.pk),
        "seq": "1",
        "prev": "\\\\x",
        "hash": "\\\\x00",
        "at": "2020-01-01",
        "recorded_at": "2020-01-01",
        "actor_kind": "user",
        "actor_id": "x",
        "kind": "forged",
        "case_id": str(case.pk),
        "subject": "",
        "commitments": "{}",
        "format_version": "1",
    }
    with raw(role) as own, pytest.raises(psycopg.Error), own.cursor() as cursor:
        with cursor.copy(f"copy cases_event ({', '.join(forged)}) from stdin") as copy:
            copy.write("\t".join(forged.values()) + "\n")
        own.commit()
        raise psycopg.DataError("it was taken in")
    assert whole() == before


@pytest.mark.parametrize("role", ["web", "worker"])
def test_whoever_writes_chooses_neither_place_nor_time_nor_hash(case, role):
    with logged_in_as(role), acting_as(Actor.user(case.owner)):
        event = Event(
            case=case,
            chain=make_case().pk,
            seq=1,
            prev=b"x" * 32,
            hash=b"y" * 32,
            at=NOON,
            recorded_at=NOON - timedelta(days=900),
            kind="cases.forged",
            actor_kind="user",
            actor_id="",
            commitments="{}",
        )
        event.save(force_insert=True)
        stored = Event.objects.get(pk=event.pk)
    assert stored.chain == case.pk
    assert stored.seq > 1
    assert bytes(stored.prev) != b"x" * 32
    assert bytes(stored.hash) != b"y" * 32
    assert timezone.now() - stored.recorded_at < timedelta(minutes=1)
    whole()


@pytest.mark.parametrize("clause", ["do nothing", "do update set kind = 'cases.forged'"])
def test_an_insert_that_meets_an_event_cannot_change_it(case, clause):
    with acting_as(Actor.user(case.owner)), connection.cursor() as cursor:
        cursor.execute("select id, kind from cases_event where case_id = %s and seq = 1", [case.pk])
        number, kind = cursor.fetchone()
    statement = f"""insert into cases_event (id, sealed, chain, seq, prev, hash, at, recorded_at, actor_kind, actor_id,
          kind, case_id, subject, commitments, format_version)
        select id, sealed, chain, seq, prev, hash, at, recorded_at, actor_kind, actor_id, 'cases.forged', case_id,
          subject, commitments, format_version from cases_event where id = '{number}' on conflict (id) {clause}"""
    for role in ("web", "worker"):
        with logged_in_as(role):
            try:
                with acting_as(Actor.user(case.owner)), connection.cursor() as cursor:
                    cursor.execute(statement)
            except ProgrammingError:
                pass
    with acting_as(Actor.user(case.owner)):
        assert Event.objects.get(pk=number).kind == kind
    whole()


def test_an_event_of_a_case_that_is_not_ones_own_is_not_written(case):
    stranger = make_case()
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(Actor.user(stranger.owner)) as actor:
        Event.make(
            case_id=case.pk,
            chain=case.pk,
            seq=0,
            at=NOON,
            recorded_at=NOON,
            kind="cases.forged",
            actor_kind="user",
            sealed=b"x",
            actor_id=str(actor.id),
        ).save(force_insert=True)


def test_twenty_writers_at_once_make_one_chain_without_a_fork(case):
    actor = Actor.user(case.owner)
    start = threading.Barrier(20)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            start.wait(60)
            for number in range(3):
                with acting_as(actor):
                    record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON, nature="fact", number=number)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(20)]
    with acting_as(actor):
        before = Event.objects.filter(case=case).count()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert errors == []
    with acting_as(actor):
        rows = list(Event.objects.filter(case=case).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, before + 61))
    assert len({bytes(row.prev) for row in rows}) == len(rows)
    whole()


def test_an_act_that_fails_after_its_event_leaves_neither(case):
    actor = Actor.user(case.owner)
    events, _anchors = whole()
    with pytest.raises(ZeroDivisionError), acting_as(actor), transaction.atomic():
        Note.make(case=case, written_at=NOON, author=case.owner, nature="fact", text="x").save()
        record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON, nature="fact", text="x")
        raise ZeroDivisionError
    with acting_as(actor):
        assert not Note.objects.filter(case=case).exists()
    assert whole()[0] == events


def test_an_event_that_cannot_be_written_takes_its_act_back(case, monkeypatch):
    from cases.actions import case_task

    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_task.create(case=case, kind="first_contact", due_at=NOON, at=NOON, path="/", dedupe_key="attack", by=actor)
        task = CaseTask.objects.get(dedupe_key="attack")

    def away(*_: object, **__: object) -> Event:
        raise DatabaseError("the record is away")

    monkeypatch.setattr(case_task, "record", away)
    with pytest.raises(DatabaseError), acting_as(actor):
        case_task.finish(task_id=task.pk, by=actor, at=NOON)
    with acting_as(actor):
        assert CaseTask.objects.get(pk=task.pk).state == task.state
