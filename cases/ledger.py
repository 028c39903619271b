"""The one door into the record."""

import os
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import models

from cases import eventformat
from cases.actor import Actor
from cases.models import Case, Event


def record(
    kind: str,
    *,
    case: Case | UUID | None,
    by: Actor,
    at: datetime,
    subject: models.Model | None = None,
    **body: Any,
) -> Event:
    """Write one event in the current transaction and return it (its place in the chain is known to Postgres only).

    `case` None writes to the system's chain. `at` is when it happened; the database adds when it was written.
    `body` holds JSON values that are sealed under the case's key; each gets a salted commitment, so that a bundle
    may disclose one value and withhold its neighbour.
    """
    if at.tzinfo is None:
        raise ValueError("An event needs an aware time.")
    case_id = case.pk if isinstance(case, Case) else case
    plain = {name: _plain(value) for name, value in body.items()}
    salts = {name: os.urandom(eventformat.SALT_BYTES) for name in plain}
    commitments = {name: eventformat.commit(salts[name], name, value) for name, value in plain.items()}
    event = Event.make(
        case_id=case_id,
        chain=case_id or UUID(int=0),
        seq=0,
        at=at,
        recorded_at=at,
        actor_kind=by.kind.value,
        actor_id=str(by.id) if by.id else by.label,
        kind=str(kind),
        subject=f"{subject._meta.db_table}:{subject.pk}" if subject is not None else "",
        commitments=eventformat.canonical_json(commitments),
        body=plain,
        salts={name: salt.hex() for name, salt in salts.items()},
    )
    event.save(force_insert=True)
    return event


def _plain(value: Any) -> Any:
    """Turn values of our own into the JSON that stands for them."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return eventformat.moment(value)
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value
