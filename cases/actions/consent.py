"""Record what a client lets us do, one power at a time. A new answer ends the one before; nothing is overwritten."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.actions import authority
from cases.actions.case import lock
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Consent, ConsentBasis, Power
from cases.states import IllegalMove


@transaction.atomic
def answer(
    *,
    case_id: UUID,
    answers: Mapping[Power, bool],
    basis: ConsentBasis,
    signed_name: str = "",
    witness: str = "",
    by: Actor,
    at: datetime,
) -> list[Consent]:
    """Keep a yes or no for each power named; powers not named stay as they are.

    A yes on the page or in writing needs the name it is signed with; a yes that was told needs who heard it.
    Somebody who supports the person shown cannot agree for them: only that person's own writing counts then.
    """
    case = lock(case_id)
    if any(answers.values()):
        if basis != ConsentBasis.WRITTEN and authority.is_supporter(case):
            raise IllegalMove("Only the person shown can agree for themselves.")
        if basis == ConsentBasis.ORAL and not witness:
            raise IllegalMove("Write who heard it.")
        if basis != ConsentBasis.ORAL and not signed_name:
            raise IllegalMove("A yes needs a name as signature.")
    made = []
    for power, is_given in answers.items():
        Consent.objects.standing().filter(case=case, power=power).update(ended_at=at)
        row = Consent(case=case, power=power, is_given=is_given, basis=basis, given_at=at)
        row.signed_name, row.witness = signed_name if is_given else "", witness
        row.save(force_insert=True)
        kind = CaseEvent.CONSENT_GIVEN if is_given else CaseEvent.CONSENT_REFUSED
        record(kind, case=case, by=by, at=at, subject=row, power=power, basis=basis, witness=witness)
        made.append(row)
    return made
