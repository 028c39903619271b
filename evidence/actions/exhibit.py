"""Take files in as exhibits: stored and read back first, then numbered and sealed in one step with its event."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cases import outbox
from cases.access import acting_as
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case
from cases.states import CaseState, IllegalMove
from cases.vault import Stored, Vault
from evidence import acquisition as facts
from evidence.actions import acquisition as acquisition_actions
from evidence.events import EvidenceEvent
from evidence.guessing import guess
from evidence.intake import ClientName, StagedFile
from evidence.kinds import Finding
from evidence.models import AcquisitionMethod, EvidenceKind, Exhibit, ExhibitState

CLIENT_PRODUCER = "CL"
"""The producer's letters of what a client sent over their own page: their initials would name them."""
NO_LETTERS = "XX"
"""Stands for a name without a letter from A to Z: references are read out on telephones everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One sealed file in the staging folder, with the name it came under and what its bytes say it is."""

    staged: StagedFile
    name: ClientName
    finding: Finding
    claimed_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the person who brings files says about them; all of it is sealed."""

    description: str
    method: AcquisitionMethod
    source: str = ""
    discovered_at: datetime | None = None
    evidence_kind: EvidenceKind | None = None
    """What the file is as evidence; None guesses from its bytes and name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exhibit a file became, or the one it already was."""

    exhibit: Exhibit
    is_new: bool


def initials(name: str) -> str:
    """Return two or three letters A to Z for the producer's part of a reference: "Amira K." gives AK."""
    plain = unicodedata.normalize("NFKD", name)
    words: list[str] = re.findall(r"[A-Z]+", "".join(c for c in plain if not unicodedata.combining(c)).upper())
    if not words:
        return NO_LETTERS
    if len(words) == 1:
        return (words[0] + NO_LETTERS)[:2]
    chosen = words if len(words) == 2 else (words[0], words[1], words[-1])
    return "".join(word[0] for word in chosen)


def check_open(case: Case) -> None:
    """Raise IllegalMove, in words for a caseworker, where no file may come in: before anything is read or stored."""
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. No file can be taken in."))
    if not case.takes_material:
        raise IllegalMove(_("Ask first how old everyone shown was. Until then no file can be taken in."))
    if case.state == CaseState.CLOSED:
        raise IllegalMove(_("This case is closed. Open it again before you add files."))


def take_in(
    *,
    case_id: UUID,
    incoming: Incoming,
    statement: Statement,
    producer: str,
    by: Actor,
    at: datetime,
    vault: Vault | None = None,
    acquisition: Mapping[str, str] | None = None,
    route: str = "browser",
) -> Outcome:
    """Keep one staged file as an exhibit of a case; a file the case holds already is recognised, not kept twice.

    Storing happens outside any transaction, sealing in one of its own: call this outside of `acting_as`. Whatever
    fails, nothing of the file is left. `acquisition` are answers by the names in evidence.acquisition; `route` is how
    the file came in (evidence.acquisition.ROUTES). Raises VaultError when the store refuses, IllegalMove when the case
    may not take files (any more).
    """
    vault = vault or Vault()
    staged = incoming.staged
    system = facts.system_facts(route=route, at=at)
    try:
        with acting_as(by):
            known = _held_already(case_id, incoming, by=by, at=at)
        if known is not None:
            return Outcome(known, is_new=False)
        stored = vault.put(staged)
        try:
            with acting_as(by):
                known = _held_already(case_id, incoming, by=by, at=at)
                if known is None:
                    return Outcome(
                        _seal(
                            case_id=case_id,
                            incoming=incoming,
                            statement=statement,
                            stored=stored,
                            producer=producer,
                            answers=acquisition or {},
                            system=system,
                            by=by,
                            at=at,
                        ),
                        is_new=True,
                    )
        except BaseException:
            vault.delete(stored.name)
            raise
        vault.delete(stored.name)
        return Outcome(known, is_new=False)
    finally:
        staged.discard()


