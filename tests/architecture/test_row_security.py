"""The second lock: every table that belongs to a case is protected, and nothing that runs can get around it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import models

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import SYSTEM_CHAIN
from cases.models import Case
from cases.permissions import Role
from tests.architecture.code import APPS, name_of, python_files
from tests.architecture.row_security import (
    BROAD,
    DEFINERS,
    DOOR_COLUMNS,
    DOOR_WORDS,
    DOORS,
    HASHED,
    PLAIN,
    SESSION_LOCKS,
)
from tests.factories.anything import make_anything
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.committed import as_cluster_owner, committed

pytestmark = pytest.mark.django_db

PATH = "search_path=public, pg_temp"
RUNTIME = ("recourse_web", "recourse_worker")
UNPROTECTED = """
  select c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'f')
    and not (c.relrowsecurity and c.relforcerowsecurity)"""
OF_A_CASE = """
  select c.relname, c.relispartition from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'f')
    and (c.relname = 'cases_case' or exists (select from pg_attribute a where a.attrelid = c.oid
      and a.attname in ('case_id', 'sealed') and not a.attisdropped))"""
POLICIES = """
  select p.polname, concat(pg_get_expr(p.polqual, p.polrelid), ' ', pg_get_expr(p.polwithcheck, p.polrelid))
  from pg_policy p where p.polrelid = %s::regclass
    and (p.polroles = '{0}' or (select oid from pg_roles where rolname = 'recourse_web') = any(p.polroles))"""


Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def ask(db: None) -> Iterator[Ask]:
    """Ask the catalog as the cluster's superuser; what a test breaks is taken back."""
    with as_cluster_owner() as cluster:
        yield asker(cluster)


def asker(cluster: psycopg.Connection[tuple[Any, ...]]) -> Ask:
    """Return a function that runs one statement and gives its rows."""

    def ask(statement: str, *values: object) -> list[tuple[Any, ...]]:
        done = cluster.execute(statement, values or None)  # type: ignore[call-overload]
        return done.fetchall() if done.description else []

    return ask


def of_a_case(ask: Ask) -> dict[str, bool]:
    return dict(ask(OF_A_CASE))


def unprotected(ask: Ask) -> list[str]:
    """Return the tables that belong to a case, are not in the list of doors, and lie open."""
    return sorted({name for (name,) in ask(UNPROTECTED)} & (set(of_a_case(ask)) - set(DOORS)))


def unlimited(ask: Ask) -> list[str]:
    """Return the protected tables of a case on which some policy for the web login asks nobody's cases."""
    wrong = []
    for table, is_partition in of_a_case(ask).items():
        if table in DOORS or is_partition:
            continue
        told = ask(POLICIES, table)
        if not told:
            wrong.append(f"{table}: no policy for the web login")
        wrong += [
            f"{table}.{name}: {text}" for name, text in told if not limits(text) and f"{table}.{name}" not in BROAD
        ]
    return wrong


def limits(policy: str) -> bool:
    """Whether a policy asks for the actor's cases, for the actor, or is about rows without a case."""
    asks = re.search(r"recourse_\w+_cases\(\)|recourse_actor\(\)|recourse_reads_system\(\)|recourse_may_\w+\(", policy)
    return bool(asks or re.search(r"case_id IS NULL|00000000-0000-0000-0000-000000000000", policy))


def test_every_table_with_a_case_or_sealed_values_is_protected_and_forced(ask):
    assert len(of_a_case(ask)) > 20
    assert unprotected(ask) == [], "use ProtectCaseRows in its migration"


def test_every_policy_of_the_web_login_asks_whose_cases_these_are(ask):
    assert unlimited(ask) == []


def test_every_wider_policy_that_is_listed_is_still_there(ask):
    standing = {f"{table}.{name}" for table in of_a_case(ask) for name, _text in ask(POLICIES, table)}
    assert set(BROAD) - standing == set()


def test_every_other_table_is_listed_with_a_reason(ask):
    listed = set(DOORS) | set(PLAIN)
    open_tables = {name for (name,) in ask(UNPROTECTED)}
    assert open_tables - listed == set(), "protect it, or say in row_security.py why it stands outside"
    assert listed - open_tables == set(), "gone, or protected now: take it off the list"


