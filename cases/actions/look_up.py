"""Look a person up over the whole organisation. The answer is one word: none, one of yours, or ask the supervisor.

Row-level security stays closed: a function in the database compares keyed hashes, writes what it met elsewhere for a
supervisor, and returns the word. The record holds the kinds and hashes that were asked, never the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from cases import keys, normal
from cases.actions import limit
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.limits import Counted
from cases.models import Case, Contact, Lookup, LookupKind

ASKED = (LookupKind.NAME, LookupKind.PHONE, LookupKind.EMAIL, LookupKind.ACCOUNT)


class Answer(StrEnum):
    """All that an asker learns."""

    NONE = "none"
    YOURS = "yours"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Found:
    """The answer; `cases` holds those that the asker may see anyway."""

    answer: Answer
    cases: tuple[Case, ...] = ()


def hashes(values: Mapping[LookupKind, str], *, country: str = "") -> list[tuple[str, bytes]]:
    """Return kind and keyed hash of each form of each value, under every look-up key that is still held."""
    forms = [
        (kind, form) for kind in ASKED for form in normal.ways_to_find(kind, values.get(kind, ""), country=country)
    ]
    versions = keys.ring().versions("lookup")
    return [(kind.value, keys.blind_index(kind, form, version)[1]) for kind, form in forms for version in versions]


@transaction.atomic
def ask(
    *,
    values: Mapping[LookupKind, str],
    by: Actor,
    at: datetime,
    case: Case | None = None,
    contact: Contact | None = None,
    country: str = "",
) -> Found:
    """Look up a name, phone, e-mail or handle; raise OverLimit after too many.

    `case` or `contact`: where the question comes from; that case itself is left out. A name counts when it has two
    words or more. What is met in a case that the asker may not see waits for a supervisor, who decides.
    """
    asked = hashes(values, country=country)
    if not asked:
        return Found(Answer.NONE)
    limit.count(kind=Counted.LOOK_UP, by=by, at=at)
    record(
        CaseEvent.LOOK_UP_ASKED,
        case=case,
        by=by,
        at=at,
        subject=contact,
        kinds=sorted({kind for kind, _mac in asked}),
        hashes=[mac.hex() for _kind, mac in asked],
    )
    answer = Answer(_in_database(asked, case=case, contact=contact, at=at))
    return Found(answer, _visible(asked, by=by, case=case) if answer == Answer.YOURS else ())


def _in_database(asked: list[tuple[str, bytes]], *, case: Case | None, contact: Contact | None, at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select recourse_look_up(%s::text[], %s::bytea[], %s::uuid, %s::uuid, %s)",
            [
                [kind for kind, _mac in asked],
                [mac for _kind, mac in asked],
                case.pk if case is not None else None,
                contact.pk if contact is not None else None,
                at,
            ],
        )
        row = cursor.fetchone()
    return str(row[0])


def _visible(asked: list[tuple[str, bytes]], *, by: Actor, case: Case | None) -> tuple[Case, ...]:
    wanted = Lookup.objects.filter(mac__in=[mac for _kind, mac in asked], kind__in={kind for kind, _mac in asked})
    found = Case.objects.visible_to(by).filter(pk__in=wanted.values("case_id")).order_by("-opened_at", "pk")
    return tuple(found.exclude(pk=case.pk) if case is not None else found)


def became(*, contact_id: UUID, case_id: UUID) -> None:
    """Let what a contact met be about the case that it became."""
    with connection.cursor() as cursor:
        cursor.execute("select recourse_match_became(%s::uuid, %s::uuid)", [contact_id, case_id])
