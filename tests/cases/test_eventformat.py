"""The event hash and the commitments: fixed vectors, and nothing that can be spelled in two ways."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.eventformat import HASHED_FIELDS, NotCanonical, canonical_json, commit, event_hash, moment, opens

EVENT: dict[str, object] = {
    "chain": "6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11",
    "seq": 1,
    "prev": "",
    "at": "2026-11-22T13:40:00.000000Z",
    "recorded_at": "2026-11-22T13:40:00.120000Z",
    "actor_kind": "user",
    "actor_id": "0b6f3a52-6f0e-4a41-8d2c-6e1f5b1f7c10",
    "kind": "cases.case_opened",
    "case_id": "6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11",
    "subject": "",
    "sealed_sha256": "00" * 32,
    "commitments": {"method": "11" * 32, "colour": "22" * 32},
}


def test_the_hash_is_lengths_and_bytes_in_the_written_order() -> None:
    parts = [
        "recourse-event-1",
        "6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11",
        "1",
        "",
        "2026-11-22T13:40:00.000000Z",
        "2026-11-22T13:40:00.120000Z",
        "user",
        "0b6f3a52-6f0e-4a41-8d2c-6e1f5b1f7c10",
        "cases.case_opened",
        "6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11",
        "",
        "00" * 32,
        '{"colour":"' + "22" * 32 + '","method":"' + "11" * 32 + '"}',
    ]
    raw = b"".join(len(part).to_bytes(4, "big") + part.encode() for part in parts)
    assert event_hash(EVENT) == hashlib.sha256(raw).hexdigest()


def test_the_hash_never_changes_for_a_written_event() -> None:
    assert event_hash(EVENT) == "a0fc85e78ef42fa8ffbc29226c14a463a6bc318575cf64fa378b7321efe8f1fe"


@pytest.mark.parametrize("field", HASHED_FIELDS)
def test_every_field_counts(field: str) -> None:
    changed: object = {"seq": 2, "commitments": {}}.get(field, "something else")
    assert event_hash(EVENT | {field: changed}) != event_hash(EVENT)


def test_text_cannot_slide_from_one_field_into_the_next() -> None:
    left = event_hash(EVENT | {"actor_kind": "user", "actor_id": "x"})
    right = event_hash(EVENT | {"actor_kind": "userx", "actor_id": ""})
    assert left != right


def test_a_missing_field_is_an_error_not_an_empty_text() -> None:
    with pytest.raises(KeyError):
        event_hash({name: EVENT[name] for name in HASHED_FIELDS if name != "subject"})


@pytest.mark.parametrize("bad", [{"seq": 0}, {"seq": True}, {"seq": "1"}, {"at": None}, {"commitments": "{}"}])
def test_a_field_of_the_wrong_type_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(NotCanonical):
        event_hash(EVENT | bad)


def test_json_has_one_spelling() -> None:
    assert canonical_json({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'


@pytest.mark.parametrize("value", [1.5, float("nan"), {"é": 1}, {1: "a"}, b"x", {1, 2}, "\ud800", datetime.now(UTC)])
def test_what_has_two_spellings_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_json({"a": [value]})


def test_a_commitment_opens_only_with_its_own_salt_field_and_value() -> None:
    salt = bytes(range(16))
    commitment = commit(salt, "method", "client upload")
    assert commitment == hashlib.sha256(salt + b'["method","client upload"]').hexdigest()
    assert opens(commitment, salt, "method", "client upload")
    assert not opens(commitment, salt, "method", "own capture")
    assert not opens(commitment, salt, "source", "client upload")
    assert not opens(commitment, bytes(16), "method", "client upload")


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        commit(b"short", "method", "x")


def test_a_time_is_written_in_utc_with_six_digits() -> None:
    noon = datetime(2026, 11, 22, 14, 40, tzinfo=timezone(timedelta(hours=1)))
    assert moment(noon) == "2026-11-22T13:40:00.000000Z"
    assert moment(datetime(987, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "0987-01-02T03:04:05.000006Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 11, 22))  # noqa: DTZ001


@settings(deadline=None)
@given(st.dictionaries(st.text(alphabet="abcxyz_", max_size=5), st.text(st.characters(codec="utf-8"))))
def test_key_order_never_matters(values: dict[str, str]) -> None:
    assert canonical_json(values) == canonical_json(dict(reversed(values.items())))