def test_a_table_outside_that_knows_a_case_holds_ids_hashes_times_and_counts_only(ask):
    columns = ask(
        """select c.relname, a.attname, format_type(a.atttypid, null) from pg_class c
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where c.relnamespace = 'public'::regnamespace and c.relname = any(%s)""",
        list(HASHED),
    )
    assert columns
    wordy = {f"{table}.{name}" for table, name, kind in columns if kind not in DOOR_COLUMNS}
    assert wordy - set(DOOR_WORDS) == set()


def test_no_partition_can_be_reached_past_its_parent(ask):
    children = [name for name, is_partition in of_a_case(ask).items() if is_partition]
    assert len(children) > 20
    reached = ask(
        """select r.rolname, t.name, p.kind from unnest(%s::text[]) t(name),
             pg_roles r, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references']) p(kind)
           where r.rolname in ('recourse_web', 'recourse_worker') and has_table_privilege(r.rolname, t.name, p.kind)""",
        children,
    )
    assert reached == []


def test_the_runtime_logins_own_nothing_belong_to_nobody_and_cannot_bypass(ask):
    rights = ask(
        """select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
           from pg_roles where rolname = any(%s)""",
        list(RUNTIME),
    )
    assert sorted(rights) == [(name, False) for name in RUNTIME]
    assert (
        ask(
            "select m.roleid::regrole::text from pg_auth_members m where m.member::regrole::text = any(%s)",
            list(RUNTIME),
        )
        == []
    )
    owned = ask(
        """select 'class', relname::text from pg_class where relowner::regrole::text = any(%s)
           union all select 'function', proname::text from pg_proc where proowner::regrole::text = any(%s)
           union all select 'schema', nspname::text from pg_namespace where nspowner::regrole::text = any(%s)
           union all select 'database', datname::text from pg_database where datdba::regrole::text = any(%s)""",
        *([list(RUNTIME)] * 4),
    )
    assert owned == []
    assert (
        ask("select r from unnest(%s::text[]) r where has_schema_privilege(r, 'public', 'create')", list(RUNTIME)) == []
    )


def test_every_table_belongs_to_the_owner_and_none_to_a_login_that_runs(ask):
    owners = {
        name
        for (name,) in ask(
            """select distinct relowner::regrole::text from pg_class
           where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')"""
        )
    }
    assert owners == {"recourse_owner"}


def test_no_view_reads_past_the_policies(ask):
    unsafe = ask(
        """select relname from pg_class where relnamespace = 'public'::regnamespace and (relkind = 'm'
           or relkind = 'v' and not coalesce(reloptions::text like '%%security_invoker=true%%', false))"""
    )
    assert unsafe == []


@pytest.mark.parametrize("table", ["cases_event", "cases_anchor"])
@pytest.mark.parametrize("right", ["update", "delete", "truncate"])
@pytest.mark.parametrize("login", RUNTIME)
def test_no_runtime_login_may_change_the_record(ask, table, right, login):
    assert ask("select has_table_privilege(%s, %s, %s)", login, table, right) == [(False,)]


def test_functions_that_run_as_their_owner_are_listed_and_cannot_be_led_astray(ask):
    found = ask(
        """select p.proname, p.proowner::regrole::text, p.proconfig from pg_proc p
           where p.pronamespace = 'public'::regnamespace and p.prosecdef"""
    )
    assert {name for name, _owner, _config in found} == set(DEFINERS), "say in row_security.py what it answers"
    assert [name for name, owner, config in found if owner != "recourse_owner" or PATH not in config] == []


def test_every_function_of_ours_has_a_fixed_search_path(ask):
    loose = ask(
        """select proname from pg_proc where pronamespace = 'public'::regnamespace
           and not coalesce(proconfig::text like '%%search_path=public, pg_temp%%', false)"""
    )
    assert loose == []


def test_no_code_of_ours_sets_a_session():
    """A setting that outlives its transaction meets the next person on a pooled connection."""
    setting = re.compile(
        r"set_config\([^)]*,\s*false\s*\)|[\"'`]\s*set\s+(?!local\b|search_path)[\w.]+\s*(?:=|to\b)", re.I
    )
    wrong = [name_of(path) for path in python_files(*APPS, "config") if setting.search(path.read_text())]
    assert wrong == []


def test_no_code_of_ours_takes_a_lock_that_outlives_its_transaction():
    for folder in (*APPS, "config"):
        for path in python_files(folder):
            for lock in re.findall(r"pg_(?:try_)?advisory\w*", path.read_text()):
                assert "xact" in lock or name_of(path) in SESSION_LOCKS, name_of(path)


