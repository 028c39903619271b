"""Keep what proves a bundle, and the time stamps that come later."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography import x509
from django.db import transaction

from cases import outbox
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.models import Audience
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleProof, BundleStamp, SigningCertificate
from evidence.proofs import certificates, stamps
from evidence.proofs.pades import Level
from evidence.proofs.prove import Proved
from evidence.proofs.stamps import Reply

KIND = "evidence.stamp"
RENEW = "evidence.renew_stamp"


def keep(*, bundle: Bundle, proved: Proved, level: Level, by: Actor, at: datetime) -> BundleProof:
    """Write down who signed a bundle and who stamped it, and put what is still to come into the outbox.

    Called in the transaction that seals the bundle, whose case the caller has locked.
    """
    row = BundleProof(
        case_id=bundle.case_id,
        bundle=bundle,
        certificate=_certificate(proved.certificate, at=at) if proved.certificate else None,
        why_unsigned=proved.why_unsigned[:200],
        packet_level=level.value,
        clock=proved.clock[:200],
        asked=[*dict.fromkeys([*(reply.authority for reply in proved.replies), *proved.pending])],
        made_at=at,
    )
    row.save(force_insert=True)
    for reply in proved.replies:
        _stamp(bundle, reply, is_inside=reply.is_good).save(force_insert=True)
    ask_again(bundle=bundle, authorities=proved.pending, at=at)
    return row


def ask_again(*, bundle: Bundle, authorities: Sequence[str], at: datetime) -> None:
    """Let the outbox ask these authorities; a question that waits already is not put twice on one day."""
    for name in authorities:
        outbox.put(
            KIND,
            case=bundle.case,
            audience=Audience.NOBODY,
            subject_id=bundle.pk,
            due_at=at,
            at=at,
            dedupe_key=f"{KIND}:{bundle.pk}:{name[:40]}:{at.date()}",
            payload={"authority": name},
        )


@transaction.atomic
def keep_stamp(
    *, bundle_id: UUID, reply: Reply, by: Actor, at: datetime, renews: BundleStamp | None = None
) -> BundleStamp:
    """Keep an answer that came after the bundle was sealed; one that holds is given out with it from now on."""
    bundle = Bundle.objects.select_related("case").get(pk=bundle_id)
    case = lock(bundle.case_id)
    row = _stamp(bundle, reply, is_inside=False, renews=renews)
    row.save(force_insert=True)
    told = {"bundle": bundle.reference, "authority": reply.authority}
    if reply.stamped_at is not None:
        record(EvidenceEvent.BUNDLE_STAMPED, case=case, by=by, at=at, subject=bundle, **told, time=reply.stamped_at)
    else:
        record(EvidenceEvent.STAMP_REFUSED, case=case, by=by, at=at, subject=bundle, **told, error=reply.error)
    return row


def _stamp(bundle: Bundle, reply: Reply, *, is_inside: bool, renews: BundleStamp | None = None) -> BundleStamp:
    return BundleStamp(
        case_id=bundle.case_id,
        bundle=bundle,
        authority=reply.authority,
        query=reply.query,
        nonce=str(reply.nonce),
        reply=reply.reply,
        received_at=reply.received_at,
        stamped_at=reply.stamped_at,
        ends_at=stamps.ends_at(reply.reply) if reply.is_good else None,
        error=reply.error,
        is_inside=is_inside,
        renews=renews,
    )


def _certificate(pem: str, *, at: datetime) -> SigningCertificate:
    chain = x509.load_pem_x509_certificates(pem.encode("ascii"))
    first = chain[0]
    found, _is_new = SigningCertificate.objects.get_or_create(
        sha256=certificates.hex_of(first),
        defaults={
            "root_sha256": certificates.hex_of(chain[-1]),
            "subject": certificates.common_name(first),
            "pem": pem,
            "begins_at": first.not_valid_before_utc,
            "ends_at": first.not_valid_after_utc,
            "first_used_at": at,
        },
    )
    return found
