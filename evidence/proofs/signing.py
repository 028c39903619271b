"""Who signs for the organisation, if anybody does, and what pages and the health line say of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

from evidence.proofs import certificates
from evidence.proofs.certificates import CannotSign, Identity

WARN_DAYS = (60, 30, 7)
"""So many days before a certificate runs out somebody is told, each time more loudly."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The organisation's signing identity, ready to sign."""

    identity: Identity

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the root certificate, as openssl prints it: what is printed on the letterhead."""
        return certificates.fingerprint(self.identity.root)

    @property
    def certificate_fingerprint(self) -> str:
        """Return the SHA-256 of the certificate that signs, as openssl prints it."""
        return certificates.fingerprint(self.identity.certificate)

    def for_pyhanko(self) -> Any:
        """Return this identity as pyHanko takes it; another place of keys needs no more than another one of these."""
        from asn1crypto import keys as asn1_keys
        from asn1crypto import x509 as asn1_x509
        from pyhanko.sign.signers import SimpleSigner
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        assert self.identity.key is not None
        chain = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in self.identity.chain]
        key = self.identity.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        # The store has no types of its own.
        store: Any = SimpleCertificateStore
        return SimpleSigner(
            signing_cert=chain[0],
            signing_key=asn1_keys.PrivateKeyInfo.load(key),
            cert_registry=store.from_certs(chain),
        )


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the signing key at a moment. `why_not` is empty where it signs."""

    identity: Identity | None
    why_not: str
    ends_at: datetime | None = None

    @property
    def root_fingerprint(self) -> str:
        """Return the root's fingerprint, or nothing."""
        return certificates.fingerprint(self.identity.root) if self.identity else ""

    @property
    def fingerprint(self) -> str:
        """Return the signing certificate's fingerprint, or nothing."""
        return certificates.fingerprint(self.identity.certificate) if self.identity else ""

    def days_left(self, now: datetime) -> int | None:
        """Return whole days until the first certificate runs out."""
        return (self.ends_at - now) // timedelta(days=1) if self.ends_at else None


def signer(*, at: datetime | None = None) -> Signer | None:
    """Return who signs at a moment (now unless told), or None where nobody does: `state` says why in words."""
    found = state(at or timezone.now())
    can_sign = found.identity is not None and found.identity.key is not None and not found.why_not
    return Signer(found.identity) if found.identity is not None and can_sign else None


def state(now: datetime) -> State:
    """Return what is known of the signing key; never raises."""
    if not is_set():
        return State(None, _("No signing key is set."))
    try:
        identity = _loaded(*_seen())
    except CannotSign as refusal:
        return State(None, str(refusal))
    return State(identity, certificates.refusal_at(identity, now), certificates.ends_at(identity))


def why_unsigned(now: datetime) -> str:
    """Return why this process signs nothing, in words: also where it only tells of a key that another one has."""
    return state(now).why_not or _("The signing key is not where this was built.")


def is_set() -> bool:
    """Whether a signing key was named, or lies where one is looked for, or its certificates alone were named."""
    return bool(settings.SIGNING_IS_NAMED or settings.SIGNING_IS_TOLD) or Path(settings.SIGNING_KEY).exists()


def refuse_to_start() -> None:
    """Raise ImproperlyConfigured, in one line, when a signing key was named that cannot be used at all.

    One that ran out is no reason to refuse to serve: bundles then say that they are not signed, and health says why.
    """
    if not (settings.SIGNING_IS_NAMED or settings.SIGNING_IS_TOLD):
        return
    try:
        _loaded(*_seen())
    except CannotSign as refusal:
        raise ImproperlyConfigured(str(refusal)) from None


def _seen() -> tuple[tuple[Path, int, int], ...]:
    """Return the three files with what changes when one of them is replaced."""
    found = []
    for path in (settings.SIGNING_KEY, settings.SIGNING_CERTIFICATES, settings.SIGNING_CRL):
        try:
            stat = Path(path).stat()
            found.append((Path(path), stat.st_mtime_ns, stat.st_mode))
        except OSError:
            found.append((Path(path), 0, 0))
    return tuple(found)


@lru_cache(maxsize=4)
def _loaded(*seen: tuple[Path, int, int]) -> Identity:
    key, chain, lists = (path for path, _changed, _mode in seen)
    has_key = bool(settings.SIGNING_IS_NAMED or not settings.SIGNING_IS_TOLD or seen[0][1])
    return certificates.load(key if has_key else None, chain, lists)