def guarded_models() -> Iterator[type[models.Model]]:
    """Yield our models that somebody may see rows of, and somebody may not."""
    for model in apps.get_models():
        table = model._meta.db_table
        if model._meta.app_label in APPS and table not in DOORS and table not in PLAIN:
            yield model


@dataclass
class Held:
    """A case that has a row of every kind, and somebody who works here and has nothing to do with it."""

    case: Case
    stranger: Actor


@pytest.fixture(scope="module")
def held(django_db_setup: None, django_db_blocker: Any) -> Iterator[Held]:
    """One case with everything."""
    with committed(django_db_blocker):
        make_case()
        case = make_case(client=make_client())
        for model in guarded_models():
            make_anything(model, case=case)
        yield Held(case, Actor.user(make_staff(roles=[Role.CASEWORKER], name="Stranger")))


def shown_to(actor: Actor | None, model: type[models.Model]) -> list[object]:
    """Return what the plainest query gives somebody, with no filter at all."""
    if actor is None:
        return [pk for (pk,) in model._default_manager.values_list("pk") if pk != SYSTEM_CHAIN]
    with acting_as(actor):
        return [pk for (pk,) in model._default_manager.values_list("pk") if pk != SYSTEM_CHAIN]


@pytest.mark.parametrize("model", list(guarded_models()), ids=lambda model: model.__name__)
def test_a_forgotten_filter_returns_nothing(held, ask, model):
    assert ask(f"select count(*) from {model._meta.db_table}")[0][0] > 0
    assert shown_to(None, model) == []
    assert shown_to(held.stranger, model) == []
    assert shown_to(Actor.client(make_client()), model) == []
    assert shown_to(Actor.recipient(uuid4()), model) == []


@pytest.mark.parametrize("model", list(guarded_models()), ids=lambda model: model.__name__)
def test_the_first_lock_alone_shows_a_stranger_nothing(held, ask, model):
    """`visible_to` is asked as the superuser would, with no policy behind it."""
    if hasattr(model._default_manager.all(), "visible_to"):
        with acting_as(held.stranger):
            shown = model._default_manager.visible_to(held.stranger)
        try:
            statement, values = shown.query.sql_with_params()
        except EmptyResultSet:
            return
        assert ask(statement, *values) == []


# Each proof is broken once here, so that a proof which cannot fail is found out.


@pytest.fixture
def is_whole(ask: Ask) -> None:
    """What is broken below must be whole before."""
    assert unprotected(ask) == []
    assert unlimited(ask) == []


@pytest.mark.usefixtures("is_whole")
def test_a_table_whose_protection_is_off_or_not_forced_is_found(ask):
    ask("alter table cases_note disable row level security")
    ask("alter table cases_party no force row level security")
    assert unprotected(ask) == ["cases_note", "cases_party"]


@pytest.mark.usefixtures("is_whole")
def test_a_new_table_with_a_case_and_without_protection_is_found(ask):
    ask("create table cases_forgotten (id uuid, case_id uuid)")
    ask("create table cases_blob (id uuid, sealed bytea)")
    assert unprotected(ask) == ["cases_blob", "cases_forgotten"]


@pytest.mark.usefixtures("is_whole")
def test_a_new_partition_without_protection_is_found(ask):
    ask(
        "create table takedowns_urlcheck_1999 partition of takedowns_urlcheck "
        "for values from ('1999-01-01') to ('2000-01-01')"
    )
    assert unprotected(ask) == ["takedowns_urlcheck_1999"]


@pytest.mark.usefixtures("is_whole")
def test_a_policy_that_lets_everybody_in_is_found(ask):
    ask("create policy open_house on cases_note using (true)")
    assert [text.split(":")[0] for text in unlimited(ask)] == ["cases_note.open_house"]


@pytest.mark.usefixtures("is_whole")
def test_a_table_without_any_policy_for_the_web_is_found(ask):
    for (name,) in ask("select polname from pg_policy where polrelid = 'cases_note'::regclass"):
        ask(f'drop policy "{name}" on cases_note')
    assert unlimited(ask) == ["cases_note: no policy for the web login"]


def test_a_dropped_lock_shows_rows_to_a_forgotten_filter(held, ask):
    ask("alter table cases_membership disable row level security")
    ask("set local role recourse_web")
    assert ask("select count(*) from cases_membership")[0][0] > 0
    assert ask("select count(*) from cases_party") == [(0,)]
