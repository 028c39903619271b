"""Small real files, and exhibits made of them through the real actions."""

import io
import struct
import zlib
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from PIL import Image

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.models import Case, Consent, ConsentBasis
from cases.vault import Vault
from evidence.actions import bundle as bundle_actions
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.bundle import Built
from evidence.actions.exhibit import Incoming, Outcome, Statement
from evidence.intake import ClientName, Staging, finding_of
from evidence.models import AcquisitionMethod, Bundle, Reader
from tests.conftest import NOON


def picture(kind: str = "PNG", colour: tuple[int, int, int] = (30, 90, 120)) -> bytes:
    """Make a real picture of one colour, 64 by 40."""
    out = io.BytesIO()
    Image.new("RGB", (64, 40), colour).save(out, kind)
    return out.getvalue()


def film(seconds: int = 2) -> bytes:
    """Make a small MP4: brand, an empty index and some data, as a phone writes them."""

    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", 8 + len(body)) + name + body

    return (
        box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
        + box(b"mdat", zlib.compress(bytes(range(256))) * seconds)
        + box(b"moov", box(b"mvhd", bytes(100)))
    )


def paper(words: str = "Statement") -> bytes:
    """Make a one-page PDF by hand."""
    text = f"BT /F1 18 Tf 72 720 Td ({words}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(text) + text + b"\nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    return (
        out
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + (b"trailer << /Root 1 0 R /Size 5 >>\nstartxref\n%d\n%%%%EOF\n" % start)
    )


def staged(case: Case, data: bytes, *, name: str, directory: Path | None = None) -> Incoming:
    """Seal bytes into the staging folder, as the upload handler does."""
    with acting_as(Actor.user(case.owner)):
        key = case_key(case.pk)
    folder = directory or settings.STAGING_DIR
    with Staging(folder, key, case.pk, limit=1 << 30, file_id=uuid4()) as staging:
        staging.write(data)
        file = staging.finish()
    client_name = ClientName.of(name)
    finding = finding_of(file, client_name, "")
    return Incoming(staged=file, name=client_name, finding=finding)


def make_exhibit(
    case: Case,
    data: bytes,
    *,
    name: str = "file",
    description: str = "Screenshot of the profile page",
    at: datetime = NOON,
    by: Actor | None = None,
    vault: Vault | None = None,
) -> Outcome:
    """Take bytes in as an exhibit, by the case's owner unless told otherwise."""
    return exhibit_actions.take_in(
        case_id=case.pk,
        incoming=staged(case, data, name=name),
        statement=Statement(
            description=description, method=AcquisitionMethod.HANDED_OVER, source="https://vidnest.example/u/1"
        ),
        producer=exhibit_actions.initials(case.owner.name),
        by=by or Actor.user(case.owner),
        at=at,
        vault=vault,
    )


def give_consent(case: Case, reader: Reader = Reader.LAWYER, basis: ConsentBasis = ConsentBasis.WRITTEN) -> Consent:
    """Let the client agree that a kind of reader may have what we hold."""
    consent = Consent(case=case, power=reader.power, is_given=True, basis=basis, given_at=NOON)
    with acting_as(Actor.user(case.owner)):
        consent.save(force_insert=True)
    return consent


def ask_for_bundle(
    case: Case, *, included: list[Outcome] | None = None, at: datetime = NOON, reader: Reader = Reader.LAWYER
) -> Bundle:
    """Ask for a bundle, for a lawyer unless told otherwise."""
    actor = Actor.user(case.owner)
    with acting_as(actor):
        return bundle_actions.request(
            case_id=case.pk,
            reader=reader,
            recipient="Berger & Partner, solicitors",
            purpose="Civil claim",
            included=[outcome.exhibit.pk for outcome in included or []],
            by=actor,
            at=at,
        )


def make_sealed_bundle(
    case: Case,
    *,
    archive: bytes = b"PK\5\6" + bytes(18),
    at: datetime | None = None,
    reader: Reader = Reader.LAWYER,
) -> Bundle:
    """Ask for a bundle and seal a small archive as its build, without making a PDF."""
    at = at or timezone.now()
    actor = Actor.user(case.owner)
    asked = ask_for_bundle(case, at=at, reader=reader)
    with acting_as(actor):
        key = case_key(case.pk)
        lease = bundle_actions.claim(bundle_id=asked.pk, at=at)
    assert lease is not None
    with Staging(settings.STAGING_DIR, key, case.pk, limit=1 << 20, file_id=asked.pk) as staging:
        staging.write(archive)
        file = staging.finish()
    stored = Vault().put(file)
    file.discard()
    made = Built(
        stored=stored,
        size=len(archive),
        sha256=file.sha256,
        fingerprint=sha256(b"manifest" + archive).hexdigest(),
        packet_sha256=sha256(b"packet" + archive).hexdigest(),
        files=[{"path": "data/report/packet.pdf", "size": 7, "sha256": sha256(b"packet").hexdigest()}],
    )
    with acting_as(actor):
        bundle_actions.seal(bundle_id=asked.pk, lease=lease, built=made, by=actor, at=at)
        bundle: Bundle = Bundle.objects.select_related("case__owner").get(pk=asked.pk)
        bundle.opened()
    return bundle