def keep_stored(
    *,
    case_id: UUID,
    incoming: Incoming,
    stored: Stored,
    statement: Statement,
    producer: str,
    acquisition: Mapping[str, str],
    system: dict[str, str],
    by: Actor,
    at: datetime,
) -> Outcome:
    """Make an exhibit of a file that lies in the vault already, read back and whole; in one transaction.

    Where the case holds the file already that exhibit is returned, and the stored file is the caller's to remove.
    """
    with acting_as(by):
        known = _held_already(case_id, incoming, by=by, at=at)
        if known is not None:
            return Outcome(known, is_new=False)
        made = _seal(
            case_id=case_id,
            incoming=incoming,
            statement=statement,
            stored=stored,
            producer=producer,
            answers=acquisition,
            system=system,
            by=by,
            at=at,
        )
        return Outcome(made, is_new=True)


def _held_already(case_id: UUID, incoming: Incoming, *, by: Actor, at: datetime) -> Exhibit | None:
    case = lock(case_id)
    check_open(case)
    known = Exhibit.objects.sealed().filter(case=case, sha256=incoming.staged.sha256).first()
    if known is not None:
        record(
            EvidenceEvent.FILE_KNOWN,
            case=case,
            by=by,
            at=at,
            subject=known,
            exhibit=known.label,
            sha256=known.sha256,
            name=incoming.name.shown,
        )
    return known


def _seal(
    *,
    case_id: UUID,
    incoming: Incoming,
    statement: Statement,
    stored: Stored,
    producer: str,
    answers: Mapping[str, str],
    system: dict[str, str],
    by: Actor,
    at: datetime,
) -> Exhibit:
    staged, finding = incoming.staged, incoming.finding
    # The case row is locked: two files at once cannot be given the same number.
    last = Exhibit.objects.filter(case_id=case_id, producer=producer).aggregate(last=Max("number"))["last"]
    exhibit = Exhibit(
        id=staged.file_id,
        case_id=case_id,
        producer=producer,
        number=(last or 0) + 1,
        state=ExhibitState.SEALED,
        kind=finding.kind.value,
        media_type=finding.media_type,
        evidence_kind=statement.evidence_kind or guess(finding, incoming.name.shown),
        has_other_extension=finding.name_differs,
        size=staged.plain_bytes,
        sha256=staged.sha256,
        sha512=staged.sha512,
        md5=staged.md5,
        crc32=staged.crc32,
        object_name=stored.name,
        cipher_sha256=stored.sealed_sha256,
        cipher_size=stored.sealed_bytes,
        received_at=at,
        discovered_at=statement.discovered_at,
        sealed_at=at,
    )
    exhibit.file_name, exhibit.raw_name_hex = incoming.name.shown, incoming.name.raw_hex
    exhibit.description, exhibit.source = statement.description, statement.source
    exhibit.method = statement.method.value
    exhibit.findings = {
        "width": finding.width,
        "height": finding.height,
        "claimed_type": incoming.claimed_type if finding.claim_differs else "",
        "cautions": list(finding.cautions),
        "entries": finding.entries,
        "unpacked": finding.unpacked,
    }
    exhibit.save(force_insert=True)
    acquisition_actions.begin(exhibit=exhibit, answers=answers, system=system, by=by, at=at)
    record(
        EvidenceEvent.EXHIBIT_SEALED,
        case=case_id,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        media_type=exhibit.media_type,
        size=exhibit.size,
        sha256=exhibit.sha256,
        method=statement.method,
        what=exhibit.evidence_kind,
        name=incoming.name.shown,
    )
    transaction.on_commit(lambda: outbox.ring("evidence.tasks.sweep_probes"))
    return exhibit


@transaction.atomic
def refuse(*, case_id: UUID, name: str, reason: str, by: Actor, at: datetime) -> None:
    """Record that a file was offered and not taken, and why; nothing of it was kept."""
    case = lock(case_id)
    record(EvidenceEvent.FILE_REFUSED, case=case, by=by, at=at, reason=reason, name=name)
