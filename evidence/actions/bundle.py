"""Ask for a bundle, claim it for building, seal what was built or say why it was not, and note each copy taken."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases.actions import case_task, limit
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.limits import Counted
from cases.models import Case
from cases.states import IllegalMove, check_move
from cases.vault import Stored
from evidence.actions import proof, release
from evidence.events import EvidenceEvent
from evidence.models import BUNDLE_MOVES, Bundle, BundleSeal, BundleState, Exhibit, Reader, SealedPart
from evidence.packet.redaction import MOST_HIDDEN, Hidden, named
from evidence.proofs.pades import Level
from evidence.proofs.prove import Proved

LEASE = timedelta(minutes=6)
"""How long a claim stands unless it is renewed: a worker that is alive renews it every minute."""
MAX_TRIES = 3
QUEUE_LOCK = 0x62756E64
"""Number of the advisory lock under which workers claim one after another."""
TASK_WITHIN = timedelta(hours=4)

log = logging.getLogger("recourse.bundles")


class LeaseLost(Exception):
    """Another worker took the bundle over, or it was stopped: what was built is thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a finished build hands over. Hashes are lower-case hex; `files` holds path, size and sha256 of each."""

    stored: Stored
    size: int
    sha256: str
    fingerprint: str
    packet_sha256: str
    files: Sequence[dict[str, Any]]
    pages: int = 0
    last_page: int = 0
    is_tagged: bool = False
    proved: Proved | None = None
    level: Level = Level.NONE
    originals: Sequence[UUID] = ()
    """Releases whose originals are inside."""


def task_key(bundle: Bundle) -> str:
    """Return the key of the task that a failed bundle leaves on Today."""
    return f"bundle:{bundle.pk}"


@transaction.atomic
def request(
    *,
    case_id: UUID,
    reader: Reader,
    recipient: str,
    purpose: str,
    included: Sequence[UUID],
    by: Actor,
    at: datetime,
    supersedes: Bundle | None = None,
    supplements: Bundle | None = None,
    language: str = "en",
    hidden: Sequence[Hidden] = (),
    without: Sequence[str] = (),
    originals: Sequence[UUID] = (),
) -> Bundle:
    """Ask for a bundle and ring for a worker. `included` names exhibits whose files go inside: never media.

    `hidden` is what is hidden and why; each reason is in the record, the thing itself is not. `without` names
    sections that are left out. `originals` are releases whose originals go inside. `supplements` is a sealed bundle
    of the same case whose page numbers go on.
    """
    case = lock(case_id)
    _check_open(case)
    if supplements is not None and (supplements.case_id != case.pk or supplements.state != BundleState.SEALED):
        raise IllegalMove(_("Only a bundle of this case that stands can be supplemented."))
    if len(hidden) > MOST_HIDDEN or any(not one.why.strip() for one in hidden):
        raise IllegalMove(_("Say why each thing is hidden; at most 60 can be."))
    hidden = named(hidden)
    shut_out = {one.thing for one in hidden}
    wanted = [found for found in included if str(found) not in shut_out]
    exhibits = list(Exhibit.objects.sealed().filter(case=case, pk__in=wanted))
    if len(exhibits) != len(set(wanted)) or any(exhibit.is_media for exhibit in exhibits):
        raise IllegalMove(_("Only text and PDF files of this case can go inside."))
    bundle = Bundle(
        case=case,
        reference=f"{case.reference}-P{Bundle.objects.filter(case=case).count() + 1}",
        requested_by_id=by.id if by.kind == ActorKind.USER else None,
        requested_at=at,
        supersedes=supersedes,
        supplements=supplements,
        language=language,
    )
    bundle.hidden, bundle.without = [one.as_row() for one in hidden], list(without)
    bundle.originals = [str(found) for found in originals]
    bundle.reader, bundle.recipient, bundle.purpose = reader.value, recipient, purpose
    bundle.included = [str(exhibit.pk) for exhibit in exhibits]
    bundle.save(force_insert=True)
    record(
        EvidenceEvent.BUNDLE_REQUESTED,
        case=case,
        by=by,
        at=at,
        subject=bundle,
        bundle=bundle.reference,
        reader=reader,
        recipient=recipient,
        purpose=purpose,
        supersedes=supersedes.reference if supersedes else "",
        supplements=supplements.reference if supplements else "",
        language=language,
    )
    if hidden:
        told = [{"alias": one.alias, "kind": one.kind.value, "why": one.why} for one in hidden]
        record(
            EvidenceEvent.BUNDLE_REDACTED,
            case=case,
            by=by,
            at=at,
            subject=bundle,
            bundle=bundle.reference,
            hidden=told,
        )
    transaction.on_commit(ring)
    return bundle


@transaction.atomic
def request_again(*, bundle_id: UUID, by: Actor, at: datetime) -> Bundle:
    """Ask for the same bundle anew: a new one with its own number, which takes the place of a sealed one."""
    old = Bundle.objects.select_related("case", "supplements").get(pk=bundle_id)
    case = lock(old.case_id)
    if old.state not in (BundleState.SEALED, BundleState.FAILED, BundleState.STOPPED):
        raise IllegalMove(_("This bundle is still being built."))
    kept = Exhibit.objects.sealed().filter(case=case, pk__in=old.included).values_list("pk", flat=True)
    made = request(
        case_id=old.case_id,
        reader=Reader(old.reader),
        recipient=old.recipient,
        purpose=old.purpose,
        included=list(kept),
        by=by,
        at=at,
        supersedes=old if old.state == BundleState.SEALED else None,
        supplements=old.supplements,
        language=old.language,
        hidden=[Hidden.of_row(row) for row in old.hidden],
        without=old.without,
        originals=[UUID(text) for text in old.originals],
    )
    case_task.end_for(case=case, dedupe_key=task_key(old), at=at)
    return made


def ring() -> None:
    """Tell a worker that a bundle waits; when Redis is away the next sweep finds it all the same."""
    try:
        current_app.send_task("evidence.tasks.sweep_bundles", retry=False, ignore_result=True)
    except Exception:
        log.warning("could not ring; the sweep will find it", extra={"event": "ring"})


def claim(*, bundle_id: UUID, at: datetime, alone: bool = False) -> datetime | None:
    """Take a bundle for one worker; return the end of the lease, which names the claim, or None when it is taken.

    With `alone` none is taken while another bundle is being built; call inside `acting_as`.
    """
    if alone:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [QUEUE_LOCK])
        if Bundle.objects.filter(state=BundleState.BUILDING, claimed_until__gt=at).exists():
            return None
    lease = at + LEASE
    waiting = Bundle.objects.to_build(at=at).filter(pk=bundle_id)
    taken = waiting.update(state=BundleState.BUILDING, claimed_until=lease, tries=F("tries") + 1)
    return lease if taken == 1 else None


def renew(
    *, bundle_id: UUID, lease: datetime, at: datetime, parts: Sequence[Mapping[str, str]] | None = None
) -> datetime:
    """Keep a claim, and say how far the build is; return the lease that names the claim from now on.

    Raises LeaseLost when another has the bundle, or somebody stopped it.
    """
    until = at + LEASE
    changed: dict[str, Any] = {"claimed_until": until}
    if parts is not None:
        changed["parts"] = [dict(part) for part in parts]
    mine = Bundle.objects.filter(pk=bundle_id, state=BundleState.BUILDING, claimed_until=lease)
    if mine.update(**changed) != 1:
        raise LeaseLost(str(bundle_id))
    return until


@transaction.atomic
def stop(*, bundle_id: UUID, by: Actor, at: datetime) -> Bundle:
    """Stop a build that was asked for by mistake; whoever builds it notices between two parts."""
    case_id = Bundle.objects.values_list("case_id", flat=True).get(pk=bundle_id)
    case = lock(case_id)
    bundle: Bundle = Bundle.objects.select_for_update(of=("self",)).get(pk=bundle_id)
    check_move(BUNDLE_MOVES, bundle.state, BundleState.STOPPED, "bundle")
    bundle.state, bundle.claimed_until = BundleState.STOPPED, None
    bundle.save(update_fields=["state", "claimed_until"])
    record(EvidenceEvent.BUNDLE_STOPPED, case=case, by=by, at=at, subject=bundle, bundle=bundle.reference)
    return bundle


@transaction.atomic
def seal(*, bundle_id: UUID, lease: datetime, built: Built, by: Actor, at: datetime) -> Bundle:
    """Make a built bundle stand. Raises LeaseLost when the claim is not ours any more."""
    bundle = _claimed(bundle_id, lease)
    _check_open(bundle.case)
    check_move(BUNDLE_MOVES, bundle.state, BundleState.SEALED, "bundle")
    bundle.state, bundle.built_at, bundle.claimed_until = BundleState.SEALED, at, None
    bundle.object_name, bundle.cipher_sha256 = built.stored.name, built.stored.sealed_sha256
    bundle.size, bundle.sha256, bundle.packet_sha256 = built.size, built.sha256, built.packet_sha256
    bundle.files, bundle.error, bundle.parts = list(built.files), "", []
    bundle.pages, bundle.last_page, bundle.is_tagged = built.pages, built.last_page, built.is_tagged
    bundle.fingerprint = built.fingerprint
    bundle.save(
        update_fields=[
            "state",
            "built_at",
            "claimed_until",
            "object_name",
            "cipher_sha256",
            "size",
            "sha256",
            "packet_sha256",
            "files",
            "error",
            "parts",
            "pages",
            "last_page",
            "is_tagged",
        ]
    )
    BundleSeal.objects.bulk_create(
        BundleSeal(sha256=digest, part=part, reference=bundle.reference, built_at=at)
        for part, digest in (
            (SealedPart.ARCHIVE, built.sha256),
            (SealedPart.MANIFEST, built.fingerprint),
            (SealedPart.PACKET, built.packet_sha256),
        )
    )
    record(
        EvidenceEvent.BUNDLE_SEALED,
        case=bundle.case_id,
        by=by,
        at=at,
        subject=bundle,
        bundle=bundle.reference,
        files=len(built.files),
        size=built.size,
        sha256=built.sha256,
        fingerprint=built.fingerprint,
    )
    for release_id in built.originals:
        release.note_packed(release_id=release_id, bundle=bundle.reference, by=by, at=at)
    if built.proved is not None:
        proof.keep(bundle=bundle, proved=built.proved, level=built.level, by=by, at=at)
    return bundle


@transaction.atomic
def fail(*, bundle_id: UUID, lease: datetime, error: str, by: Actor, at: datetime) -> None:
    """End a build that did not work, with the part it stopped at, and put it on Today. Raises LeaseLost."""
    bundle = _claimed(bundle_id, lease)
    check_move(BUNDLE_MOVES, bundle.state, BundleState.FAILED, "bundle")
    bundle.state, bundle.claimed_until, bundle.error = BundleState.FAILED, None, error[:200]
    bundle.save(update_fields=["state", "claimed_until", "error"])
    record(
        EvidenceEvent.BUNDLE_FAILED,
        case=bundle.case_id,
        by=by,
        at=at,
        subject=bundle,
        bundle=bundle.reference,
        error=bundle.error,
    )
    case_task.create(
        case=bundle.case,
        kind="bundle_failed",
        due_at=at + TASK_WITHIN,
        path=f"/cases/{bundle.case.reference}/bundle/{bundle.pk}/",
        dedupe_key=task_key(bundle),
        facts={"bundle": bundle.reference},
        subject_id=bundle.pk,
        by=by,
        at=at,
    )


@transaction.atomic
def note_download(*, bundle_id: UUID, by: Actor, at: datetime) -> None:
    """Record that a colleague takes a copy out of the vault, before its first byte. Raises OverLimit."""
    limit.count(kind=Counted.DOWNLOAD, by=by, at=at)
    bundle = Bundle.objects.get(pk=bundle_id)
    case = lock(bundle.case_id)
    _check_open(case)
    record(EvidenceEvent.BUNDLE_DOWNLOADED, case=case, by=by, at=at, subject=bundle, bundle=bundle.reference)


def stop_waiting(*, case: Case) -> int:
    """Fail every bundle of a case that is not built yet; the caller has locked the case and records why."""
    waiting = Bundle.objects.filter(case=case, state__in=[BundleState.REQUESTED, BundleState.BUILDING])
    return waiting.update(
        state=BundleState.FAILED, claimed_until=None, error=_("Stopped: someone shown may be under 18.")
    )


def _claimed(bundle_id: UUID, lease: datetime) -> Bundle:
    case_id = Bundle.objects.values_list("case_id", flat=True).get(pk=bundle_id)
    case = lock(case_id)
    bundle: Bundle = Bundle.objects.select_for_update(of=("self",)).get(pk=bundle_id)
    if bundle.state != BundleState.BUILDING or bundle.claimed_until != lease:
        raise LeaseLost(bundle.reference)
    bundle.case = case
    return bundle


def _check_open(case: Case) -> None:
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. No bundle can be made."))
