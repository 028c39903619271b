"""From the builder to a stranger's check: bundles signed and stamped, and nothing missing in silence when the authority
is away."""

import io
import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Effect, User
from cases.tasks import sweep_effects
from evidence import bundles, proof_sweep
from evidence.events import EvidenceEvent
from evidence.models import (
    Bundle,
    BundleProof,
    BundleSeal,
    BundleStamp,
    BundleState,
    Reader,
    SigningCertificate,
)
from evidence.proofs.signing import Signer
from tests.conftest import logged_in_as
from tests.factories import ca
from tests.factories.browsers import anyone, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import ask_for_bundle, give_consent, make_exhibit, paper
from tests.factories.handed import SYSTEM, archive, build, check, kinds, let_in, share, unpacked
from tests.factories.tsa import Authority


@pytest.fixture(autouse=True)
def _set(folders: None, settings: Any) -> None:
    settings.BUNDLE_SECTIONS = [path for path in settings.BUNDLE_SECTIONS if path.startswith("evidence.bundle_s")]


@pytest.fixture
def signer(settings: Any, tmp_path: Path) -> Signer:
    return ca.make_signer(settings, tmp_path / "signing")


@pytest.fixture
def authority(settings: Any, tmp_path: Path) -> Iterator[Authority]:
    with ca.stamped_by(settings, tmp_path / "tsa") as found:
        yield found


@pytest.fixture
def owner(transactional_db: None) -> User:
    return make_staff(name="Amira K.")


@pytest.fixture
def case(owner: User) -> Case:
    made = make_case(owner=owner)
    make_exhibit(made, paper(), description="Letter of the platform")
    give_consent(made, Reader.POLICE)
    return made


def deliver() -> None:
    with logged_in_as("worker"):
        sweep_effects()


def test_a_built_bundle_is_signed_stamped_and_checked_by_a_stranger(
    case: Case, signer: Signer, authority: Authority, tmp_path: Path
) -> None:
    bundle = build(case)
    done = check(unpacked(archive(bundle), tmp_path / "out"))
    assert (done.stdout.splitlines()[-1], done.returncode) == ("RESULT INTACT", 0)
    for said in ("OK    signature over manifest-sha256.txt", "OK    time stamp of", "was not withdrawn"):
        assert said in done.stdout
    with acting_as(Actor.user(case.owner)):
        proof = BundleProof.objects.select_related("certificate").get(bundle=bundle)
        assert proof.packet_level == "B-LTA"
        assert proof.certificate.fingerprint == signer.certificate_fingerprint
        assert proof_sweep.pending(proof) == []
    assert SigningCertificate.objects.count() == 1
    page = signed_in(case.owner).get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    assert signer.fingerprint in page
    assert authority.url.partition("://")[2] in page


def test_without_a_key_the_bundle_says_so_inside_and_on_every_page(case: Case, tmp_path: Path) -> None:
    bundle = build(case)
    bag = unpacked(archive(bundle), tmp_path / "out")
    assert "NOT SIGNED" in (bag / "proof/PROOFS.txt").read_text()
    assert "NONE. The organisation asks no time-stamp authority." in (bag / "proof/PROOFS.txt").read_text()
    done = check(bag)
    assert "NOTE  NOT SIGNED" in done.stdout
    assert done.stdout.splitlines()[-1] == "RESULT INTACT"
    address = reverse("evidence:bundle", args=[case.reference, bundle.pk])
    assert "Not signed" in signed_in(case.owner).get(address).content.decode()
    assert "Not signed" in let_in(share(bundle)).get("/share/open").content.decode()


def test_a_stamp_that_is_late_is_pending_then_given_out_beside_the_bundle(
    case: Case, signer: Signer, authority: Authority, tmp_path: Path
) -> None:
    authority.behaviour = "broken"
    bundle = build(case)
    bag = unpacked(archive(bundle), tmp_path / "out")
    assert "TIME STAMP PENDING" in (bag / "proof/PROOFS.txt").read_text()
    assert "NO TIME STAMP in this bundle" in check(bag).stdout
    staff, address = signed_in(case.owner), reverse("evidence:bundle", args=[case.reference, bundle.pk])
    assert "Time stamp pending" in staff.get(address).content.decode()
    browser = let_in(share(bundle))
    assert "Time stamp pending" in browser.get("/share/open").content.decode()
    assert browser.get("/share/stamps").url == "/share/open"

    authority.behaviour = "good"
    deliver()
    assert "Time stamp pending" not in browser.get("/share/open").content.decode()
    beside = unpacked(browser.get("/share/stamps").content, tmp_path / "later")
    assert (beside / "manifest-sha256.txt").read_bytes() == (bag / "manifest-sha256.txt").read_bytes()
    words = "openssl ts -verify -data manifest-sha256.txt -in manifest-sha256.txt.tsr -CAfile tsa-ca.pem"
    told = subprocess.run([*words.split(), "-untrusted", "tsa.pem"], cwd=beside, capture_output=True, text=True)
    assert "Verification: OK" in told.stdout
    staff_copy = staff.get(reverse("evidence:bundle_stamps", args=[case.reference, bundle.pk]))
    assert staff_copy.content == browser.get("/share/stamps").content
    assert EvidenceEvent.BUNDLE_STAMPED in kinds(case)


