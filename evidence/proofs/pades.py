"""The packet's own signature (PAdES): made after everything else was done to the PDF, found broken by any change.

The level that is reached depends on what is there: B-B is the signature alone; B-T has a time stamp; B-LT carries the
certificates and withdrawal lists that check both; B-LTA has a second stamp over all of it, so that it can still be
checked when the certificates have run out.
"""

import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext as _

from cases import timestamps
from cases.timestamps import Authority
from evidence.proofs import stamps
from evidence.proofs.signing import Signer

FIELD = "Organisation"
READ_BYTES = 1 << 20


class Level(StrEnum):
    """How much a packet's signature carries; NONE where nobody signs."""

    NONE = "none"
    B = "B-B"
    T = "B-T"
    LT = "B-LT"
    LTA = "B-LTA"

    def said(self) -> str:
        """Return this in words for a page."""
        return {
            Level.NONE: _("Not signed: no signing key is set."),
            Level.B: _("Signed, without a time stamp (PAdES B-B)."),
            Level.T: _("Signed, with a time stamp; no withdrawal lists inside (PAdES B-T)."),
            Level.LT: _("Signed, with a time stamp and everything that checks it (PAdES B-LT)."),
            Level.LTA: _("Signed and stamped so that it can be checked for many years (PAdES B-LTA)."),
        }[self]


class CannotBeSigned(Exception):
    """The PDF could not be signed; the message can be shown to a caseworker."""


def sign(packet: BinaryIO, *, signer: Signer | None, authorities: Sequence[Authority] | None = None) -> Level:
    """Sign a finished PDF where it lies: `packet` is a file that can be read, written and moved in, and only grows.

    Without a signer nothing is changed. Authorities (those that are set, unless given) are asked in turn; where none
    answers, the packet is signed without a time stamp: that of the bundle's list of files covers it as well. Memory
    does not grow with the file. Raises CannotBeSigned.
    """
    if signer is None:
        return Level.NONE
    asked = timestamps.authorities() if authorities is None else authorities
    packet.seek(0, io.SEEK_END)
    length = packet.tell()
    for authority in asked:
        for level in (Level.LTA, Level.T):
            try:
                _sign(packet, signer, level, authority)
            except _NoStamp:
                _cut(packet, length)
                break
            except _NotChecked:
                _cut(packet, length)
            else:
                return level
    _sign(packet, signer, Level.B, None)
    return Level.B


def sign_bytes(
    packet: bytes, *, signer: Signer | None, authorities: Sequence[Authority] | None = None
) -> tuple[bytes, Level]:
    """Sign a small PDF that is held in memory; see `sign`."""
    file = io.BytesIO()
    file.write(packet)
    level = sign(file, signer=signer, authorities=authorities)
    return file.getvalue(), level


class _NoStamp(Exception):
    """The authority gave no stamp that holds."""


class _NotChecked(Exception):
    """Certificates or withdrawal lists for a longer life are missing."""


def _cut(packet: BinaryIO, length: int) -> None:
    packet.seek(length)
    packet.truncate(length)


def _sign(packet: BinaryIO, signer: Signer, level: Level, authority: Authority | None) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError, PdfReadError
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
    from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError

    lasting = level is Level.LTA
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason="Seals this packet",
        embed_validation_info=lasting,
        use_pades_lta=lasting,
        validation_context=_context(signer) if lasting else None,
    )
    stamper = _stamper(authority) if authority is not None else None
    packet.seek(0)
    try:
        writer = IncrementalPdfFileWriter(packet, strict=False)
        made = PdfSigner(meta, signer=signer.for_pyhanko(), timestamper=stamper)
        made.sign_pdf(writer, in_place=True, chunk_size=READ_BYTES)
    except (PathBuildingError, PathValidationError) as error:
        raise _NotChecked from error
    except _NoStamp:
        raise
    except SigningError as error:
        # What an own check of certificates says comes wrapped in this.
        if lasting:
            raise _NotChecked from error
        raise CannotBeSigned(_("The PDF could not be signed.")) from error
    except (PdfError, PdfReadError, ValueError, OSError) as error:
        raise CannotBeSigned(_("The PDF could not be signed.")) from error


def _context(signer: Signer) -> Any:
    """Return what checks the chains of signer and authority: nothing is fetched, and a missing list is a no."""
    from asn1crypto import crl as asn1_crl
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator import ValidationContext

    def read(one: Any) -> Any:
        return asn1_x509.Certificate.load(one.public_bytes(Encoding.DER))

    try:
        trusted = [signer.identity.root, *stamps.roots()]
        lists = [one.public_bytes(Encoding.DER) for one in signer.identity.lists] + list(stamps.withdrawal_lists())
    except (OSError, ValueError) as error:
        raise _NotChecked from error
    return ValidationContext(
        trust_roots=[read(one) for one in trusted],
        other_certs=[read(one) for one in signer.identity.chain[:-1]],
        crls=[asn1_crl.CertificateList.load(one) for one in lists],
        allow_fetching=False,
        revocation_mode="require",
    )


def _stamper(authority: Authority) -> Any:
    """Return pyHanko's way to an authority, by our own client: its address rules, limits and checks hold here too."""
    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper

    class Stamper(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            der: bytes = req.dump()
            nonce = int(req["nonce"].native)
            try:
                reply = timestamps.fetch(authority, timestamps.Query(der, nonce))
                digest = bytes(req["message_imprint"]["hashed_message"].native)
                timestamps.read_digest(reply, digest=digest, nonce=nonce, query=der, trusted=stamps.roots())
                answer = tsp.TimeStampResp.load(reply)
            except (timestamps.NoReply, timestamps.BadStamp, OSError, ValueError, TypeError) as error:
                raise _NoStamp from error
            return answer

    made: Any = Stamper
    return made()
