"""Somebody who owns the machine: no trigger, no policy stands in the way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from cases.actions.anchor import end_of, hash_of_heads, heads_until
from cases.models import Anchor, Case


@contextmanager
def forging() -> Iterator[psycopg.Connection]:
    """Connect to the test's database as the owner of the cluster, with every trigger off."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name, autocommit=True) as cluster:
        cluster.execute("set session_replication_role = replica")
        yield cluster


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


def last_of(case: Case, forger: psycopg.Connection) -> int:
    row = forger.execute("select max(seq) from cases_event where chain = %s", [case.pk]).fetchone()
    assert row is not None
    return int(row[0])


def rewrite_tail(forger: psycopg.Connection, case: Case, seq: int) -> None:
    """Change one event and make every hash of the chain after it anew, as the database itself would."""
    forger.execute("update cases_event set kind = 'cases.forged' where chain = %s and seq = %s", [case.pk, seq])
    rows = forger.execute(
        "select id, prev from cases_event where chain = %s and seq >= %s order by seq", [case.pk, seq]
    )
    prev = None
    for event, first_prev in rows.fetchall():
        prev = first_prev if prev is None else prev
        forger.execute("update cases_event set prev = %s where id = %s", [prev, event])
        made = forger.execute(
            "update cases_event e set hash = recourse_event_hash(e) where id = %s returning hash", [event]
        ).fetchone()
        assert made is not None
        prev = made[0]


def rewrite_anchors(forger: psycopg.Connection) -> None:
    """Make every anchor anew over the forged chains, each on the one before."""
    prev = b""
    for anchor in Anchor.objects.order_by("day"):
        of_heads, whole = hash_of_heads(heads_until(end_of(anchor.day)), prev)
        forger.execute(
            "update cases_anchor set prev = %s, heads_hash = %s, hash = %s where id = %s",
            [prev, of_heads, whole, anchor.pk],
        )
        prev = whole


def rewrite_hashes(forger: psycopg.Connection, case: Case) -> None:
    """Make all hashes of a chain anew, each on the one before."""
    prev = b""
    rows = forger.execute("select id from cases_event where chain = %s order by seq", [case.pk]).fetchall()
    for (event,) in rows:
        forger.execute("update cases_event set prev = %s where id = %s", [prev, event])
        made = forger.execute(
            "update cases_event e set hash = recourse_event_hash(e) where id = %s returning hash", [event]
        ).fetchone()
        assert made is not None
        prev = made[0]
