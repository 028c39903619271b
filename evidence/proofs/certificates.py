"""The organisation's signing key and its certificates: read and checked, or made here for a trial. Knows no Django.

A key signs for the organisation and opens nothing: it has nothing to do with the keys that seal the data, and lies in
files of its own. A key in a hardware token (PKCS#11) is not read yet.
"""

import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from cases.key_sources import CONTAINER_SECRETS

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KEY, CHAIN, LIST, ROOT_KEY = "key.pem", "chain.pem", "crl.pem", "root_key.pem"
SMALLEST_RSA = 3072
LONGEST_CHAIN = 6
ROOT_LASTS, SIGNER_LASTS, LIST_LASTS = timedelta(days=3653), timedelta(days=730), timedelta(days=400)
BACKDATED = timedelta(minutes=5)
"""Clocks of readers that are a little behind still take a fresh certificate."""


class CannotSign(Exception):
    """The signing key or its certificates cannot be used; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key, its certificates (the signer's first, the root last) and the lists of withdrawn certificates.

    Without a key it is known and cannot sign: processes that only tell of it are given none.
    """

    key: PrivateKey | None
    chain: tuple[x509.Certificate, ...]
    lists: tuple[x509.CertificateRevocationList, ...] = ()

    @property
    def certificate(self) -> x509.Certificate:
        """Return the certificate that signs."""
        return self.chain[0]

    @property
    def root(self) -> x509.Certificate:
        """Return the certificate that everything hangs on."""
        return self.chain[-1]


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as `openssl x509 -fingerprint -sha256` prints it: pairs with colons."""
    digits = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates as PEM, one after another."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def common_name(certificate: x509.Certificate) -> str:
    """Return whose certificate it is, in one line."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value)[:200] if found else certificate.subject.rfc4514_string()[:200]


def load(key: Path | None, chain: Path, lists: Path | None = None) -> Identity:
    """Read key, certificates and withdrawal lists. Raises CannotSign for what is missing, open to others or unfit.

    The certificates stand signer first, root last, each issued by the next. The key is P-256 or stronger, or RSA with
    3,072 bits or more. Times are not judged here: `state_at` says whether it may sign at a moment.
    """
    private = _private_key(key) if key is not None else None
    certificates = _certificates(chain)
    first = certificates[0]
    if private is not None and _public(first.public_key()) != _public(private.public_key()):
        raise CannotSign(f"The key {key} is not the one of the first certificate in {chain}.")
    _check_chain(certificates, chain)
    return Identity(private, certificates, _lists(lists) if lists is not None and lists.exists() else ())


def refusal_at(identity: Identity, at: datetime) -> str:
    """Return why this identity may not sign at a moment, in one line, or nothing."""
    for certificate in identity.chain:
        if at >= certificate.not_valid_after_utc:
            return f"The certificate of {common_name(certificate)} ran out on {certificate.not_valid_after_utc.date()}."
        if at < certificate.not_valid_before_utc:
            begins = certificate.not_valid_before_utc.date()
            return f"The certificate of {common_name(certificate)} begins on {begins} only."
    serials = {certificate.serial_number for certificate in identity.chain}
    for one in identity.lists:
        if any(one.get_revoked_certificate_by_serial_number(serial) is not None for serial in serials):
            return "The certificate was withdrawn by its issuer."
    return ""


def ends_at(identity: Identity) -> datetime:
    """Return when the first of the certificates runs out."""
    return min(certificate.not_valid_after_utc for certificate in identity.chain)


