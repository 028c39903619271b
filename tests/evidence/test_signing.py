"""The signing key: what may sign, what is refused in one line, and how it is shown, warned of and kept fresh."""

import io
import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Effect
from cases.permissions import Role
from config.runtime import signingfile
from evidence import proof_sweep
from evidence.proofs import certificates, cms, health, signing
from evidence.proofs.certificates import CHAIN, KEY, LIST, ROOT_KEY, CannotSign
from evidence.proofs.cms import BadSignature
from tests.conftest import logged_in_as
from tests.factories import ca
from tests.factories.browsers import anyone, signed_in
from tests.factories.cases import make_staff

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    certificates.make_own(tmp_path / "signing", "Example helpline", at=NOW)
    return tmp_path / "signing"


def loaded(folder: Path) -> certificates.Identity:
    return certificates.load(folder / KEY, folder / CHAIN, folder / LIST)


def pem_of(key: Any) -> bytes:
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made


def test_a_key_made_here_is_ours_alone_and_its_chain_stands_in_openssl(folder: Path) -> None:
    for name in (KEY, ROOT_KEY, CHAIN, LIST):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    identity = loaded(folder)
    (folder / "root.pem").write_bytes(certificates.pem(identity.root))
    (folder / "leaf.pem").write_bytes(certificates.pem(identity.certificate))
    words = "openssl verify -crl_check -CAfile root.pem -CRLfile crl.pem leaf.pem"
    assert subprocess.run(words.split(), cwd=folder, capture_output=True).returncode == 0
    printed = subprocess.run(
        ["openssl", "x509", "-in", "root.pem", "-noout", "-fingerprint", "-sha256"],
        cwd=folder,
        capture_output=True,
        text=True,
    ).stdout
    assert printed.strip().endswith(certificates.fingerprint(identity.root))


def test_a_key_is_never_written_over(folder: Path) -> None:
    before = (folder / KEY).read_bytes()
    with pytest.raises(FileExistsError):
        certificates.make_own(folder, "Other", at=NOW)
    assert (folder / KEY).read_bytes() == before


def break_key_mode(folder: Path) -> None:
    (folder / KEY).chmod(0o644)


def break_other_key(folder: Path) -> None:
    (folder / KEY).write_bytes(pem_of(ec.generate_private_key(ec.SECP256R1())))


def break_small_key(folder: Path) -> None:
    (folder / KEY).write_bytes(pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))


def break_order(folder: Path) -> None:
    chain = x509.load_pem_x509_certificates((folder / CHAIN).read_bytes())
    (folder / CHAIN).write_bytes(certificates.pem(chain[0], chain[1], chain[0]))


def break_lone(folder: Path) -> None:
    chain = x509.load_pem_x509_certificates((folder / CHAIN).read_bytes())
    (folder / CHAIN).write_bytes(certificates.pem(chain[0]))


def break_foreign_root(folder: Path) -> None:
    other = certificates.make_own(folder / "other", "Example helpline", at=NOW)
    chain = x509.load_pem_x509_certificates((folder / CHAIN).read_bytes())
    (folder / CHAIN).write_bytes(certificates.pem(chain[0], other.root))


