"""An upload that is whole becomes an exhibit: parts put together, looked at, stored, numbered. docs/uploads.md.

One process at a time, by a lease. Whatever fails or is killed on the way, the parts stay until the exhibit stands or
the file is refused, so that the end can be tried again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.rvlt import NotOpened
from cases.states import IllegalMove
from cases.vault import Stored, Vault, VaultError
from evidence import acquisition as facts
from evidence import parts as part_files
from evidence.actions import exhibit as exhibit_actions
from evidence.actions import upload as upload_actions
from evidence.actions.exhibit import CLIENT_PRODUCER, Incoming, Outcome, Statement
from evidence.intake import ClientName, StagedFile, finding_of
from evidence.kinds import Finding, Kind, NotTaken
from evidence.models import AcquisitionMethod, EvidenceKind, Upload, UploadState
from evidence.parts import Part
from evidence.scanning import Scan
from evidence.uploads import Reason, refusal_of

TAKER = Actor.system("intake")
T = TypeVar("T")
log = logging.getLogger("recourse.tasks")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file was not taken; `message` says why in plain words. `is_final` is false where trying again may help.

    `is_at_work`: nothing went wrong, another process is putting it together.
    """

    message: str
    is_final: bool = True
    is_at_work: bool = False


def finish(*, upload_id: UUID, producer: str, by: Actor, at: datetime, vault: Vault | None = None) -> Outcome | Refusal:
    """Make an exhibit of a whole upload; call outside of `acting_as`. One that is done already gives its exhibit.

    Raises IllegalMove when parts are missing or the upload is over.
    """
    with acting_as(by):
        try:
            lease = upload_actions.claim(upload_id=upload_id, by=by, at=at)
        except IllegalMove:
            # Read only now: another process may have been quicker a moment ago.
            known = Upload.objects.visible_to(by).filter(pk=upload_id, state=UploadState.DONE).first()
            if known is None or known.exhibit is None:
                raise
            return Outcome(known.exhibit, is_new=True)
        if lease is None:
            return Refusal(_("This file is being put together at the moment."), is_final=False, is_at_work=True)
        upload: Upload = Upload.objects.visible_to(by).select_related("case").get(pk=upload_id)
        key = case_key(upload.case_id)
        upload.opened()
    outcome = put_together(
        upload,
        lambda: _take_in(upload, key, producer=producer, by=by, at=at, vault=vault),
        lease=lease,
        by=by,
        at=at,
    )
    if isinstance(outcome, Outcome):
        with acting_as(by):
            upload_actions.done(upload_id=upload_id, lease=lease, exhibit=outcome.exhibit, by=by, at=at)
        part_files.remove(upload_id)
    return outcome


def put_together(upload: Upload, work: Callable[[], T], *, lease: UUID, by: Actor, at: datetime) -> T | Refusal:
    """Do what makes one file of the parts of an upload whose lease is held; call outside of `acting_as`.

    What is refused for good ends the upload and removes its parts. What may pass (no room, no store) gives the lease
    back and keeps the parts. Everything is recorded.
    """
    try:
        return work()
    except NotTaken as refusal:
        return _refuse(upload, Reason.KIND.value, str(refusal), by=by, at=at)
    except _Unclean as refusal:
        return _refuse(upload, refusal.reason, str(refusal), by=by, at=at)
    except IllegalMove as refusal:
        return _refuse(upload, "case", str(refusal), by=by, at=at)
    except (NotOpened, FileNotFoundError):
        said = _("Parts of this file were lost or changed on our side. Send it again from the start.")
        return _refuse(upload, "parts", said, by=by, at=at)
    except (VaultError, OSError) as failure:
        said = str(failure) if isinstance(failure, VaultError) else _("There is no room just now. Try again later.")
        with acting_as(by):
            exhibit_actions.refuse(
                case_id=upload.case_id,
                name=upload.file_name,
                reason="store" if isinstance(failure, VaultError) else Reason.NO_ROOM.value,
                by=by,
                at=at,
            )
            upload_actions.give_back(upload_id=upload.pk, lease=lease, by=by, at=at)
        return Refusal(said, is_final=False)
    except BaseException:
        with acting_as(by):
            upload_actions.give_back(upload_id=upload.pk, lease=lease, by=by, at=at)
        raise


class _Unclean(Exception):
    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def assembled(upload: Upload, key: bytes) -> Incoming:
    """Return the parts of an upload as one staged file, looked at and scanned; its sealed values must be open.

    The caller discards the staged file. Raises NotTaken, NotOpened or OSError; nothing is left then but the parts.
    """
    scan = Scan(settings.CLAMD) if settings.CLAMD else None
    try:
        staged = part_files.assemble(
            [Part.of(told) for told in upload.parts],
            upload_id=upload.pk,
            case_id=upload.case_id,
            key=key,
            limit=settings.MAX_RESUMABLE,
            look=scan.feed if scan is not None else _look_away,
        )
        try:
            if scan is not None and (refused := refusal_of(scan.verdict())):
                raise _Unclean(refused[0].value, refused[1])
            name = name_of(upload)
            return Incoming(
                staged=staged,
                name=name,
                finding=finding_of(staged, name, upload.claimed_type),
                claimed_type=upload.claimed_type,
            )
        except BaseException:
            staged.discard()
            raise
    finally:
        if scan is not None:
            scan.close()


def _take_in(upload: Upload, key: bytes, *, producer: str, by: Actor, at: datetime, vault: Vault | None) -> Outcome:
    incoming = assembled(upload, key)
    statement, answers = statement_of(upload.statement)
    return exhibit_actions.take_in(
        case_id=upload.case_id,
        incoming=incoming,
        statement=statement,
        producer=producer,
        by=by,
        at=at,
        vault=vault,
        acquisition=answers,
        route="parts",
    )


