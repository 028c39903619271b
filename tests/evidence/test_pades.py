"""The packet's own signature: which level is reached, what breaks it, and that it outlives its certificate."""

import asyncio
import io
import subprocess
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import page as checker
import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.ades import simulate_future_ades_lta_validation
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from evidence.proofs import pades, stamps
from evidence.proofs.pades import CannotBeSigned, Level
from evidence.proofs.signing import Signer
from tests.evidence.proved_bag import packet
from tests.factories import ca
from tests.factories.tsa import Authority


@pytest.fixture
def signer(settings: Any, tmp_path: Path) -> Signer:
    return ca.make_signer(settings, tmp_path / "signing")


@pytest.fixture
def authority(settings: Any, tmp_path: Path) -> Iterator[Authority]:
    with ca.stamped_by(settings, tmp_path / "tsa") as found:
        yield found


def trusting(signer: Signer, **more: Any) -> dict[str, Any]:
    roots = [signer.identity.root, *stamps.roots()]
    return {
        "trust_roots": [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in roots],
        "allow_fetching": False,
        **more,
    }


def status(data: bytes, signer: Signer) -> Any:
    """What pyHanko says of the one ordinary signature; document time stamps are another kind."""
    (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
    return validate_pdf_signature(embedded, ValidationContext(**trusting(signer)))


def test_with_authority_and_lists_the_packet_is_signed_for_many_years(signer: Signer, authority: Authority) -> None:
    data, level = pades.sign_bytes(packet(), signer=signer)
    assert level is Level.LTA
    found = status(data, signer)
    assert found.bottom_line
    assert found.timestamp_validity.trusted
    reader = PdfFileReader(io.BytesIO(data))
    assert "/DSS" in reader.root
    assert len(reader.root["/DSS"]["/CRLs"]) == 2
    assert len(reader.embedded_timestamp_signatures) == 1


def test_the_common_tools_accept_it(signer: Signer, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "packet.pdf").write_bytes(pades.sign_bytes(packet(), signer=signer)[0])
    for words, said in (
        (["pdfsig", "packet.pdf"], "Signature is Valid"),
        (["qpdf", "--check", "packet.pdf"], "No syntax or stream encoding errors found"),
    ):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert said in done.stdout


def test_without_the_authoritys_list_there_is_a_stamp_and_no_long_life(signer: Signer, authority: Authority) -> None:
    (authority.roots / "root.crl").unlink()
    data, level = pades.sign_bytes(packet(), signer=signer)
    assert level is Level.T
    assert status(data, signer).timestamp_validity.trusted
    assert "/DSS" not in PdfFileReader(io.BytesIO(data)).root


def test_without_an_own_list_there_is_no_long_life_either(settings: Any, signer: Signer, authority: Authority) -> None:
    Path(settings.SIGNING_CRL).unlink()
    again = ca.use(settings, Path(settings.SIGNING_KEY).parent)
    assert pades.sign_bytes(packet(), signer=again)[1] is Level.T


@pytest.mark.parametrize("behaviour", ["garbage", "a page", "broken", "another question", "elsewhere"])
def test_an_authority_that_fails_leaves_a_plain_signature_that_holds(
    signer: Signer, authority: Authority, behaviour: str
) -> None:
    (authority.folder / "other").write_bytes(stamps.timestamps.make_query(b"other").der)
    authority.behaviour = behaviour
    data, level = pades.sign_bytes(packet(), signer=signer)
    assert level is Level.B
    found = status(data, signer)
    assert found.bottom_line
    assert found.timestamp_validity is None


def test_the_second_authority_is_asked_when_the_first_is_away(
    settings: Any, signer: Signer, authority: Authority
) -> None:
    settings.TSA_URLS = ("http://tsa.localhost:9/away", authority.url)
    settings.TSA_LOOPBACK = frozenset({authority.pair, ("tsa.localhost", 9)})
    assert pades.sign_bytes(packet(), signer=signer)[1] is Level.LTA


def test_nobody_signs_without_a_key_and_nothing_is_changed() -> None:
    assert pades.sign_bytes(packet(), signer=None) == (packet(), Level.NONE)


def test_what_is_no_pdf_is_refused(signer: Signer) -> None:
    with pytest.raises(CannotBeSigned):
        pades.sign_bytes(b"%PDF-1.7 but no more", signer=signer, authorities=[])


@pytest.mark.parametrize("mark", [b"/MediaBox", b"/Subtype", b"/Length", b"/StructTreeRoot", b"/Lang"])
def test_one_flipped_byte_is_found(signer: Signer, authority: Authority, mark: bytes) -> None:
    data = bytearray(pades.sign_bytes(packet(), signer=signer)[0])
    data[data.find(mark) + len(mark) + 3] ^= 1
    try:
        found = status(bytes(data), signer)
    except Exception:
        return  # so broken that it is not read at all
    assert not found.bottom_line


def test_a_page_that_is_turned_later_is_found(signer: Signer, authority: Authority) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(pades.sign_bytes(packet(), signer=signer)[0]))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(90)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    found = status(out.getvalue(), signer)
    assert found.modification_level == ModificationLevel.OTHER
    assert not found.bottom_line