BROKEN = {
    "can be read by others. Run: chmod 600": break_key_mode,
    "is not the one of the first certificate": break_other_key,
    "must be P-256 (or larger) or RSA with 3072": break_small_key,
    "was not issued by": break_order,
    "signing certificate first and its root last": break_lone,
    "was not issued by Example helpline": break_foreign_root,
    "cannot be read (No such file": lambda folder: (folder / KEY).unlink(),
    "holds no PEM certificates": lambda folder: (folder / CHAIN).write_bytes(b"x"),
    "is no PEM private key": lambda folder: (folder / KEY).write_bytes(b"x"),
    "holds no PEM withdrawal list": lambda folder: (folder / LIST).write_bytes(b"-----END X509 CRL-----"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_cannot_sign_is_refused_in_one_line(folder: Path, settings: Any, said: str) -> None:
    BROKEN[said](folder)
    with pytest.raises(CannotSign) as refusal:
        loaded(folder)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    settings.SIGNING_KEY, settings.SIGNING_CERTIFICATES, settings.SIGNING_CRL = (
        folder / KEY, folder / CHAIN, folder / LIST,
    )  # fmt: skip
    settings.SIGNING_IS_NAMED = True
    with pytest.raises(ImproperlyConfigured):
        signing.refuse_to_start()
    assert signing.signer() is None
    assert said in signing.state(NOW).why_not


def test_an_rsa_key_of_3072_bits_may_sign(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    (folder / KEY).write_bytes(pem_of(key))
    assert certificates._private_key(folder / KEY).key_size == 3072


def test_nothing_signs_before_or_after_its_time_and_the_house_still_starts(folder: Path, settings: Any) -> None:
    signer = ca.use(settings, folder)
    settings.SIGNING_IS_NAMED = True
    ends = certificates.ends_at(signer.identity)
    assert signing.signer(at=ends - timedelta(seconds=1)) is not None
    assert signing.signer(at=ends) is None
    assert "ran out" in signing.state(ends).why_not
    assert "begins on" in signing.state(NOW - timedelta(days=1)).why_not
    signing.refuse_to_start()


def test_a_withdrawn_certificate_signs_no_more(folder: Path, settings: Any) -> None:
    identity = loaded(folder)
    from cryptography.hazmat.primitives import hashes, serialization

    root_key = serialization.load_pem_private_key((folder / ROOT_KEY).read_bytes(), password=None)
    gone = x509.RevokedCertificateBuilder().serial_number(identity.certificate.serial_number)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(identity.root.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .add_revoked_certificate(gone.revocation_date(NOW).build())
        .sign(root_key, hashes.SHA256())  # type: ignore[arg-type]
    )
    (folder / LIST).write_bytes(made.public_bytes(Encoding.PEM))
    assert "withdrawn" in certificates.refusal_at(loaded(folder), NOW)
    renewed = certificates.renew_list(folder, at=NOW + timedelta(days=1))
    assert renewed.get_revoked_certificate_by_serial_number(identity.certificate.serial_number) is not None


def test_a_signature_is_over_its_bytes_and_by_its_signer_alone(folder: Path, tmp_path: Path, settings: Any) -> None:
    signer = ca.use(settings, folder)
    der = cms.sign(b"a list of files", signer=signer)
    cms.check(der, b"a list of files", signer=signer)
    stranger = signing.Signer(ca.another_identity(tmp_path / "stranger"))
    for data, by in ((b"another list", signer), (b"a list of files", stranger)):
        with pytest.raises(BadSignature):
            cms.check(der, data, signer=by)
    for place in range(0, len(der), 97):
        broken = bytearray(der)
        broken[place] ^= 1
        try:
            cms.check(bytes(broken), b"a list of files", signer=signer)
        except BadSignature:
            continue
        # Certificates and algorithm names that travel beside the signature are checked by others.
        assert der[place] != broken[place]


def test_a_replaced_key_is_used_without_a_restart(folder: Path, tmp_path: Path, settings: Any) -> None:
    first = ca.use(settings, folder)
    other = tmp_path / "other"
    certificates.make_own(other, "Example helpline", at=NOW)
    for name in (CHAIN, LIST, KEY):
        (other / name).replace(folder / name)
    assert signing.signer() is not None
    assert signing.signer().fingerprint != first.fingerprint  # type: ignore[union-attr]


def test_the_first_start_makes_a_key_once_and_mends_one_that_was_killed(tmp_path: Path) -> None:
    assert signingfile.ensure(tmp_path / "signing", {"RECOURSE_ORG_NAME": "House"})
    before = (tmp_path / "signing" / KEY).read_bytes()
    assert not signingfile.ensure(tmp_path / "signing", {})
    assert (tmp_path / "signing" / KEY).read_bytes() == before
    (tmp_path / "signing" / KEY).unlink()
    assert signingfile.ensure(tmp_path / "signing", {})
    assert not signingfile.ensure(tmp_path / "named", {"RECOURSE_SIGNING_KEY": "/elsewhere/key.pem"})
    assert not (tmp_path / "named").exists()


def told(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("signing", *words, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.mark.django_db(transaction=True)
def test_the_command_makes_shows_tries_and_keeps_fresh(tmp_path: Path, settings: Any) -> None:
    settings.SIGNING_KEY = tmp_path / "new" / KEY
    settings.SIGNING_CERTIFICATES, settings.SIGNING_CRL = tmp_path / "new" / CHAIN, tmp_path / "new" / LIST
    with pytest.raises(CommandError, match="No signing key is set"):
        told("show")
    made = told("new")
    with pytest.raises(CommandError, match="already"):
        told("new")
    shown = told("show")
    assert shown["fingerprint_of_the_root"] == made["publish_this_fingerprint"]
    assert told("check")["result"] == "it signs"
    before = (tmp_path / "new" / LIST).read_bytes()
    with logged_in_as("worker"):
        assert told("refresh")["stamps_asked_for"] == 0
    assert (tmp_path / "new" / LIST).read_bytes() != before
    (tmp_path / "new" / KEY).chmod(0o644)
    with pytest.raises(CommandError, match="chmod 600"):
        told("check")


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "tone"), [(700, "ok"), (59, "soon"), (30, "late"), (6, "late"), (-1, "late")])
def test_health_says_when_the_certificate_runs_out(folder: Path, settings: Any, days: int, tone: str) -> None:
    ends = certificates.ends_at(ca.use(settings, folder).identity)
    with acting_as(Actor.system("test")):
        first = health.signs(ends - timedelta(days=days, hours=1)).signs[0]
    assert (first.label, first.tone) == ("Signing certificate", tone)


@pytest.mark.django_db
def test_health_says_that_nobody_signs(client: Any) -> None:
    admin = make_staff(roles=[Role.ADMINISTRATOR])
    page = signed_in(admin).get(reverse("cases:health")).content.decode()
    assert "No signing key is set." in page
    assert "Proofs of bundles" in page


@pytest.mark.django_db(transaction=True)
def test_administrators_are_warned_once_at_each_of_three_days(folder: Path, settings: Any) -> None:
    admin = make_staff(roles=[Role.ADMINISTRATOR])
    make_staff(roles=[Role.CASEWORKER])
    ends = certificates.ends_at(ca.use(settings, folder).identity)
    with logged_in_as("worker"):
        for days in (61, 60, 59, 30, 29, 7, 6, 1):
            proof_sweep.warn(at=ends - timedelta(days=days))
        with acting_as(Actor.system("test")):
            sent = list(Effect.objects.filter(kind="staff.mail", dedupe_key__startswith="signing-ends"))
            assert len(sent) == 3
            assert {effect.payload["to"] for effect in sent} == {admin.email}
            assert str(ends.date()) in sent[0].payload["subject"]


@pytest.mark.django_db
def test_the_page_for_letters_shows_what_is_published_to_everybody(folder: Path, settings: Any) -> None:
    staff = signed_in(make_staff())
    assert "Bundles are not signed now" in staff.get(reverse("evidence:signing")).content.decode()
    signer = ca.use(settings, folder)
    assert signer.fingerprint in staff.get(reverse("evidence:signing")).content.decode()
    public = anyone().get("/share/organisation.pem")
    assert public.content == certificates.pem(signer.identity.root)
    assert anyone().get("/share/verify.py").content.startswith(b"#!/usr/bin/env python3")
    settings.SIGNING_KEY = folder / "none.pem"
    assert anyone().get("/share/organisation.pem").status_code == 404
    assert timezone.now() > NOW


def test_who_has_the_certificates_alone_tells_of_them_and_does_not_sign(folder: Path, settings: Any) -> None:
    settings.SIGNING_KEY, settings.SIGNING_IS_NAMED, settings.SIGNING_IS_TOLD = folder / "none.pem", False, True
    settings.SIGNING_CERTIFICATES, settings.SIGNING_CRL = folder / CHAIN, folder / LIST
    found = signing.state(NOW)
    assert (found.why_not, found.root_fingerprint) == ("", certificates.fingerprint(loaded(folder).root))
    assert signing.signer(at=NOW) is None
    signing.refuse_to_start()
    settings.SIGNING_KEY = folder / KEY
    assert signing.signer(at=NOW) is not None
    settings.SIGNING_CERTIFICATES = folder / "nowhere.pem"
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        signing.refuse_to_start()