def _look_away(_piece: bytes) -> None:
    return None


def _refuse(upload: Upload, reason: str, said: str, *, by: Actor, at: datetime) -> Refusal:
    with acting_as(by):
        upload_actions.refuse(upload_id=upload.pk, reason=reason, by=by, at=at)
    part_files.remove(upload.pk)
    return Refusal(said)


def name_of(upload: Upload) -> ClientName:
    """Return the name under which a file came."""
    return ClientName(upload.file_name, upload.raw_name_hex)


def statement_of(said: Mapping[str, str]) -> tuple[Statement, dict[str, str]]:
    """Return what was said about a file, as an action wants it, and the answers on how it came."""
    found = said.get(facts.FOUND_AT, "")
    kind = said.get("evidence_kind", "")
    statement = Statement(
        description=said.get("description", ""),
        method=AcquisitionMethod(said.get("method") or AcquisitionMethod.HANDED_OVER),
        source=said.get("source", ""),
        discovered_at=datetime.fromisoformat(found) if found else None,
        evidence_kind=EvidenceKind(kind) if kind else None,
    )
    return statement, facts.kept(said)


def described(staged: StagedFile, finding: Finding) -> dict[str, Any]:
    """Return what was learned of a staged file, as JSON, for the worker that takes it in later."""
    return {
        "file_id": staged.file_id.hex,
        "size": staged.plain_bytes,
        "sha256": staged.sha256,
        "sha512": staged.sha512,
        "md5": staged.md5,
        "is_text": staged.is_text,
        "finding": {**asdict(finding), "cautions": list(finding.cautions)},
    }


def take_in_received(upload_id: UUID, *, at: datetime, vault: Vault | None = None) -> bool:
    """Make an exhibit of a file that a client sent; the worker's part. Return whether it stands now.

    Where it is refused (the case was closed or locked meanwhile) the stored file is removed by the next sweep.
    """
    with acting_as(TAKER):
        upload: Upload = Upload.objects.select_related("case").get(pk=upload_id)
        lease = upload_actions.claim(upload_id=upload_id, by=TAKER, at=at)
        upload.opened()
    if lease is None:
        return False
    stored = Stored(upload.object_name, upload.cipher_size, upload.cipher_sha256)
    statement, answers = statement_of(upload.statement)
    try:
        outcome = exhibit_actions.keep_stored(
            case_id=upload.case_id,
            incoming=_incoming(upload, stored),
            stored=stored,
            statement=statement,
            producer=CLIENT_PRODUCER,
            acquisition=answers,
            system=facts.system_facts(route="client", at=upload.last_at),
            by=TAKER,
            at=upload.last_at,
        )
    except IllegalMove:
        with acting_as(TAKER):
            upload_actions.refuse(upload_id=upload_id, reason="case", by=TAKER, at=at)
        return False
    with acting_as(TAKER):
        upload_actions.done(upload_id=upload_id, lease=lease, exhibit=outcome.exhibit, by=TAKER, at=at)
    if outcome.exhibit.object_name != stored.name:
        (vault or Vault()).delete(stored.name)
    return True


def _incoming(upload: Upload, stored: Stored) -> Incoming:
    told = upload.found
    finding = {**told["finding"], "kind": Kind(told["finding"]["kind"]), "cautions": tuple(told["finding"]["cautions"])}
    staged = StagedFile(
        file_id=UUID(told["file_id"]),
        path=Path(settings.STAGING_DIR) / "taken",
        plain_bytes=int(told["size"]),
        sha256=told["sha256"],
        sha512=told["sha512"],
        md5=told["md5"],
        sealed_bytes=stored.sealed_bytes,
        sealed_sha256=stored.sealed_sha256,
        is_text=bool(told["is_text"]),
        head=b"",
        tail=b"",
    )
    return Incoming(staged=staged, name=name_of(upload), finding=Finding(**finding), claimed_type=upload.claimed_type)


def sweep(*, at: datetime, vault: Vault | None = None) -> int:
    """Take in what clients sent, end what nobody went on with, remove what is left of uploads that are over.

    Returns how many exhibits were made. One upload that fails leaves the others alone.
    """
    with acting_as(TAKER):
        waiting = list(Upload.objects.to_take_in(at=at).order_by("last_at", "pk").values_list("pk", flat=True)[:50])
        overdue = list(Upload.objects.overdue(at=at).values_list("pk", flat=True))
        refused = list(Upload.objects.exclude(state=UploadState.RECEIVED).exclude(object_name=""))
    made = 0
    for upload_id in waiting:
        try:
            made += take_in_received(upload_id, at=timezone.now(), vault=vault)
        except Exception:
            log.exception("a file that a client sent could not be taken in", extra={"event": "upload"})
    for upload_id in overdue:
        with acting_as(TAKER):
            upload_actions.expire(upload_id=upload_id, by=TAKER, at=at)
    for upload in refused:
        try:
            (vault or Vault()).delete(upload.object_name)
        except VaultError:
            log.exception("a refused file could not be removed", extra={"event": "upload"})
            continue
        with acting_as(TAKER):
            upload_actions.forget_file(upload_id=upload.pk, by=TAKER, at=at)
    _remove_folders()
    return made


def _remove_folders() -> None:
    """Remove the parts of uploads that are over, were erased, or never were."""
    found = dict(part_files.folders())
    with acting_as(TAKER):
        coming = set(Upload.objects.coming().filter(pk__in=found).values_list("pk", flat=True))
    for upload_id in set(found) - coming:
        part_files.remove(upload_id)
