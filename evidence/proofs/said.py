"""What is known of a bundle's proofs, as pages say it. Nothing that is missing is left out."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from evidence.models import Bundle, BundleProof, BundleStamp
from evidence.proofs.pades import Level


@dataclass(frozen=True, slots=True)
class Stamped:
    """One time stamp: whose, when, and whether it lies in the bundle or beside it."""

    authority: str
    at: datetime
    is_inside: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A bundle's proofs in words. `later` says that stamps lie beside it, to be fetched apart."""

    is_signed: bool
    signature: str
    fingerprint: str
    root_fingerprint: str
    packet: str
    stamps: tuple[Stamped, ...]
    pending: tuple[str, ...]
    has_authority: bool
    clock: str

    @property
    def later(self) -> bool:
        """Whether a stamp came after the bundle was sealed."""
        return any(not stamp.is_inside for stamp in self.stamps)

    @property
    def stamp_state(self) -> str:
        """Return in a word how far the time stamps are: stamped, pending or none."""
        return "pending" if self.pending else "stamped" if self.stamps else "none"


def of(bundle: Bundle) -> Said:
    """Return what is known of a bundle's proofs; call inside `acting_as`."""
    proof = BundleProof.objects.select_related("certificate").filter(bundle=bundle).first()
    rows = list(BundleStamp.objects.filter(bundle=bundle).order_by("received_at", "pk"))
    stamps = tuple(Stamped(row.authority, row.stamped_at, row.is_inside) for row in rows if row.stamped_at)
    have = {stamp.authority for stamp in stamps}
    if proof is None:
        said = _("Not signed: it was built before bundles were signed here, or without a signing key.")
        return Said(False, said, "", "", Level.NONE.said(), stamps, (), False, "")
    certificate = proof.certificate
    return Said(
        is_signed=certificate is not None,
        signature=_("Signed by %(who)s") % {"who": certificate.subject}
        if certificate
        else _("Not signed. %(why)s") % {"why": _why(proof.why_unsigned)},
        fingerprint=certificate.fingerprint if certificate else "",
        root_fingerprint=certificate.root_fingerprint if certificate else "",
        packet=Level(proof.packet_level).said(),
        stamps=stamps,
        pending=tuple(name for name in proof.asked if name not in have),
        has_authority=bool(proof.asked),
        clock=proof.clock,
    )


def _why(recorded: str) -> str:
    """Return why a bundle is not signed, for people outside: what a key file is called here is not theirs to read."""
    if recorded.startswith("The certificate"):
        return recorded
    return _("The organisation had no signing key that could be used.")