def _private_key(path: Path) -> PrivateKey:
    try:
        found = path.stat()
        if stat.S_IMODE(found.st_mode) & 0o077 and path.parent != CONTAINER_SECRETS:
            raise CannotSign(f"The signing key {path} can be read by others. Run: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise CannotSign(f"The signing key {path} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError) as error:
        raise CannotSign(f"The signing key {path} is no PEM private key without a passphrase.") from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= SMALLEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in ("secp256r1", "secp384r1", "secp521r1"):
        return key
    raise CannotSign(f"The signing key {path} must be P-256 (or larger) or RSA with {SMALLEST_RSA} bits or more.")


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        found = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as error:
        raise CannotSign(f"The certificates {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise CannotSign(f"{path} holds no PEM certificates.") from error
    if not 1 < len(found) <= LONGEST_CHAIN:
        raise CannotSign(f"{path} must hold the signing certificate first and its root last.")
    return found


def _check_chain(certificates: tuple[x509.Certificate, ...], path: Path) -> None:
    issuers = (*certificates[1:], certificates[-1])
    for certificate, issuer in zip(certificates, issuers, strict=True):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise CannotSign(
                f"In {path}, {common_name(certificate)} was not issued by {common_name(issuer)}: "
                "the signing certificate stands first, its root last."
            ) from error
    try:
        usage = certificates[0].extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise CannotSign(f"The first certificate in {path} is not meant for signing.")


def _lists(path: Path) -> tuple[x509.CertificateRevocationList, ...]:
    end = b"-----END X509 CRL-----"
    try:
        raw = path.read_bytes()
        parts = [part + end for part in raw.split(end)[:-1]]
        return tuple(x509.load_pem_x509_crl(part.strip()) for part in parts)
    except OSError as error:
        raise CannotSign(f"The withdrawal list {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise CannotSign(f"{path} holds no PEM withdrawal list (CRL).") from error


def _public(key: object) -> bytes:
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make_own(folder: Path, organisation: str, *, at: datetime) -> Identity:
    """Make a root, a signing key with its certificate and an empty withdrawal list where none are; return them.

    Files are readable by their owner alone and are never written over: FileExistsError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / KEY).exists() or (folder / ROOT_KEY).exists():
        raise FileExistsError(17, "there is a signing key already", str(folder))
    # 64 signs is the most that the format allows for a name.
    name = " ".join(organisation.split())[:40] or "Casework"
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _sign_root(root_key, _named(f"{name}, records", name), at=at)
    signer = _sign_signer(key.public_key(), _named(f"{name}, evidence", name), root, root_key, at=at)
    _write(folder / ROOT_KEY, _private_pem(root_key))
    _write(folder / CHAIN, pem(signer, root))
    _write(folder / LIST, _sign_list(root, root_key, at=at).public_bytes(Encoding.PEM))
    # The key comes last: where it is, everything is.
    _write(folder / KEY, _private_pem(key))
    return load(folder / KEY, folder / CHAIN, folder / LIST)


def renew_list(folder: Path, *, at: datetime) -> x509.CertificateRevocationList:
    """Issue the withdrawal list of a root that was made here anew. Raises CannotSign where its key is not here."""
    try:
        root_key = serialization.load_pem_private_key((folder / ROOT_KEY).read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise CannotSign("The key of the root is not here: ask its issuer for a fresh withdrawal list.") from error
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    before = _lists(folder / LIST) if (folder / LIST).exists() else ()
    made = _sign_list(_certificates(folder / CHAIN)[-1], root_key, at=at, before=before)
    fresh = folder / f".{LIST}.new"
    fresh.unlink(missing_ok=True)
    _write(fresh, made.public_bytes(Encoding.PEM))
    fresh.replace(folder / LIST)
    return made


def _named(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
        ]
    )


def _sign_root(key: ec.EllipticCurvePrivateKey, name: x509.Name, *, at: datetime) -> x509.Certificate:
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        _certificate(name, key.public_key(), name, key, begins=at - BACKDATED, lasts=ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


def _sign_signer(
    key: ec.EllipticCurvePublicKey,
    name: x509.Name,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    *,
    at: datetime,
) -> x509.Certificate:
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return (
        _certificate(name, key, root.subject, root_key, begins=at - BACKDATED, lasts=SIGNER_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(root_key, hashes.SHA256())
    )


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    begins: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _sign_list(
    root: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    *,
    at: datetime,
    before: tuple[x509.CertificateRevocationList, ...] = (),
) -> x509.CertificateRevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(at - BACKDATED)
        .next_update(at + LIST_LASTS)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for one in before:
        for withdrawn in one:
            builder = builder.add_revoked_certificate(withdrawn)
    return builder.sign(key, hashes.SHA256())


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def hex_of(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as 64 small letters and digits, as rows keep it."""
    return sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
