"""Builds a requested bundle: sections, packet, bag, archive, vault. The database knows it only once it is whole."""

import os
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.rvlt import Opener, sealed_size
from cases.vault import Vault
from evidence.actions import bundle as bundle_actions
from evidence.actions.bundle import Built, LeaseLost
from evidence.bag import Payload, WrittenBag, ZipTarget, write_bag
from evidence.intake import StagedFile, Staging
from evidence.manifest import PACKET_PATH
from evidence.models import Bundle, Reader
from evidence.packet import assemble
from evidence.packet.draft import Draft, draft_of, release_basis
from evidence.packet.failure import PartFailed, part
from evidence.packet.payloads import payloads_of
from evidence.packet.progress import Progress
from evidence.proofs import pades, signing
from evidence.proofs.prove import Prover

__all__ = ["BUILDER", "PartFailed", "build_and_seal", "open_archive", "release_basis"]

BUILDER = Actor.system("bundles")
LARGEST = 1 << 40
"""A sanity bound on one archive, in bytes; what goes in was bounded when it was taken in."""


def build_and_seal(bundle_id: UUID, *, vault: Vault | None = None, alone: bool = False) -> bool:
    """Claim, build and seal one bundle; True when it stands. A failure is recorded with the part it stopped at.

    `alone`: not while another bundle is being built.

    Runs outside any transaction: a build takes seconds to an hour. A worker that is killed leaves nothing that could
    be mistaken for a bundle, and another takes over when the lease has run out. One that was stopped ends quietly.
    """
    vault = vault or Vault()
    with acting_as(BUILDER):
        lease = bundle_actions.claim(bundle_id=bundle_id, at=timezone.now(), alone=alone)
    if lease is None:
        return False
    with Progress(bundle_id, lease, BUILDER) as progress:
        try:
            built = _build(bundle_id, vault, progress)
        except LeaseLost:
            return False
        except PartFailed as failure:
            progress.end()
            _give_up(bundle_id, progress.lease, str(failure))
            return False
        progress.end()
        try:
            with acting_as(BUILDER):
                now = timezone.now()
                bundle_actions.seal(bundle_id=bundle_id, lease=progress.lease, built=built, by=BUILDER, at=now)
        except BaseException as trouble:
            with suppress(Exception):
                vault.delete(built.stored.name)
            if isinstance(trouble, LeaseLost):
                return False
            raise
    return True


def open_archive(bundle: Bundle, *, vault: Vault | None = None) -> Opener:
    """Return a sealed bundle's archive, opened with its case's key; call inside `acting_as`, read and close anywhere.

    Raises VaultError when the stored file is missing or changed, KeyMissing when the case is not the actor's.
    """
    vault = vault or Vault()
    key = case_key(bundle.case_id)
    return vault.open(bundle.object_name, key, bundle.case_id, bundle.pk, sealed_bytes=sealed_size(bundle.size))


def _give_up(bundle_id: UUID, lease: datetime, error: str) -> None:
    with suppress(LeaseLost), acting_as(BUILDER):
        bundle_actions.fail(bundle_id=bundle_id, lease=lease, error=error, by=BUILDER, at=timezone.now())


def _build(bundle_id: UUID, vault: Vault, progress: Progress) -> Built:
    with part(_("the proofs")):
        signer = signing.signer()
        # The clock is read first: a bundle with a wrong time is not begun.
        clock = Prover(signer=signer)
    draft = draft_of(bundle_id, at=timezone.now(), by=BUILDER, time_source=clock.time_source, signed_by=clock.signed_by)
    prover = Prover(signer=signer, heads=draft.heads.files)
    with translation.override(draft.facts.language):
        setting = assemble.labels(draft.script)
    labels = [_("the record"), *setting, _("the signature"), _("the files"), _("the store")]
    progress.plan(labels)
    progress.done(1)
    # A folder of its own: a worker that lost its lease may still be writing the same bundle.
    folder = settings.STAGING_DIR / f"bundle-{uuid4().hex}"
    try:
        # In memory and nameless: a packet's text rests on no disk, and nothing is left behind by a kill.
        with os.fdopen(os.memfd_create("packet", os.MFD_CLOEXEC), "w+b") as file:
            return _made(draft, file, vault, progress, prover, folder, after=len(setting) + 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made(
    draft: Draft,
    file: BinaryIO,
    vault: Vault,
    progress: Progress,
    prover: Prover,
    folder: Path,
    *,
    after: int,
) -> Built:
    def tell(label: str, done: int, _all: int) -> None:
        progress.done(1 + done)

    is_binder = draft.order.reader == Reader.COURT
    with part(_("the PDF")), translation.override(draft.facts.language):
        packet = assemble.assemble(draft.script, file, tell=tell, with_numbers=is_binder)
    progress.done(after)
    with part(_("the signature")):
        level = pades.sign(file, signer=signing.signer())
    progress.done(after + 1)
    with part(_("the list of files")):
        payloads = payloads_of(draft, file, vault, folder)
    with part(_("the archive")):
        bag, staged = _archive(draft, payloads, folder, prover)
    progress.done(after + 2)
    with part(_("the store")):
        stored = vault.put(staged)
    by_path = {payload.path: payload for payload in payloads}
    return Built(
        stored=stored,
        size=staged.plain_bytes,
        sha256=staged.sha256,
        fingerprint=bag.fingerprint,
        packet_sha256=cast(str, by_path[PACKET_PATH].sha256),
        files=[{"path": path, "size": one.size, "sha256": one.sha256} for path, one in sorted(by_path.items())],
        pages=packet.pages,
        last_page=draft.order.since + packet.pages,
        is_tagged=packet.is_tagged,
        proved=prover.proved,
        level=level,
        originals=[original.release_id for _path, original in draft.originals],
    )


def _archive(draft: Draft, payloads: list[Payload], folder: Path, prover: Prover) -> tuple[WrittenBag, StagedFile]:
    at = draft.facts.created_at
    with Staging(folder, draft.key, draft.case_id, limit=LARGEST, file_id=draft.facts.bundle_id) as staging:
        with ZipTarget(staging, root=draft.facts.reference, at=at) as target:
            bag = write_bag(target, payloads, info=_info(draft), at=at, prove=prover)
        return bag, staging.finish()


def _info(draft: Draft) -> dict[str, str]:
    info = {
        "Source-Organization": draft.facts.org,
        "External-Identifier": str(draft.facts.bundle_id),
        "Internal-Sender-Identifier": draft.facts.reference,
        "Bag-Software-Agent": f"Recourse {draft.facts.system['Recourse']}",
    }
    if draft.facts.supplements:
        info["Bag-Group-Identifier"] = draft.facts.supplements
    return info
