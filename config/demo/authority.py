"""A time-stamp authority for trials: its own root, its own certificate, replies made by openssl (RFC 3161).

It lives in the demo site and stamps with this machine's clock, so its stamps prove nothing to anybody; its name and
the name of its root say so.
"""

import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "tsa.localhost"
PATH = "/stamp"
NAME = "Demo time-stamp authority (proves nothing)"
ROOT_NAME = "Demo root (proves nothing)"
LASTS = timedelta(days=1500)
LIST_LASTS = timedelta(days=50)
BACKDATED = timedelta(days=30)
LONGEST_QUERY = 10_000
CONFIG = """\
[tsa]
default_tsa = ours
[ours]
serial = serial
crypto_device = builtin
signer_cert = signer.pem
signer_key = signer.key
{certs}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
PEM = serialization.Encoding.PEM


class NoStamp(Exception):
    """openssl made no reply to a question, or is not installed."""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )


def _plain(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """An authority's files in a folder: made once, then answered from. `roots` is the folder that trusts it."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = NAME,
        root_name: str = ROOT_NAME,
        signer_lasts: timedelta = LASTS,
        with_root_in_reply: bool = False,
    ) -> None:
        self.folder = folder
        self.roots = folder / "roots"
        self._one_at_a_time = threading.Lock()
        if not (folder / "tsa.cnf").exists():
            self._make(name, root_name, signer_lasts=signer_lasts, with_root_in_reply=with_root_in_reply)

    def _make(self, name: str, root_name: str, *, signer_lasts: timedelta, with_root_in_reply: bool) -> None:
        self.roots.mkdir(parents=True, exist_ok=True)
        root, signer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        whole = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        signing = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        root_cert = (
            _certificate(root_name, root, root_name, root, lasts=max(LASTS, signer_lasts))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(whole, critical=True)
            .sign(root, hashes.SHA256())
        )
        signer_cert = (
            _certificate(name, signer, root_name, root, lasts=signer_lasts)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(signing, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root, hashes.SHA256())
        )
        (self.roots / "root.pem").write_bytes(root_cert.public_bytes(PEM))
        (self.folder / "root.key").write_bytes(_plain(root))
        (self.folder / "signer.pem").write_bytes(signer_cert.public_bytes(PEM))
        (self.folder / "signer.key").write_bytes(_plain(signer))
        (self.folder / "serial").write_text("01\n")
        # Last: with this file the authority is whole.
        certs = "certs = roots/root.pem" if with_root_in_reply else ""
        (self.folder / "tsa.cnf").write_text(CONFIG.format(certs=certs))

    def publish_list(self) -> None:
        """Lay a fresh list of withdrawn certificates, an empty one, beside the root."""
        now = datetime.now(UTC)
        root = serialization.load_pem_private_key((self.folder / "root.key").read_bytes(), password=None)
        assert isinstance(root, ec.EllipticCurvePrivateKey)
        certificate = x509.load_pem_x509_certificate((self.roots / "root.pem").read_bytes())
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(certificate.subject)
            .last_update(now - timedelta(minutes=5))
            .next_update(now + LIST_LASTS)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
            .sign(root, hashes.SHA256())
        )
        (self.roots / "root.crl").write_bytes(made.public_bytes(PEM))

    def reply(self, query: bytes) -> bytes:
        """Answer a question as a real authority would. Raises NoStamp. One at a time: openssl counts in a file."""
        with self._one_at_a_time:
            (self.folder / "query").write_bytes(query)
            command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
            try:
                subprocess.run(command, cwd=self.folder, capture_output=True, check=True, timeout=20)
            except (OSError, subprocess.SubprocessError) as error:
                raise NoStamp("openssl made no reply") from error
            return (self.folder / "reply").read_bytes()


def is_possible() -> bool:
    """Whether this machine can stamp."""
    return shutil.which("openssl") is not None
