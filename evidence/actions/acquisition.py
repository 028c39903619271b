"""How an exhibit came: the first record is made with it, every correction is a further one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.states import CaseState, IllegalMove
from evidence import acquisition as facts
from evidence.events import EvidenceEvent
from evidence.models import Acquisition, EvidenceKind, Exhibit


def begin(
    *, exhibit: Exhibit, answers: Mapping[str, str], system: dict[str, str], by: Actor, at: datetime
) -> Acquisition:
    """Write the first record of a new exhibit, in the transaction that seals it; its sealing is the event."""
    row = Acquisition.make(
        case_id=exhibit.case_id,
        exhibit=exhibit,
        number=1,
        made_at=at,
        answers=facts.kept(answers),
        system=system,
        made_by=by.label,
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def correct(
    *,
    exhibit_id: UUID,
    answers: Mapping[str, str],
    why: str,
    evidence_kind: EvidenceKind | None = None,
    by: Actor,
    at: datetime,
) -> Acquisition:
    """Put a further record in place of the one that stands, with the reason; the old one is kept.

    Raises IllegalMove for a case that is locked for age or closed, and where nothing would change.
    """
    exhibit = Exhibit.objects.select_related("case").get(pk=exhibit_id)
    case = lock(exhibit.case_id)
    if case.is_age_locked or case.state == CaseState.CLOSED:
        raise IllegalMove(_("This case takes no changes now."))
    before = facts.standing(exhibit)
    said, known = facts.kept(answers), before.answers if before is not None else {}
    changed = sorted(name for name in {*said, *known} if said.get(name) != known.get(name))
    kind = evidence_kind or EvidenceKind(exhibit.evidence_kind)
    if kind != exhibit.evidence_kind:
        changed.append("evidence_kind")
    if not changed:
        raise IllegalMove(_("Nothing was changed."))
    if before is not None:
        before.replaced_at = at
        before.save(update_fields=["replaced_at"])
    row = Acquisition.make(
        case=case,
        exhibit=exhibit,
        number=before.number + 1 if before is not None else 1,
        made_at=at,
        answers=said,
        system=before.system if before is not None else {},
        why=why,
        made_by=by.label,
    )
    row.save(force_insert=True)
    found = said.get(facts.FOUND_AT, "")
    exhibit.evidence_kind = kind
    exhibit.discovered_at = datetime.fromisoformat(found) if found else None
    exhibit.save(update_fields=["evidence_kind", "discovered_at"])
    record(
        EvidenceEvent.ACQUISITION_CORRECTED,
        case=case,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        number=row.number,
        changed=changed,
        why=why,
    )
    return row
