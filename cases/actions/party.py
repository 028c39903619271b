"""Keep a person in a case: who they are to it, and how they want to be called."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Lookup, LookupKind, Party, PartyRole

TEXTS = ("name", "pronouns", "account", "email", "phone", "remark")
LOOKED_UP = {"account": LookupKind.ACCOUNT, "email": LookupKind.EMAIL, "phone": LookupKind.PHONE}


@transaction.atomic
def save(
    *,
    case_id: UUID,
    role: PartyRole,
    by: Actor,
    at: datetime,
    party_id: UUID | None = None,
    language: str = "en",
    **texts: str,
) -> Party:
    """Add a person, or change the one with `party_id`. `texts`: name, pronouns, account, email, phone, remark.

    Account, e-mail and phone get a keyed index, so that the same person can be found when they come again.
    """
    case = lock(case_id)
    unknown = set(texts) - set(TEXTS)
    if unknown:
        raise TypeError(f"A person has no {', '.join(sorted(unknown))}.")
    if party_id is None:
        party = Party(case=case, role=role, language=language, added_at=at)
    else:
        party = Party.objects.select_for_update().get(pk=party_id, case=case)
        party.role, party.language, party.version = role, language, party.version + 1
    for name, text in texts.items():
        setattr(party, name, text)
    party.save()
    _index(party)
    record(CaseEvent.PARTY_SAVED, case=case, by=by, at=at, subject=party, role=role, changed=sorted(texts))
    return party


def _index(party: Party) -> None:
    Lookup.objects.filter(case_id=party.case_id, subject_id=party.pk).delete()
    for field, kind in LOOKED_UP.items():
        value = findable(kind, getattr(party, field))
        if value:
            Lookup.of(kind=kind, value=value, case_id=party.case_id, subject_id=party.pk).save()


def findable(kind: str, text: str) -> str:
    """Return the one form of an account, e-mail or phone under which it is indexed."""
    plain = text.strip().casefold()
    if kind == LookupKind.PHONE:
        digits = "".join(sign for sign in plain if sign.isdecimal())
        return ("+" if plain.startswith("+") else "") + digits
    return plain.removeprefix("@") if kind == LookupKind.ACCOUNT else plain
