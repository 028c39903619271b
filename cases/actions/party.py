"""Keep the people of a case: who they are to it, how to reach them, and until when they have a part in it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases import normal
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Lookup, LookupKind, Party, PartyRole
from cases.states import IllegalMove

TEXTS = ("name", "pronouns", "account", "email", "phone", "agency", "remark")
LOOKED_UP = {
    "name": LookupKind.NAME,
    "account": LookupKind.ACCOUNT,
    "email": LookupKind.EMAIL,
    "phone": LookupKind.PHONE,
}


class Stale(Exception):
    """Somebody saved this person meanwhile; `saved` holds what they kept and `version` its number."""

    def __init__(self, party: Party) -> None:
        super().__init__("saved meanwhile")
        self.version = party.version
        self.saved: dict[str, Any] = {
            **{name: getattr(party, name) for name in TEXTS},
            "role": party.role,
            "language": party.language,
            "confidential_on": party.confidential_on,
        }


@transaction.atomic
def save(
    *,
    case_id: UUID,
    role: PartyRole,
    by: Actor,
    at: datetime,
    party_id: UUID | None = None,
    version: int | None = None,
    language: str = "en",
    confidential_on: date | None = None,
    **texts: str,
) -> Party:
    """Add a person, or change the one with `party_id`. `texts`: name, pronouns, account, email, phone, agency, remark.

    Raises Stale when `version` is given and is not the newest. Name, account, e-mail and phone get a keyed index, so
    that the same person can be found when they come again.
    """
    case = lock(case_id)
    unknown = set(texts) - set(TEXTS)
    if unknown:
        raise TypeError(f"A person has no {', '.join(sorted(unknown))}.")
    if party_id is None:
        party = Party(case=case, role=role, language=language, added_at=at, confidential_on=confidential_on)
    else:
        party = Party.objects.select_for_update().get(pk=party_id, case=case)
        if version is not None and party.version != version:
            raise Stale(party)
        if party.ended_at is not None:
            raise IllegalMove("This person has no part in the case any more.")
        party.role, party.language, party.version = role, language, party.version + 1
        party.confidential_on = confidential_on
    for name, text in texts.items():
        setattr(party, name, text)
    party.save()
    _index(case, party)
    record(CaseEvent.PARTY_SAVED, case=case, by=by, at=at, subject=party, role=role, changed=sorted(texts))
    return party


def _index(case: Case, party: Party) -> None:
    Lookup.objects.filter(case_id=case.pk, subject_id=party.pk).delete()
    for field, kind in LOOKED_UP.items():
        value = normal.findable(kind, getattr(party, field), country=case.country)
        if value:
            Lookup.of(kind=kind, value=value, case_id=case.pk, subject_id=party.pk).save()


@transaction.atomic
def end(*, case_id: UUID, party_id: UUID, by: Actor, at: datetime) -> Party:
    """End a person's part in a case. What was written stays, and they are still found when they come again."""
    case = lock(case_id)
    party: Party = Party.objects.select_for_update().get(pk=party_id, case=case)
    if party.ended_at is not None:
        raise IllegalMove("This person has no part in the case any more.")
    party.ended_at, party.version = at, party.version + 1
    party.save(update_fields=["ended_at", "version"])
    record(CaseEvent.PARTY_ENDED, case=case, by=by, at=at, subject=party, role=party.role)
    return party
