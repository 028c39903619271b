"""The record: written once in order, sealed, and closed to every change."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection

from cases import eventformat
from cases.access import acting_as
from cases.actor import Actor
from cases.ledger import record
from cases.models import Event
from cases.permissions import Role
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db


def _fields(event: Event) -> dict[str, object]:
    return {
        "chain": str(event.chain),
        "seq": event.seq,
        "prev": bytes(event.prev).hex(),
        "at": eventformat.moment(event.at),
        "recorded_at": eventformat.moment(event.recorded_at),
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "kind": event.kind,
        "case_id": str(event.case_id or ""),
        "subject": event.subject,
        "sealed_sha256": sha256(bytes(event.sealed)).hexdigest(),
        "commitments": json.loads(event.commitments),
    }


def test_events_of_a_case_form_one_chain_that_python_and_postgres_hash_alike():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        for number in range(3):
            record("cases.note_written", case=case, by=actor, at=NOON, subject=case, number=number, text="مرحبا")
        events = list(Event.objects.filter(case=case).order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    before = b""
    for event in events:
        assert bytes(event.prev) == before
        assert eventformat.event_hash(_fields(event)) == bytes(event.hash).hex()
        before = bytes(event.hash)


def test_an_event_keeps_when_it_happened_apart_from_when_it_was_written():
    case = make_case()
    long_ago = datetime(2025, 1, 2, 3, 4, tzinfo=UTC)
    with acting_as(Actor.user(case.owner)) as actor:
        record("cases.note_written", case=case, by=actor, at=long_ago)
        event = Event.objects.filter(case=case).newest_first()[0]
    assert event.at == long_ago
    assert event.recorded_at.year >= 2026


def test_a_caller_cannot_choose_place_time_or_hash_of_an_event():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        Event(
            case=case,
            chain=UUID(int=5),
            seq=900,
            prev=b"x",
            hash=b"y",
            at=NOON,
            recorded_at=NOON,
            kind="cases.forged",
            actor_kind="user",
            actor_id="",
        ).save(force_insert=True)
        event = Event.objects.filter(case=case, kind="cases.forged").get()
    assert event.chain == case.pk
    assert event.seq < 10
    assert bytes(event.hash) != b"y"
    assert event.recorded_at != NOON


@pytest.mark.parametrize(
    "statement", ["update cases_event set kind = 'x'", "delete from cases_event", "truncate cases_event"]
)
@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.django_db(transaction=True)
def test_events_refuse_every_change_from_a_runtime_login(statement, role):
    case = make_case()
    refused = pytest.raises(ProgrammingError, match=r"permission denied|append-only")
    with logged_in_as(role), refused, acting_as(Actor.user(case.owner)), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement", ["update cases_event set kind = 'x'", "delete from cases_event", "truncate cases_event cascade"]
)
@pytest.mark.django_db(transaction=True)
def test_events_refuse_change_even_from_their_owner(statement):
    make_case()
    with logged_in_as("owner"), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="append-only"):
        cursor.execute(statement)


def test_what_an_event_says_is_sealed_and_each_value_committed_to():
    case = make_case()
    with acting_as(Actor.user(case.owner)) as actor:
        written = record("cases.note_written", case=case, by=actor, at=NOON, text="her name is Ines", length=4)
        event = Event.objects.get(pk=written.pk)
        assert event.body == {"text": "her name is Ines", "length": 4}
        assert b"Ines" not in bytes(event.sealed)
        assert "Ines" not in event.commitments
        commitment = json.loads(event.commitments)["text"]
        assert eventformat.opens(commitment, bytes.fromhex(event.salts["text"]), "text", "her name is Ines")


def test_the_same_value_is_committed_to_differently_each_time():
    case = make_case()
    with acting_as(Actor.user(case.owner)) as actor:
        first, second = (record("cases.note_written", case=case, by=actor, at=NOON, answer="yes") for _ in range(2))
        assert json.loads(first.commitments)["answer"] != json.loads(second.commitments)["answer"]
        assert first.salts["answer"] != second.salts["answer"]


def test_an_event_needs_an_aware_time():
    case = make_case()
    with acting_as(Actor.user(case.owner)) as actor, pytest.raises(ValueError, match="aware"):
        record("cases.note_written", case=case, by=actor, at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_whoever_may_not_read_a_chain_goes_on_with_it_all_the_same():
    """The database looks for the end of a chain as its owner: a client sees no event and would begin at one."""
    client = make_client()
    case = make_case(client=client)
    worker, person = Actor.user(case.owner), Actor.client(client)
    for actor, of in ((person, case), (worker, None), (person, case), (person, None), (worker, case)):
        with acting_as(actor):
            record("cases.note_written", case=of, by=actor, at=NOON)
    with acting_as(person):
        assert not Event.objects.exists()
    with acting_as(worker):
        chain = list(Event.objects.filter(case=case).order_by("seq"))
    assert [event.seq for event in chain] == list(range(1, len(chain) + 1))
    assert [bytes(event.prev) for event in chain[1:]] == [bytes(event.hash) for event in chain[:-1]]
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        system = list(Event.objects.filter(case=None).order_by("seq").values_list("seq", flat=True))
    assert system == list(range(1, len(system) + 1))
    assert len(system) >= 2


def test_the_chain_of_the_system_stands_apart_from_cases():
    case = make_case()
    actor = Actor.system("test")
    with acting_as(actor):
        record("cases.signed_in", case=None, by=actor, at=NOON)
    with acting_as(Actor.user(case.owner)):
        assert not Event.objects.filter(kind="cases.signed_in").exists()
