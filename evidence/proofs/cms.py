"""A detached signature over one file (CMS, RFC 5652, with the CAdES attribute that names its certificate)."""

import asyncio
from typing import Any

from evidence.proofs.signing import Signer


class BadSignature(Exception):
    """A signature does not hold over these bytes."""


def sign(data: bytes, *, signer: Signer) -> bytes:
    """Return the detached signature in DER, SHA-256, with the chain of certificates inside. It was checked once.

    `openssl cms -verify -binary -inform DER -in SIGNATURE -content FILE -CAfile ca.pem -purpose any` checks it.
    """
    made: Any = asyncio.run(signer.for_pyhanko().async_sign_general_data(data, "sha256", detached=True, use_cades=True))
    der: bytes = made.dump()
    check(der, data, signer=signer)
    return der


def check(der: bytes, data: bytes, *, signer: Signer) -> None:
    """Raise BadSignature unless a signature is this signer's over these bytes."""
    from asn1crypto import cms
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    expected = asn1_x509.Certificate.load(signer.identity.certificate.public_bytes(Encoding.DER))
    try:
        signed = cms.ContentInfo.load(der, strict=True)["content"]
        (info,) = signed["signer_infos"]
        digest = _sha256(data)
        intact, valid = validate_sig_integrity(info, expected, "data", digest)
    except (ValueError, TypeError, KeyError, SignatureValidationError) as error:
        raise BadSignature("the signature cannot be read") from error
    if not (intact and valid):
        raise BadSignature("the signature is not over these bytes")


def _sha256(data: bytes) -> bytes:
    from hashlib import sha256

    return sha256(data).digest()
