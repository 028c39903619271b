"""Makes the files of proof/: signature, certificates, time stamps of now, stamped anchors, and one page that says what
is there and what is not. Nothing is missing in silence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding

from cases import timestamps
from cases.timestamps import Authority, NoReply
from evidence.proofs import certificates, clock, cms, signing, stamps
from evidence.proofs.signing import Signer
from evidence.proofs.stamps import Clock, Reply

SIGNED = "manifest-sha256.txt"
STATE = "PROOFS.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What was proved of one bundle: who signed, who stamped, whose stamp is still to come.

    `certificate` is the signing certificate in PEM with its chain, empty where nobody signed; then `why_unsigned`
    says why. `pending` names authorities that are asked again by the outbox.
    """

    fingerprint: str
    certificate: str
    why_unsigned: str
    replies: tuple[Reply, ...]
    pending: tuple[str, ...]
    clock: str

    @property
    def stamped(self) -> tuple[Reply, ...]:
        """Return the replies that hold."""
        return tuple(reply for reply in self.replies if reply.is_good)


class Prover:
    """What `write_bag(prove=…)` calls with manifest-sha256.txt; afterwards `proved` says what was made.

    Signing needs no network. Each authority is asked once and waited for some seconds; one that does not answer is
    pending and holds up nothing. Raises clock.ClockOff when the clock is known to be off by more than two seconds.
    """

    def __init__(
        self,
        *,
        signer: Signer | None,
        heads: Mapping[str, bytes] | None = None,
        authorities: Sequence[Authority] | None = None,
        now: Clock | None = None,
    ) -> None:
        self._signer = signer
        self._heads = heads or {}
        self._authorities = timestamps.authorities() if authorities is None else authorities
        self._now = now or Clock()
        self._reading = clock.read()
        self._proved: Proved | None = None
        clock.refuse_if_off(self._reading)

    @property
    def time_source(self) -> str:
        """Return what is known of the clock, as the bundle states it."""
        return self._reading.said()

    @property
    def signed_by(self) -> str:
        """Return the SHA-256 of the certificate that will sign, 64 small letters and digits, or nothing."""
        return certificates.hex_of(self._signer.identity.certificate) if self._signer else ""

    @property
    def proved(self) -> Proved:
        """Return what was made. Raises ValueError before the list of files was there."""
        if self._proved is None:
            raise ValueError("Nothing was proved yet.")
        return self._proved

    def __call__(self, manifest: bytes) -> dict[str, bytes]:
        """Return the files of proof/ by name."""
        files: dict[str, bytes] = {}
        if self._signer is not None:
            identity = self._signer.identity
            files[f"{SIGNED}.p7s"] = cms.sign(manifest, signer=self._signer)
            files["ca.pem"] = certificates.pem(identity.root)
            files["sig.pem"] = certificates.pem(identity.certificate)
            if identity.chain[1:-1]:
                files["chain.pem"] = certificates.pem(*identity.chain[1:-1])
            for place, one in enumerate(identity.lists, start=1):
                files["crl.der" if place == 1 else f"crl.{place}.der"] = one.public_bytes(Encoding.DER)
        replies, pending = self._ask(manifest)
        good = [(SIGNED, reply.reply) for reply in replies if reply.is_good]
        heads = [(name, data) for name, data in self._heads.items() if name.endswith(".tsr")]
        files |= stamps.files(good)
        files |= self._heads
        if heads and "tsa-ca.pem" not in files:
            files["tsa-ca.pem"] = certificates.pem(*stamps.roots())
        if heads:
            own = [files.get("tsa.pem", b""), *(stamps.certificates_of(data) for _name, data in heads)]
            if together := _once(own):
                files["tsa.pem"] = together
        self._proved = Proved(
            fingerprint=self.signed_by,
            certificate=certificates.pem(*self._signer.identity.chain).decode("ascii") if self._signer else "",
            why_unsigned="" if self._signer else signing.why_unsigned(self._now()),
            replies=tuple(replies),
            pending=tuple(pending),
            clock=self.time_source,
        )
        files[STATE] = self._state().encode()
        return files

    def _ask(self, manifest: bytes) -> tuple[list[Reply], list[str]]:
        replies, pending = [], []
        for authority in self._authorities:
            try:
                reply = stamps.ask(authority, manifest, clock=self._now)
            except NoReply:
                pending.append(authority.name)
                continue
            replies.append(reply)
            if reply.stamped_at is None:
                pending.append(authority.name)
                continue
            reading = clock.against_stamp(reply.stamped_at, sent_at=reply.sent_at, received_at=reply.received_at)
            if reading is not None:
                clock.refuse_if_off(reading)
        return replies, pending

    def _state(self) -> str:
        proved = self.proved
        rows = ["WHAT PROVES THIS BUNDLE", ""]
        if self._signer is not None:
            certificate = self._signer.identity.certificate
            rows += [
                f"Signature    made by {certificates.common_name(certificate)}",
                f"             SHA-256 of its certificate (sig.pem): {self._signer.certificate_fingerprint}",
                f"             SHA-256 of its root (ca.pem): {self._signer.fingerprint}",
                "             Compare one of the two with what the organisation publishes, never with this file.",
            ]
            if not self._signer.identity.lists:
                rows += ["             No list of withdrawn certificates was at hand."]
        else:
            rows += ["Signature    NOT SIGNED. The organisation had no signing key that could be used."]
        for reply in proved.stamped:
            rows += [f"Time stamp   {_utc(reply.stamped_at)} by {reply.authority}"]
        for name in proved.pending:
            rows += [
                f"Time stamp   TIME STAMP PENDING from {name}: it did not answer while this bundle was built.",
                "             It is asked again. What it says is kept beside the bundle; ask the organisation for it.",
            ]
        if not proved.stamped and not proved.pending:
            rows += ["Time stamp   NONE. The organisation asks no time-stamp authority."]
        rows += [f"Clock        {proved.clock}", ""]
        return "\n".join(rows)


def _utc(at: datetime | None) -> str:
    assert at is not None
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _once(parts: Sequence[bytes]) -> bytes:
    """Return PEM certificates, each once."""
    from cryptography import x509

    found = dict.fromkeys(one for part in parts if part for one in x509.load_pem_x509_certificates(part))
    return certificates.pem(*found)
