"""Time stamps of a bundle's list of files (RFC 3161): asked for, kept as they came, judged, with what checks them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.conf import settings

from cases import timestamps
from cases.timestamps import Authority, BadStamp
from evidence.proofs import certificates

CLOCKS_DIFFER = timedelta(minutes=5)
"""A stamp whose time is further from ours than this is not taken: one of the two clocks is wrong."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One authority's answer as it came. `stamped_at` is its time where everything held, else `error` says what not."""

    authority: str
    query: bytes
    nonce: int
    reply: bytes
    sent_at: datetime
    received_at: datetime
    stamped_at: datetime | None
    error: str

    @property
    def is_good(self) -> bool:
        """Whether it was verified up to a trusted root."""
        return self.stamped_at is not None


def ask(authority: Authority, message: bytes, *, clock: "Clock") -> Reply:
    """Ask one authority for a stamp over a message and judge the answer. Raises timestamps.NoReply."""
    query = timestamps.make_query(message)
    sent = clock()
    reply = timestamps.fetch(authority, query)
    received = clock()
    when, error = judge(reply, message=message, query=query.der, nonce=query.nonce, now=received)
    return Reply(authority.name, query.der, query.nonce, reply, sent, received, when, error)


def judge(
    reply: bytes, *, message: bytes, query: bytes, nonce: int, now: datetime | None
) -> tuple[datetime | None, str]:
    """Return the authority's time, or None and what is wrong. `now` None leaves our own clock out of it."""
    try:
        when = timestamps.read(reply, message=message, nonce=nonce, query=query, trusted=roots())
    except BadStamp as bad:
        return None, str(bad)[:200]
    except (OSError, ValueError) as error:
        return None, f"the root certificates cannot be read ({type(error).__name__})"
    if now is not None and abs(when - now) > CLOCKS_DIFFER:
        return None, "its time does not fit ours"
    return when, ""


def roots() -> tuple[x509.Certificate, ...]:
    """Return the roots that time-stamp authorities are trusted by. Raises OSError, ValueError."""
    return timestamps.roots(Path(settings.TSA_ROOTS))


def withdrawal_lists() -> tuple[bytes, ...]:
    """Return the lists of withdrawn certificates (DER) that lie beside those roots as .crl, PEM or DER."""
    folder = Path(settings.TSA_ROOTS)
    found = []
    for path in sorted(folder.glob("*.crl")) if folder.is_dir() else []:
        raw = path.read_bytes()
        one = x509.load_pem_x509_crl(raw) if raw.lstrip().startswith(b"-----") else x509.load_der_x509_crl(raw)
        found.append(one.public_bytes(Encoding.DER))
    return tuple(found)


def certificates_of(reply: bytes) -> bytes:
    """Return the certificates that came with a reply as PEM; empty where they cannot be read.

    Read leniently on purpose: some authorities put them in an order that strict readers refuse.
    """
    from asn1crypto import tsp

    try:
        token = tsp.TimeStampResp.load(reply)["time_stamp_token"]
        found = [one.chosen.dump() for one in token["content"]["certificates"]]
        return certificates.pem(*(x509.load_der_x509_certificate(der) for der in found))
    except (ValueError, TypeError, KeyError):
        return b""


def ends_at(reply: bytes) -> datetime | None:
    """Return when the certificate behind a stamp runs out: before then it is stamped anew. None where not readable."""
    try:
        found = x509.load_pem_x509_certificates(certificates_of(reply))
    except ValueError:
        return None
    signing = [one for one in found if _may_stamp(one)] or found
    return min((one.not_valid_after_utc for one in signing), default=None)


def _may_stamp(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage


def files(stamps: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return good replies as files: the first `<name>.tsr`, the second `<name>.2.tsr`, with what checks them.

    `stamps` are pairs of the stamped file's name and the reply, in the order of the authorities.
    """
    made: dict[str, bytes] = {}
    signers: list[bytes] = []
    count: dict[str, int] = {}
    for name, reply in stamps:
        count[name] = count.get(name, 0) + 1
        number = "" if count[name] == 1 else f".{count[name]}"
        made[f"{name}{number}.tsr"] = reply
        signers.append(certificates_of(reply))
    if made:
        own = b"".join(dict.fromkeys(part for part in signers if part))
        if own:
            made["tsa.pem"] = own
        made["tsa-ca.pem"] = certificates.pem(*roots())
    return made


class Clock:
    """The time now. A class, so that tests can give another one."""

    def __call__(self) -> datetime:
        """Return the time now, aware."""
        from django.utils import timezone

        return timezone.now()
