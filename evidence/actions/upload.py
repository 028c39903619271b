"""Files on their way in: begun, their parts counted, finished by one process at a time, given up, too old, received."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.models import Case
from cases.states import IllegalMove
from cases.vault import Stored
from evidence.actions import file_request
from evidence.actions.exhibit import check_open
from evidence.events import EvidenceEvent
from evidence.intake import ClientName
from evidence.models import Exhibit, Upload, UploadState
from evidence.parts import Part

KEPT_FOR = timedelta(days=3)
"""How long a file that is not whole waits for its next part."""
LEASE = timedelta(minutes=15)
"""How long one process may work on putting a file together before another may begin again."""
READ_WITHIN = timedelta(hours=24)
MOST_OPEN = 200


class Elsewhere(Exception):
    """A part does not go on where the file stands. `offset` is where it stands."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"The file stands at {offset}.")
        self.offset = offset


def _locked(upload_id: UUID) -> tuple[Case, Upload]:
    case_id = Upload.objects.values_list("case_id", flat=True).get(pk=upload_id)
    case = lock(case_id)
    upload: Upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload_id)
    return case, upload


@transaction.atomic
def start(
    *,
    case_id: UUID,
    name: ClientName,
    size: int,
    part_bytes: int,
    claimed_type: str,
    first_sha256: str,
    statement: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> Upload:
    """Begin an upload, or find the one that this file has begun already: the same name, size and first part.

    What is said about the file replaces what was said at first. A client's file that came whole within KEPT_FOR is
    found too, so that who chooses everything once more after a break sends nothing twice. Raises IllegalMove where the
    case takes no file, or nobody asked the client for any.
    """
    case = lock(case_id)
    is_from_client = by.kind == ActorKind.CLIENT
    _check_coming(case, is_from_client=is_from_client, at=at)
    begun = Upload.objects.filter(case=case, is_from_client=is_from_client, size=size, part_bytes=part_bytes)
    same = begun.filter(person_id=by.id).recent(since=at - KEPT_FOR) if is_from_client else begun.coming()
    coming: list[Upload] = list(same)
    for upload in coming:
        if upload.file_name == name.shown and upload.first_sha256 == first_sha256:
            if upload.state != UploadState.OPEN:
                return upload
            upload.statement = dict(statement)
            upload.last_at, upload.expires_at = at, at + KEPT_FOR
            upload.save(update_fields=["last_at", "expires_at"])
            return upload
    if Upload.objects.coming().filter(case=case).count() >= MOST_OPEN:
        raise IllegalMove(_("Too many files are on their way already. Finish them, or give them up."))
    made = Upload.make(
        case=case,
        person_id=by.id,
        is_from_client=is_from_client,
        size=size,
        part_bytes=part_bytes,
        started_at=at,
        last_at=at,
        expires_at=at + KEPT_FOR,
        file_name=name.shown,
        raw_name_hex=name.raw_hex,
        claimed_type=claimed_type,
        first_sha256=first_sha256,
        statement=dict(statement),
    )
    made.save(force_insert=True)
    return made


def _check_coming(case: Case, *, is_from_client: bool, at: datetime) -> None:
    if is_from_client:
        check_receiving(case, at=at)
    else:
        check_open(case)


@transaction.atomic
def add_part(*, upload_id: UUID, part: Part, offset: int, by: Actor, at: datetime) -> tuple[Upload, bool]:
    """Count a part that lies sealed in the upload's folder; return the upload, and whether the part is a new one.

    A part that came before is recognised by its hash and not counted twice. Raises Elsewhere for any other part that
    does not begin where the file stands, and IllegalMove when the upload is over or the case takes no file any more.
    """
    case, upload = _locked(upload_id)
    _check_coming(case, is_from_client=upload.is_from_client, at=at)
    if upload.state != UploadState.OPEN:
        raise IllegalMove(_("This upload is over. Choose the file again."))
    if offset < upload.offset:
        number, rest = divmod(offset, upload.part_bytes)
        if rest == 0 and number < len(upload.parts) and upload.parts[number]["sha256"] == part.sha256:
            return upload, False
    if offset != upload.offset:
        raise Elsewhere(upload.offset)
    if part.length != min(upload.part_bytes, upload.size - offset):
        raise Elsewhere(upload.offset)
    if offset == 0 and part.sha256 != upload.first_sha256:
        raise Elsewhere(0)
    upload.parts = [*upload.parts, part.as_json()]
    upload.offset += part.length
    upload.last_at, upload.expires_at = at, at + KEPT_FOR
    upload.save(update_fields=["offset", "last_at", "expires_at"])
    return upload, True


@transaction.atomic
def claim(*, upload_id: UUID, by: Actor, at: datetime) -> UUID | None:
    """Take the lease on a whole file, or None when another process has it. Raises IllegalMove when parts miss."""
    _case, upload = _locked(upload_id)
    if upload.state not in (UploadState.OPEN, UploadState.RECEIVED):
        raise IllegalMove(_("This upload is over. Choose the file again."))
    if not upload.is_whole:
        raise IllegalMove(_("Not every part of the file has come."))
    if upload.lease is not None and upload.leased_until is not None and upload.leased_until > at:
        return None
    upload.lease, upload.leased_until = uuid4(), at + LEASE
    upload.save(update_fields=["lease", "leased_until"])
    return upload.lease


@transaction.atomic
def give_back(*, upload_id: UUID, lease: UUID, by: Actor, at: datetime) -> None:
    """Let go of the lease after a failure that may pass, such as a store that is away."""
    _case, upload = _locked(upload_id)
    if upload.lease == lease:
        upload.lease = upload.leased_until = None
        upload.save(update_fields=["lease", "leased_until"])


@transaction.atomic
def done(*, upload_id: UUID, lease: UUID, exhibit: Exhibit, by: Actor, at: datetime) -> bool:
    """Note which exhibit a file became; False when another process has taken over meanwhile."""
    _case, upload = _locked(upload_id)
    if upload.lease != lease:
        return False
    upload.exhibit_id = exhibit.pk
    upload.object_name = ""
    _end(upload, UploadState.DONE, at=at)
    return True


@transaction.atomic
def refuse(*, upload_id: UUID, reason: str, by: Actor, at: datetime) -> None:
    """End an upload whose file is not taken, and record why."""
    case, upload = _locked(upload_id)
    if upload.state in (UploadState.OPEN, UploadState.RECEIVED):
        _refuse(case, upload, UploadState.REFUSED, reason, by=by, at=at)


@transaction.atomic
def cancel(*, upload_id: UUID, by: Actor, at: datetime) -> None:
    """Give an upload up; the record says so. One that is over, or is being put together now, stays as it is."""
    case, upload = _locked(upload_id)
    is_at_work = upload.lease is not None and upload.leased_until is not None and upload.leased_until > at
    if upload.state == UploadState.OPEN and not is_at_work:
        _refuse(case, upload, UploadState.CANCELLED, "cancelled", by=by, at=at)


@transaction.atomic
def expire(*, upload_id: UUID, by: Actor, at: datetime) -> bool:
    """End an upload that nobody went on with in time; return whether it was one."""
    case, upload = _locked(upload_id)
    if upload.state != UploadState.OPEN or upload.expires_at >= at:
        return False
    _refuse(case, upload, UploadState.EXPIRED, "expired", by=by, at=at)
    return True


def stop(*, case: Case, by: Actor, at: datetime) -> None:
    """End every upload and the request for files of a case that is being closed."""
    _stop(case, "closed", by=by, at=at)


def discard_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """End what is on its way into a case that is locked for age: nothing of it became evidence, nothing is kept."""
    _stop(case, "age", by=by, at=at)


def _stop(case: Case, reason: str, *, by: Actor, at: datetime) -> None:
    file_request.end_for(case=case, by=by, at=at)
    coming = Upload.objects.filter(case=case, state__in=[UploadState.OPEN, UploadState.RECEIVED])
    for upload in coming.select_for_update(of=("self",)):
        _refuse(case, upload, UploadState.REFUSED, reason, by=by, at=at)


def _refuse(case: Case, upload: Upload, state: UploadState, reason: str, *, by: Actor, at: datetime) -> None:
    name = upload.file_name
    upload.reason = reason
    _end(upload, state, at=at)
    record(
        EvidenceEvent.FILE_REFUSED,
        case=case,
        by=by,
        at=at,
        reason=reason,
        name=name,
        size=upload.size,
        received=upload.offset,
    )


def _end(upload: Upload, state: UploadState, *, at: datetime) -> None:
    upload.state, upload.ended_at = state, at
    upload.lease = upload.leased_until = None
    upload.parts = []
    upload.save(update_fields=["state", "ended_at", "lease", "leased_until", "object_name", "exhibit"])


@transaction.atomic
def forget_file(*, upload_id: UUID, by: Actor, at: datetime) -> None:
    """Let go of the stored file of an upload that was refused; the worker has removed it."""
    _case, upload = _locked(upload_id)
    if upload.state != UploadState.RECEIVED:
        upload.object_name = ""
        upload.save(update_fields=["object_name"])


@transaction.atomic
def receive(
    *,
    case_id: UUID,
    stored: Stored,
    size: int,
    name: ClientName,
    claimed_type: str,
    found: dict[str, Any],
    statement: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> Upload:
    """Keep one file that a client sent, sealed in the vault, until the worker takes it in.

    Raises IllegalMove when nobody asked for files, or the case takes none (any more).
    """
    case = lock(case_id)
    check_receiving(case, at=at)
    upload = Upload.make(
        case=case,
        person_id=by.id,
        is_from_client=True,
        state=UploadState.RECEIVED,
        size=size,
        offset=size,
        started_at=at,
        last_at=at,
        expires_at=at + KEPT_FOR,
        object_name=stored.name,
        cipher_sha256=stored.sealed_sha256,
        cipher_size=stored.sealed_bytes,
        file_name=name.shown,
        raw_name_hex=name.raw_hex,
        claimed_type=claimed_type,
        found=found,
        statement=dict(statement),
    )
    upload.save(force_insert=True)
    return upload


@transaction.atomic
def hand_in(
    *,
    upload_id: UUID,
    lease: UUID,
    stored: Stored,
    found: dict[str, Any],
    statement: Mapping[str, str] | None,
    by: Actor,
    at: datetime,
) -> bool:
    """Note that a client's file came whole and lies sealed in the vault; False when another process has taken over.

    `statement` is what the client says of it by now, None where they said nothing new. Raises IllegalMove when the
    request for files ended meanwhile.
    """
    case, upload = _locked(upload_id)
    check_receiving(case, at=at)
    if upload.lease != lease:
        return False
    upload.state = UploadState.RECEIVED
    upload.lease = upload.leased_until = None
    upload.object_name = stored.name
    upload.cipher_sha256, upload.cipher_size = stored.sealed_sha256, stored.sealed_bytes
    upload.last_at, upload.expires_at = at, at + KEPT_FOR
    upload.found, upload.parts = found, []
    if statement is not None:
        upload.statement = dict(statement)
    upload.save()
    return True


def check_receiving(case: Case, *, at: datetime) -> None:
    """Raise IllegalMove where a client may send no file; its words are for the client and tell no reason."""
    if not case.takes_more or not file_request.is_standing(case, at=at):
        raise IllegalMove(_("Files cannot be sent here any more."))


@transaction.atomic
def note_received(*, case_id: UUID, count: int, by: Actor, at: datetime) -> None:
    """Record that a client sent files, and ask the case's owner to look after them within a day."""
    if by.kind != ActorKind.CLIENT:
        raise IllegalMove("Only a client sends files over their own page.")
    case = lock(case_id)
    record(EvidenceEvent.FILES_RECEIVED, case=case, by=by, at=at, count=count)
    case_task.create(
        case=case,
        kind="client_files",
        due_at=at + READ_WITHIN,
        path=f"/cases/{case.reference}/evidence",
        dedupe_key="client_files",
        by=by,
        at=at,
    )
