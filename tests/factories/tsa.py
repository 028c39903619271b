"""A throw-away time-stamp authority on loopback: its own root, its own certificate, replies made by openssl."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

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


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )


class Authority:
    """The authority's files in a folder, and how it answers. `behaviour` may be changed while it runs."""

    def __init__(self, folder: Path, *, signer_days: int = 30, with_root_in_reply: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.behaviour = "good"
        self.asked = 0
        self.port = 0
        self.let_go = threading.Event()
        self._one_at_a_time = threading.Lock()
        root, signer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = f"Throw-away root {x509.random_serial_number() % 10**8}"
        whole = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        root_cert = (
            _certificate(root_name, root, root_name, root, days=60)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(whole, critical=True)
            .sign(root, hashes.SHA256())
        )
        signing = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        signer_cert = (
            _certificate("Throw-away authority", signer, root_name, root, days=signer_days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(signing, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        withdrawn = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_name(root_name))
            .last_update(datetime.now(UTC) - timedelta(minutes=5))
            .next_update(datetime.now(UTC) + timedelta(days=50))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
            .sign(root, hashes.SHA256())
        )
        (folder / "roots").mkdir(exist_ok=True)
        (folder / "withdrawn.crl").write_bytes(withdrawn.public_bytes(pem))
        (folder / "roots" / "root.pem").write_bytes(root_cert.public_bytes(pem))
        (folder / "signer.pem").write_bytes(signer_cert.public_bytes(pem))
        (folder / "signer.key").write_bytes(
            signer.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (folder / "serial").write_text("01\n")
        certs = "certs = roots/root.pem" if with_root_in_reply else ""
        (folder / "tsa.cnf").write_text(CONFIG.format(certs=certs))

    @property
    def roots(self) -> Path:
        """The folder that trusts this authority."""
        return self.folder / "roots"

    def publish_list(self) -> None:
        """Lay the root's list of withdrawn certificates beside the root."""
        (self.roots / "root.crl").write_bytes((self.folder / "withdrawn.crl").read_bytes())

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://tsa.localhost:{self.port}/stamp"

    @property
    def pair(self) -> tuple[str, int]:
        """Name and port, as the address policy must allow them."""
        return ("tsa.localhost", self.port)

    def reply(self, query: bytes) -> bytes:
        """Answer a question as a real authority would. openssl keeps its serial number in a file: one at a time."""
        with self._one_at_a_time:
            (self.folder / "query").write_bytes(query)
            subprocess.run(
                ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"],
                cwd=self.folder,
                capture_output=True,
                check=True,
                timeout=20,
            )
            return (self.folder / "reply").read_bytes()


class _Handler(BaseHTTPRequestHandler):
    authority: Authority

    def do_POST(self) -> None:
        """Answer as the authority's behaviour says."""
        query = self.rfile.read(int(self.headers["Content-Length"]))
        self.authority.asked += 1
        match self.authority.behaviour:
            case "good":
                self._send(200, self.authority.reply(query))
            case "garbage":
                self._send(200, b"\x30\x03\x02\x01\x00 this is no reply")
            case "a page":
                self._send(200, b"<p>Sign in</p>", kind="text/html")
            case "elsewhere":
                self._send(302, b"", location=f"http://tsa.localhost:{self.authority.port}/other")
            case "broken":
                self._send(500, b"")
            case "too much":
                self._send(200, b"0" * (65 << 10))
            case "slow":
                self.authority.let_go.wait(20)
            case "drops":
                self._drip()
            case "another question":
                other = (self.authority.folder / "other").read_bytes()
                self._send(200, self.authority.reply(other))
            case kind:
                raise AssertionError(kind)

    def _send(self, status: int, body: bytes, *, kind: str = "application/timestamp-reply", location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", "4000")
        self.end_headers()
        for _ in range(400):
            if self.authority.let_go.wait(0.05):
                return
            try:
                self.wfile.write(b"0")
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def answering(authority: Authority) -> Iterator[Authority]:
    """Let an authority answer on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"authority": authority})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    authority.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        authority.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
