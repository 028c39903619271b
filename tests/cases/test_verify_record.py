"""The check of the record: whole when it is whole, and naming the first place where it is not."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cases.access import acting_as
from cases.actions.anchor import make_anchor
from cases.actor import Actor
from cases.ledger import record
from cases.models import Anchor, Case
from cases.record_check import check_record
from tests.conftest import NOON
from tests.factories.cases import make_case

pytestmark = pytest.mark.usefixtures("as_worker")
SYSTEM = Actor.system("test")


@pytest.fixture
def case() -> Case:
    made = make_case()
    with acting_as(SYSTEM):
        for number in range(6):
            record("cases.note_written", case=made, by=SYSTEM, at=NOON + timedelta(hours=number), number=number)
        record("cases.signed_in", case=None, by=SYSTEM, at=NOON)
    return made


@pytest.fixture
def forger() -> Iterator[psycopg.Connection]:
    """Somebody who owns the machine: no trigger, no policy stands in the way."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name, autocommit=True) as cluster:
        cluster.execute("set session_replication_role = replica")
        yield cluster


def test_a_record_that_nobody_touched_is_whole(case: Case) -> None:
    out = StringIO()
    call_command("verify_record", stdout=out)
    checked = check_record()
    assert checked.fault is None
    assert f"{checked.events} events in 2 chains" in out.getvalue()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sealed", "sealed || '\\x00'::bytea"),
        ("at", "at + interval '1 microsecond'"),
        ("recorded_at", "recorded_at + interval '1 second'"),
        ("actor_id", "'somebody else'"),
        ("actor_kind", "'client'"),
        ("kind", "'cases.note_removed'"),
        ("subject", "'cases_case:x'"),
        ("commitments", "commitments || ' '"),
        ("prev", "decode(repeat('00', 32), 'hex')"),
        ("hash", "decode(repeat('00', 32), 'hex')"),
        ("case_id", "null"),
    ],
)
def test_a_forged_value_of_one_event_is_found_and_named(
    case: Case, forger: psycopg.Connection, column: str, value: str
) -> None:
    forger.execute(f"update cases_event set {column} = {value} where chain = %s and seq = 4", [case.pk])
    checked = check_record()
    assert checked.fault is not None
    assert checked.fault.where == f"chain {case.pk}, event 4"
    with pytest.raises(CommandError, match=f"chain {case.pk}, event 4"):
        call_command("verify_record")


def test_an_event_that_was_taken_out_leaves_a_gap(case: Case, forger: psycopg.Connection) -> None:
    forger.execute("delete from cases_event where chain = %s and seq = 3", [case.pk])
    fault = check_record().fault
    assert fault is not None
    assert (fault.where, fault.what) == (f"chain {case.pk}, event 4", "number 3 is missing")


def test_events_that_were_swapped_are_found(case: Case, forger: psycopg.Connection) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        forger.execute("update cases_event set seq = %s where chain = %s and seq = %s", [new, case.pk, old])
    assert str(check_record().fault).startswith(f"chain {case.pk}, event 3")


def test_a_hash_that_was_made_again_over_a_forged_event_breaks_the_next_one(
    case: Case, forger: psycopg.Connection
) -> None:
    forger.execute("update cases_event set kind = 'x' where chain = %s and seq = 4", [case.pk])
    forger.execute("update cases_event e set hash = recourse_event_hash(e) where chain = %s and seq = 4", [case.pk])
    assert str(check_record().fault) == f"chain {case.pk}, event 5: it does not follow the event before it"


def written_days_ago(forger: psycopg.Connection, days: int) -> None:
    """Make the whole record as if it had been written some days ago, every hash made anew."""
    forger.execute("update cases_event set recorded_at = recorded_at - make_interval(days => %s)", [days])
    rows = forger.execute("select id, chain from cases_event order by chain, seq").fetchall()
    chain, prev = None, b""
    for event, of_chain in rows:
        prev = prev if of_chain == chain else b""
        forger.execute("update cases_event set prev = %s where id = %s", [prev, event])
        made = forger.execute(
            "update cases_event e set hash = recourse_event_hash(e) where id = %s returning hash", [event]
        ).fetchone()
        assert made is not None
        chain, prev = of_chain, made[0]


@pytest.fixture
def anchored(case: Case, forger: psycopg.Connection) -> Case:
    """A case whose record is a week old, with anchors of the last two days."""
    written_days_ago(forger, 7)
    for days in (1, 0):
        with acting_as(SYSTEM):
            make_anchor(by=SYSTEM, at=datetime.now(UTC) - timedelta(days=days))
    assert (check_record().anchors, check_record().fault) == (2, None)
    return case


def last_of(case: Case, forger: psycopg.Connection) -> int:
    row = forger.execute("select max(seq) from cases_event where chain = %s", [case.pk]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_chain_that_was_cut_at_its_end_is_found_by_the_anchor(anchored: Case, forger: psycopg.Connection) -> None:
    last = last_of(anchored, forger)
    forger.execute("delete from cases_event where chain = %s and seq = %s", [anchored.pk, last])
    fault = check_record().fault
    assert fault is not None
    assert fault.where.startswith("anchor of ")
    assert "another number" in fault.what


def test_a_chain_that_was_written_anew_to_its_end_is_found_by_the_anchor(
    anchored: Case, forger: psycopg.Connection
) -> None:
    last = last_of(anchored, forger)
    forger.execute("update cases_event set kind = 'x' where chain = %s and seq = %s", [anchored.pk, last])
    forger.execute(
        "update cases_event e set hash = recourse_event_hash(e) where chain = %s and seq = %s", [anchored.pk, last]
    )
    assert "the chains do not end where it says" in str(check_record().fault)


def test_an_anchor_that_was_taken_out_breaks_the_next_one(anchored: Case, forger: psycopg.Connection) -> None:
    first = Anchor.objects.order_by("day")[0]
    forger.execute("delete from cases_anchor where day = %s", [first.day])
    assert "does not follow the anchor before it" in str(check_record().fault)


@pytest.mark.django_db
def test_a_login_that_sees_no_event_does_not_call_the_record_whole() -> None:
    from tests.conftest import logged_in_as

    with logged_in_as("web"), pytest.raises(CommandError, match="does not see every event"):
        call_command("verify_record")