def test_an_answer_that_does_not_hold_is_kept_told_and_asked_again(
    case: Case, signer: Signer, authority: Authority
) -> None:
    authority.behaviour = "broken"
    bundle = build(case)
    authority.behaviour = "garbage"
    deliver()
    with acting_as(Actor.user(case.owner)):
        (row,) = BundleStamp.objects.filter(bundle=bundle)
        assert (row.stamped_at, bool(row.error)) == (None, True)
        assert Effect.objects.filter(kind="evidence.stamp", state="new").exists()
    assert EvidenceEvent.STAMP_REFUSED in kinds(case)


def test_what_failed_today_is_asked_again_tomorrow(case: Case, signer: Signer, authority: Authority) -> None:
    authority.behaviour = "broken"
    bundle = build(case)
    tomorrow = timezone.now() + timedelta(days=1)
    with logged_in_as("worker"):
        assert proof_sweep.stamps(at=tomorrow) == 1
        assert proof_sweep.stamps(at=tomorrow) == 1
        with acting_as(SYSTEM):
            assert Effect.objects.filter(kind="evidence.stamp", subject_id=bundle.pk).count() == 2


def test_a_stamp_is_renewed_before_its_certificate_runs_out(
    case: Case, signer: Signer, authority: Authority, tmp_path: Path
) -> None:
    bundle = build(case)
    with logged_in_as("worker"):
        assert proof_sweep.stamps(at=timezone.now()) == 1  # the authority's certificate lasts a month
    deliver()
    with acting_as(Actor.user(case.owner)):
        old, new = BundleStamp.objects.good().filter(bundle=bundle).order_by("received_at")
        assert new.renews == old
    beside = unpacked(
        signed_in(case.owner).get(reverse("evidence:bundle_stamps", args=[case.reference, bundle.pk])).content,
        tmp_path / "later",
    )
    words = "openssl ts -verify -data manifest-sha256.txt.tsr -in renewal.1.tsr -CAfile tsa-ca.pem -untrusted tsa.pem"
    assert subprocess.run(words.split(), cwd=beside, capture_output=True).returncode == 0
    with logged_in_as("worker"), acting_as(SYSTEM):
        assert old not in proof_sweep.renewal.due(at=timezone.now())


def test_a_clock_that_is_known_to_be_wrong_stops_the_build_in_words(case: Case, settings: Any) -> None:
    settings.CLOCK_SOURCES = ("tests.factories.wrong_clock.day_late",)
    asked = ask_for_bundle(case, reader=Reader.POLICE)
    with logged_in_as("worker"):
        assert not bundles.build_and_seal(asked.pk)
        with acting_as(SYSTEM):
            bundle = Bundle.objects.get(pk=asked.pk)
    assert bundle.state == BundleState.FAILED
    assert "clock of this server is off by 90000 seconds" in bundle.error


def test_every_seal_is_known_to_the_page_that_compares(case: Case, signer: Signer) -> None:
    bundle = build(case)
    assert BundleSeal.objects.filter(reference=bundle.reference).count() == 3
    answer = anyone().post("/share/verify/file", {"file": io.BytesIO(archive(bundle))})
    assert f"Matches packet {bundle.reference}" in answer.content.decode()
    assert signer.fingerprint in answer.content.decode()


def test_what_the_manifest_states_is_who_signed(case: Case, signer: Signer, tmp_path: Path) -> None:
    bag = unpacked(archive(build(case)), tmp_path / "out")
    manifest = json.loads((bag / "data/records/manifest.json").read_text())
    assert manifest["signed_by"] == signer.certificate_fingerprint.replace(":", "").lower()
    assert "data/records/heads.json" in (bag / "manifest-sha256.txt").read_text()
