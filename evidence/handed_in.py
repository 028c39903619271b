"""A client's file that came in parts: put together, looked at, kept sealed until the worker takes it in.

One process at a time, by a lease, as in evidence.resumable. The client never makes an exhibit.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.vault import Vault
from evidence import parts as part_files
from evidence import resumable
from evidence.actions import upload as upload_actions
from evidence.models import Upload, UploadState
from evidence.resumable import Refusal


def hand_in(
    *,
    upload_id: UUID,
    statement: Mapping[str, str] | None,
    by: Actor,
    at: datetime,
    vault: Vault | None = None,
) -> bool | Refusal:
    """Keep a client's whole file for the worker; True when it came now, False when it had come before.

    `statement` is what they say of it by now. Call outside of `acting_as`. Raises IllegalMove when parts are missing,
    the upload is over, or nobody asks for files any more.
    """
    with acting_as(by):
        upload: Upload = Upload.objects.visible_to(by).select_related("case").get(pk=upload_id)
        if upload.state in (UploadState.RECEIVED, UploadState.DONE):
            return False
        upload_actions.check_receiving(upload.case, at=at)
        lease = upload_actions.claim(upload_id=upload_id, by=by, at=at)
        if lease is None:
            return Refusal(_("This file is being put together at the moment."), is_final=False, is_at_work=True)
        upload.refresh_from_db()
        key = case_key(upload.case_id)
        upload.opened()
    kept = resumable.put_together(
        upload,
        lambda: _keep(upload, key, lease=lease, statement=statement, by=by, at=at, vault=vault or Vault()),
        lease=lease,
        by=by,
        at=at,
    )
    if kept is True:
        part_files.remove(upload_id)
    return kept


def _keep(
    upload: Upload,
    key: bytes,
    *,
    lease: UUID,
    statement: Mapping[str, str] | None,
    by: Actor,
    at: datetime,
    vault: Vault,
) -> bool:
    incoming = resumable.assembled(upload, key)
    try:
        stored = vault.put(incoming.staged)
        try:
            with acting_as(by):
                was_ours = upload_actions.hand_in(
                    upload_id=upload.pk,
                    lease=lease,
                    stored=stored,
                    found=resumable.described(incoming.staged, incoming.finding),
                    statement=statement,
                    by=by,
                    at=at,
                )
                if was_ours:
                    upload_actions.note_received(case_id=upload.case_id, count=1, by=by, at=at)
        except BaseException:
            vault.delete(stored.name)
            raise
        if not was_ours:
            vault.delete(stored.name)
        return was_ours
    finally:
        incoming.staged.discard()
