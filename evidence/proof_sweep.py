"""What the worker does by itself for proofs: papers of receipts, stamps that are missing or run out, a warning."""

import logging
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cases import outbox
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Audience, User
from cases.permissions import Role
from evidence.actions import proof as proof_actions
from evidence.actions import receipt as receipt_actions
from evidence.models import BundleProof, BundleState, Receipt
from evidence.proofs import receipts as papers
from evidence.proofs import renewal, signing

BY = Actor.system("stamps")
BATCH = 20
log = logging.getLogger("recourse.proofs")


def receipts(*, at: datetime) -> int:
    """Make the paper of every receipt that has none; return how many. One that fails leaves the others alone."""
    with acting_as(BY):
        waiting = list(Receipt.objects.filter(is_made=False).order_by("given_at", "pk").values_list("pk", flat=True))
    made = 0
    for receipt_id in waiting[:BATCH]:
        try:
            with acting_as(BY):
                facts = papers.facts_of(receipt_id)
            if facts is None:
                continue
            document = papers.make(facts)
            with acting_as(BY):
                receipt_actions.keep_document(receipt_id=receipt_id, document=document)
        except Exception:
            log.exception("a receipt could not be made", extra={"event": "receipt"})
        else:
            made += 1
    return made


@transaction.atomic
def stamps(*, at: datetime) -> int:
    """Put into the outbox, once a day each, what an authority has not stamped yet and what must be stamped anew."""
    put = 0
    with acting_as(BY):
        proofs = BundleProof.objects.filter(bundle__state=BundleState.SEALED).exclude(asked=[])
        for proof in proofs.select_related("bundle__case").prefetch_related("bundle__stamps"):
            missing = pending(proof)
            proof_actions.ask_again(bundle=proof.bundle, authorities=missing, at=at)
            put += len(missing)
        for old in renewal.due(at=at):
            outbox.put(
                proof_actions.RENEW,
                case=old.bundle.case,
                audience=Audience.NOBODY,
                subject_id=old.pk,
                due_at=at,
                at=at,
                dedupe_key=f"{proof_actions.RENEW}:{old.pk}:{at.date()}",
            )
            put += 1
    return put


def pending(proof: BundleProof) -> list[str]:
    """Return the authorities that were asked and have not stamped a bundle yet."""
    have = {stamp.authority for stamp in proof.bundle.stamps.all() if stamp.stamped_at is not None}
    return [name for name in proof.asked if name not in have]


@transaction.atomic
def warn(*, at: datetime) -> int:
    """Tell administrators 60, 30 and 7 days before a signing certificate runs out, once each; return how many mails."""
    found = signing.state(at)
    left = found.days_left(at)
    due = [days for days in signing.WARN_DAYS if left is not None and left <= days]
    if not due or found.ends_at is None:
        return 0
    day = found.ends_at.date().isoformat()
    told = 0
    with acting_as(BY):
        for user in User.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR.value]):
            if not user.email:
                continue
            outbox.put(
                "staff.mail",
                case=None,
                audience=Audience.STAFF,
                channel="email",
                due_at=at,
                at=at,
                dedupe_key=f"signing-ends:{day}:{min(due)}:{sha256(user.email.encode()).hexdigest()[:16]}",
                payload={
                    "to": user.email,
                    "subject": _("The signing certificate runs out on %(day)s") % {"day": day},
                    "text": _(
                        "The certificate with which %(org)s signs bundles runs out on %(day)s. From then on bundles "
                        "are built unsigned. Get a new one; docs/proofs.md says how."
                    )
                    % {"org": settings.ORG_NAME, "day": day},
                },
            )
            told += 1
    return told