def test_it_can_still_be_checked_when_every_certificate_has_run_out(signer: Signer, authority: Authority) -> None:
    """Asked in ten years: the signer's certificate ran out after two, the authority's after a month."""
    data, _level = pades.sign_bytes(packet(), signer=signer)
    (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
    later = datetime.now(UTC) + timedelta(days=800)
    assert signer.identity.certificate.not_valid_after_utc < later
    plain = validate_pdf_signature(embedded, ValidationContext(**trusting(signer, moment=later)))
    assert not plain.bottom_line
    trust = SimpleTrustManager.build(trust_roots=trusting(signer)["trust_roots"])
    policy = CertValidationPolicySpec(trust_manager=trust, revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO))
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(cert_validation_policy=policy))
    found = asyncio.run(simulate_future_ades_lta_validation(embedded, spec, later))
    assert found.ades_subindic == AdESPassed.OK


def failures(data: bytes) -> set[str]:
    """Rules of PDF/A-3a that a checker of others finds broken."""
    report = checker.validate_pdf_bytes(data, profile=checker.ValidationProfile.PDF_A_3A)
    return {failure.rule_id.removeprefix("PDFA3A-") for failure in report.failures}


def test_a_plain_signature_breaks_no_rule_of_pdf_a(signer: Signer) -> None:
    assert failures(pades.sign_bytes(packet(), signer=signer, authorities=[])[0]) <= failures(packet())


def test_the_one_new_finding_at_a_long_life_is_that_things_were_added_behind_the_signature(
    signer: Signer, authority: Authority
) -> None:
    """ETSI EN 319 142-1 adds lists and the second stamp behind the signature, which covers its own revision alone.

    The checker wants every signature to reach the end of the file. pyHanko, which reads revisions, is content; and so
    is the checker, when it is given the file as it was when it was signed.
    """
    data, plain = pades.sign_bytes(packet(), signer=signer)[0], failures(packet())
    report = checker.validate_pdf_bytes(data, profile=checker.ValidationProfile.PDF_A_3A)
    new = {(one.rule_id, one.message) for one in report.failures if one.rule_id.removeprefix("PDFA3A-") not in plain}
    said = "a signature /ByteRange does not cover the complete PDF except for its signature contents"
    assert new == {("PDFA3A-SIGNATURE-BYTERANGE-001", said)}
    (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
    start, before, after, rest = embedded.byte_range
    assert (start, data[before : before + 1], data[after - 1 : after]) == (0, b"<", b">")
    assert data[: after + rest].rstrip().endswith(b"%%EOF")
    assert failures(data[: after + rest]) <= plain
    found = status(data, signer)
    assert found.bottom_line
    assert found.coverage == SignatureCoverageLevel.ENTIRE_REVISION
    assert found.modification_level == ModificationLevel.LTA_UPDATES


def test_signing_takes_no_more_memory_for_a_large_packet(signer: Signer, tmp_path: Path) -> None:
    """One large packet in a file: 40 MB of pages, signed where it lies."""
    with pikepdf.Pdf.open(io.BytesIO(packet())) as pdf:
        for number in range(8):
            pdf.pages[0][f"/Big{number}"] = pdf.make_stream(bytes([number]) + bytes(5_000_000), {})
        pdf.save(tmp_path / "large.pdf", compress_streams=False)
    with (tmp_path / "large.pdf").open("r+b") as file:
        tracemalloc.start()
        assert pades.sign(file, signer=signer, authorities=[]) is Level.B
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (tmp_path / "large.pdf").stat().st_size > 40_000_000
    assert peak < 12_000_000
    assert status((tmp_path / "large.pdf").read_bytes(), signer).intact
