"""To whom fingerprints may be given, and which service a client used themselves. No file and no hash leaves here."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.models import Case, Consent, ConsentBasis, Power
from cases.states import CaseState, IllegalMove
from evidence.events import EvidenceEvent
from evidence.models import HashRelease, HashService, HashServiceUse


def _open(case_id: UUID) -> Case:
    case = lock(case_id)
    if not case.takes_material:
        raise IllegalMove(_("Everyone shown must have been said to be an adult first."))
    if case.state in (CaseState.CLOSED, CaseState.ERASED):
        raise IllegalMove(_("This case is closed. Open it again first."))
    return case


@transaction.atomic
def agree(*, case_id: UUID, recipient: str, purpose: str, basis: ConsentBasis, by: Actor, at: datetime) -> HashRelease:
    """Keep the client's yes to one recipient. It needs their yes to fingerprints first, and is never taken by voice."""
    case = _open(case_id)
    if not Consent.objects.filter(case=case).allows(Power.KEEP_FINGERPRINT):
        raise IllegalMove(_("The client did not agree that we keep fingerprints. Ask that first."))
    if basis == ConsentBasis.ORAL:
        raise IllegalMove(_("This needs the client’s yes in writing or on their page."))
    if not recipient.strip():
        raise IllegalMove(_("Name who may have them."))
    row = HashRelease.make(
        case=case,
        basis=basis,
        given_at=at,
        written_by_id=by.id if by.kind == ActorKind.USER else None,
        recipient=recipient.strip(),
        purpose=purpose.strip(),
    )
    row.save(force_insert=True)
    record(
        EvidenceEvent.HASH_RELEASE_GIVEN,
        case=case,
        by=by,
        at=at,
        subject=row,
        recipient=row.recipient,
        purpose=row.purpose,
        basis=basis,
    )
    return row


@transaction.atomic
def end(*, hash_release_id: UUID, by: Actor, at: datetime) -> HashRelease:
    """Take a yes to one recipient back. Finished lists for it cannot be fetched any more."""
    case = lock(HashRelease.objects.values_list("case_id", flat=True).get(pk=hash_release_id))
    row: HashRelease = HashRelease.objects.select_for_update(of=("self",)).get(pk=hash_release_id)
    if row.ended_at is not None:
        raise IllegalMove(_("This was taken back already."))
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    record(EvidenceEvent.HASH_RELEASE_ENDED, case=case, by=by, at=at, subject=row, recipient=row.recipient)
    return row


@transaction.atomic
def note_use(
    *, case_id: UUID, service: HashService, name: str, done_on: date, number: str, by: Actor, at: datetime
) -> HashServiceUse:
    """Note that the client used a service on their own device, on which day, and the case number they were given.

    The PIN belongs to the client alone and is not asked. `done_on` is a day up to today, by the clock of `at`.
    """
    case = _open(case_id)
    if done_on > at.date():
        raise IllegalMove(_("This day is still to come."))
    if service == HashService.OTHER and not name.strip():
        raise IllegalMove(_("Name the service."))
    row = HashServiceUse.make(
        case=case,
        service=service,
        done_on=done_on,
        told_at=at,
        written_by_id=by.id if by.kind == ActorKind.USER else None,
        name=name.strip() if service == HashService.OTHER else "",
        number=number.strip(),
    )
    row.save(force_insert=True)
    record(
        EvidenceEvent.HASH_SERVICE_USED,
        case=case,
        by=by,
        at=at,
        subject=row,
        service=service,
        name=row.name,
        done_on=done_on.isoformat(),
        number=row.number,
    )
    return row


@transaction.atomic
def take_back_use(*, hash_service_use_id: UUID, by: Actor, at: datetime) -> HashServiceUse:
    """Mark a note as wrong or withdrawn by the client; the row and its event stay."""
    case = lock(HashServiceUse.objects.values_list("case_id", flat=True).get(pk=hash_service_use_id))
    row: HashServiceUse = HashServiceUse.objects.select_for_update(of=("self",)).get(pk=hash_service_use_id)
    if row.taken_back_at is not None:
        raise IllegalMove(_("This was taken back already."))
    row.taken_back_at = at
    row.save(update_fields=["taken_back_at"])
    record(EvidenceEvent.HASH_SERVICE_TAKEN_BACK, case=case, by=by, at=at, subject=row, service=row.service)
    return row
