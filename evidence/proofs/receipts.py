"""The receipt as a PDF: who has which bundle, under which fingerprint, since when; signed where a key is set."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from cases import pdf
from evidence.models import Receipt
from evidence.proofs import pades, signing
from evidence.proofs.pades import CannotBeSigned


class NotMade(Exception):
    """The receipt could not be made just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """Everything that the paper says."""

    receipt_id: UUID
    org: str
    bundle: str
    fingerprint: str
    archive: str
    built_at: datetime | None
    officer: str
    office: str
    reference: str
    given_at: datetime
    recipient: str
    files: int


def facts_of(receipt_id: UUID | None) -> ReceiptFacts | None:
    """Return what a receipt says, or None where it is gone; call inside `acting_as`."""
    found = Receipt.objects.select_related("share__bundle").filter(pk=receipt_id).first()
    if found is None:
        return None
    bundle = found.share.bundle
    return ReceiptFacts(
        receipt_id=found.pk,
        org=settings.ORG_NAME,
        bundle=bundle.reference,
        fingerprint=bundle.fingerprint,
        archive=bundle.sha256,
        built_at=bundle.built_at,
        officer=found.officer,
        office=found.office,
        reference=found.reference,
        given_at=found.given_at,
        recipient=found.share.recipient,
        files=len(bundle.files),
    )


def make(facts: ReceiptFacts) -> bytes:
    """Return the receipt as a PDF, signed where a key is set. Raises NotMade."""
    signer = signing.signer()
    with timezone.override(UTC):
        html = render_to_string("share/receipt.html", {"receipt": facts, "is_signed": signer is not None})
    try:
        made, _level = pades.sign_bytes(pdf.render(html), signer=signer)
    except (pdf.PdfError, CannotBeSigned) as trouble:
        raise NotMade(str(trouble)) from trouble
    return made
