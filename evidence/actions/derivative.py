"""Keep what was made from an exhibit: sealed and stored first, then written down with its event in one step."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actions.case import lock
from cases.actor import Actor
from cases.keys import case_key
from cases.ledger import record
from cases.states import IllegalMove
from cases.vault import Stored, Vault
from evidence.events import EvidenceEvent
from evidence.intake import StagedFile, Staging
from evidence.models import Derivative, DerivativeKind, DerivativeState, Exhibit, ExhibitState

LARGEST = 1 << 31
"""A sanity bound on one derivative, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Something made from an exhibit and not kept yet: its bytes, what they are, and the few facts a page shows.

    `data` may be a file that was staged for this case already; its `file_id` then becomes the derivative's id.
    """

    kind: DerivativeKind
    data: bytes | StagedFile
    media_type: str
    tool: str
    facts: dict[str, Any] = field(default_factory=dict)


def keep(
    *,
    exhibit_id: UUID,
    kind: DerivativeKind,
    data: bytes | StagedFile,
    media_type: str,
    tool: str,
    facts: dict[str, Any],
    by: Actor,
    at: datetime,
    vault: Vault | None = None,
) -> Derivative:
    """Seal and store what was made, then write its row and its event; call this outside of `acting_as`.

    Whatever fails, nothing of it is left in the store. Raises VaultError when the store refuses, IllegalMove when the
    case was locked or the exhibit removed meanwhile, Exhibit.DoesNotExist where the actor does not reach it.
    """
    made = Made(kind=kind, data=data, media_type=media_type, tool=tool, facts=facts)
    vault = vault or Vault()
    kept = store(exhibit_id=exhibit_id, made=made, actor=by, vault=vault)
    try:
        with acting_as(by):
            return write(exhibit_id=exhibit_id, kept=kept, by=by, at=at)
    except BaseException:
        vault.delete(kept.stored.name)
        raise


@dataclass(frozen=True, slots=True)
class Kept:
    """Something made that lies in the store already, without a row yet."""

    made: Made
    staged: StagedFile
    stored: Stored


def store(*, exhibit_id: UUID, made: Made, actor: Actor, vault: Vault) -> Kept:
    """Seal and store what was made; the caller writes its row, or deletes it. Call outside of `acting_as`."""
    staged = made.data if isinstance(made.data, StagedFile) else _stage(exhibit_id, made.data, actor)
    try:
        return Kept(made, staged, vault.put(staged))
    finally:
        staged.discard()


@transaction.atomic
def failed(*, exhibit_id: UUID, kind: DerivativeKind, tool: str, reason: str, by: Actor, at: datetime) -> Derivative:
    """Write down that something could not be made, and why: `reason` is a code of ours, never a word of the file.

    Call inside `acting_as`. Raises IllegalMove when the case was locked or the exhibit removed meanwhile.
    """
    exhibit = _exhibit(exhibit_id)
    row = Derivative.make(
        case_id=exhibit.case_id,
        exhibit=exhibit,
        kind=kind,
        state=DerivativeState.FAILED,
        made_at=at,
        tool=tool[:80],
        parent_sha256=exhibit.sha256,
        facts={"reason": reason},
    )
    row.save(force_insert=True)
    record(
        EvidenceEvent.DERIVATIVE_FAILED,
        case=exhibit.case_id,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        what=kind,
        reason=reason,
        tool=tool[:80],
        derivative=row.pk,
    )
    return row


@transaction.atomic
def write(*, exhibit_id: UUID, kept: Kept, by: Actor, at: datetime) -> Derivative:
    """Write the row and the event of what was stored; call inside `acting_as`. Raises IllegalMove like `keep`."""
    made, staged, stored = kept.made, kept.staged, kept.stored
    exhibit = _exhibit(exhibit_id)
    row = Derivative.make(
        id=staged.file_id,
        case_id=exhibit.case_id,
        exhibit=exhibit,
        kind=made.kind,
        state=DerivativeState.MADE,
        made_at=at,
        tool=made.tool[:80],
        media_type=made.media_type,
        parent_sha256=exhibit.sha256,
        size=staged.plain_bytes,
        sha256=staged.sha256,
        object_name=stored.name,
        cipher_sha256=stored.sealed_sha256,
        cipher_size=stored.sealed_bytes,
        facts=made.facts,
    )
    row.save(force_insert=True)
    record(
        EvidenceEvent.DERIVATIVE_MADE,
        case=exhibit.case_id,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        what=made.kind,
        sha256=row.sha256,
        parent_sha256=exhibit.sha256,
        size=row.size,
        tool=row.tool,
        derivative=row.pk,
    )
    return row


def _stage(exhibit_id: UUID, data: bytes, actor: Actor) -> StagedFile:
    with acting_as(actor):
        case_id = Exhibit.objects.values_list("case_id", flat=True).get(pk=exhibit_id)
        key = case_key(case_id)
    with Staging(settings.STAGING_DIR, key, case_id, limit=LARGEST, file_id=uuid4()) as staging:
        staging.write(data)
        return staging.finish()


def _exhibit(exhibit_id: UUID) -> Exhibit:
    """Return the exhibit with its case locked; raise IllegalMove where nothing may be made from it any more."""
    case_id = Exhibit.objects.values_list("case_id", flat=True).get(pk=exhibit_id)
    case = lock(case_id)
    exhibit = Exhibit.objects.get(pk=exhibit_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nothing is made from its files."))
    if exhibit.state != ExhibitState.SEALED:
        raise IllegalMove(_("This exhibit is not kept any more."))
    return exhibit
