"""A build that takes long: it says how far it is, keeps its claim, can be stopped, and leaves nothing when killed."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event, User
from cases.states import IllegalMove
from cases.vault import Vault
from evidence import bundles
from evidence.actions import bundle as bundle_actions
from evidence.actions.bundle import LeaseLost
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleSeal, BundleState
from evidence.packet import progress
from evidence.packet.progress import Progress
from evidence.tasks import sweep_bundles
from tests.conftest import NOON, logged_in_as
from tests.evidence.bundling import use_folders
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import ask_for_bundle, make_exhibit, make_sealed_bundle, picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    use_folders(settings, tmp_path)


@pytest.fixture
def owner() -> User:
    return make_staff(name="Amira Kovalenko")


@pytest.fixture
def case(owner: User) -> Case:
    made = make_case(owner=owner)
    make_exhibit(made, picture())
    return made


def row(bundle: Bundle) -> Bundle:
    with acting_as(Actor.user(bundle.case.owner)):
        found: Bundle = Bundle.objects.get(pk=bundle.pk)
    return found


def claimed(bundle: Bundle) -> Any:
    with acting_as(bundles.BUILDER):
        return bundle_actions.claim(bundle_id=bundle.pk, at=timezone.now())


def test_a_build_names_its_parts_and_which_one_is_at_work(case: Case, monkeypatch: Any) -> None:
    bundle = ask_for_bundle(case)
    seen: list[list[dict[str, str]]] = []
    renew = bundle_actions.renew

    def watched(**given: Any) -> Any:
        seen.append(given["parts"])
        return renew(**given)

    monkeypatch.setattr(bundle_actions, "renew", watched)
    with logged_in_as("worker"):
        assert bundles.build_and_seal(bundle.pk)
    labels = [part["label"] for part in seen[-1]]
    assert labels == ["the record", "the packet", "the signature", "the files", "the store"]
    assert [part["state"] for part in seen[0]] == ["now", "later", "later", "later", "later"]
    assert [part["state"] for part in seen[-1]] == ["done", "done", "done", "done", "now"]
    done = row(bundle)
    assert (done.state, done.parts) == (BundleState.SEALED, [])
    assert done.pages == done.last_page > 5


def test_the_page_shows_the_parts_and_what_to_press(case: Case, owner: User) -> None:
    bundle = ask_for_bundle(case)
    parts = [{"label": f"exhibits {n}", "state": "done" if n < 9 else "now" if n == 9 else "later"} for n in range(40)]
    with logged_in_as("worker"):
        lease = claimed(bundle)
        with acting_as(bundles.BUILDER):
            bundle_actions.renew(bundle_id=bundle.pk, lease=lease, at=timezone.now(), parts=parts)
    browser = signed_in(owner)
    page = browser.get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    for words in ("6 parts before", "exhibits 9", "exhibits 12", "27 parts to come", "Stop"):
        assert words in page, words
    assert "exhibits 13" not in page
    changes = reverse("evidence:bundle_changes", args=[case.reference, bundle.pk])
    assert browser.get(changes, {"state": "building", "done": "9"}).json()["changes"] == 0
    assert browser.get(changes, {"state": "building", "done": "8"}).json()["changes"] == 1


def test_a_claim_that_is_renewed_is_not_taken_over(case: Case) -> None:
    bundle = ask_for_bundle(case)
    with logged_in_as("worker"):
        lease = claimed(bundle)
        late = lease - timedelta(seconds=1)
        with acting_as(bundles.BUILDER):
            again = bundle_actions.renew(bundle_id=bundle.pk, lease=lease, at=late)
            assert again > lease
            assert bundle_actions.claim(bundle_id=bundle.pk, at=lease + timedelta(seconds=1)) is None
            with pytest.raises(LeaseLost):
                bundle_actions.renew(bundle_id=bundle.pk, lease=lease, at=late)


def test_a_thread_renews_the_claim_while_a_part_takes_long(case: Case, monkeypatch: Any) -> None:
    bundle = ask_for_bundle(case)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.05)
    renewed = threading.Event()
    with logged_in_as("worker"):
        lease = claimed(bundle)
        renew = bundle_actions.renew

        def watched(**given: Any) -> Any:
            found = renew(**given)
            renewed.set()
            return found

        monkeypatch.setattr(bundle_actions, "renew", watched)
        with Progress(bundle.pk, lease, bundles.BUILDER) as at_work:
            assert renewed.wait(60)
        assert at_work.lease > lease
        assert row(bundle).claimed_until == at_work.lease


def test_somebody_stops_a_build_and_nothing_of_it_is_kept(case: Case, owner: User, tmp_path: Path) -> None:
    bundle = ask_for_bundle(case)
    before = {path for path in (tmp_path / "vault").rglob("*") if path.is_file()}
    put = Vault.put

    def stopped_meanwhile(self: Vault, staged: Any) -> Any:
        with acting_as(Actor.user(owner)):
            bundle_actions.stop(bundle_id=bundle.pk, by=Actor.user(owner), at=timezone.now())
        return put(self, staged)

    with pytest.MonkeyPatch.context() as patch, logged_in_as("worker"):
        patch.setattr(Vault, "put", stopped_meanwhile)
        assert bundles.build_and_seal(bundle.pk) is False
        assert sweep_bundles() == 0
    assert row(bundle).state == BundleState.STOPPED
    assert {path for path in (tmp_path / "vault").rglob("*") if path.is_file()} == before
    assert list((tmp_path / "staging").glob("*")) == []
    assert not BundleSeal.objects.exists()
    with acting_as(Actor.user(owner)):
        assert Event.objects.filter(kind=EvidenceEvent.BUNDLE_STOPPED).count() == 1
        assert not Event.objects.filter(kind=EvidenceEvent.BUNDLE_FAILED).exists()


def test_a_build_that_was_stopped_ends_between_two_parts(case: Case, owner: User, monkeypatch: Any) -> None:
    from cases import pdf

    bundle = ask_for_bundle(case)
    render = pdf.render
    signed: list[object] = []

    def stopped_meanwhile(*given: Any, **named: Any) -> bytes:
        with acting_as(Actor.user(owner)):
            bundle_actions.stop(bundle_id=bundle.pk, by=Actor.user(owner), at=timezone.now())
        return render(*given, **named)

    monkeypatch.setattr(pdf, "render", stopped_meanwhile)
    monkeypatch.setattr("evidence.proofs.pades.sign", lambda *given, **named: signed.append(given))
    with logged_in_as("worker"):
        assert bundles.build_and_seal(bundle.pk) is False
    assert signed == []


def test_it_is_stopped_on_the_page_and_asked_for_anew(case: Case, owner: User) -> None:
    bundle = ask_for_bundle(case)
    browser = signed_in(owner)
    press(browser, reverse("evidence:stop_bundle", args=[case.reference, bundle.pk]))
    page = browser.get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    assert "Somebody stopped it" in page
    again = press(browser, reverse("evidence:bundle_again", args=[case.reference, bundle.pk]))
    assert again.status_code == 302
    with acting_as(Actor.user(owner)):
        assert Bundle.objects.filter(state=BundleState.REQUESTED).count() == 1


def test_what_stands_cannot_be_stopped(case: Case, owner: User) -> None:
    bundle = make_sealed_bundle(case)
    with acting_as(Actor.user(owner)), pytest.raises(IllegalMove):
        bundle_actions.stop(bundle_id=bundle.pk, by=Actor.user(owner), at=NOON)


CHILD = """
import os, sys, django
django.setup()
from django.conf import settings
from pathlib import Path
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[2]
settings.STAGING_DIR = Path(sys.argv[3])
settings.BUNDLE_SECTIONS = [path for path in settings.BUNDLE_SECTIONS if path.startswith("evidence.bundle")]
from evidence import bundles
from cases.vault import Vault
def wait(self, staged):
    print("half", flush=True)
    # Here it is killed; where nobody does, it ends with the test that reads its words.
    sys.stdin.read()
Vault.put = wait
bundles.build_and_seal(sys.argv[1])
"""


def test_a_worker_that_is_killed_half_way_leaves_no_bundle_and_another_builds_it(case: Case, tmp_path: Path) -> None:
    bundle = ask_for_bundle(case)
    name = str(connection.settings_dict["NAME"])
    env = {**os.environ, "RECOURSE_ROLE": "worker"}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(bundle.pk), name, str(tmp_path / "staging")],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "half"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    half = row(bundle)
    assert (half.state, half.object_name, half.files) == (BundleState.BUILDING, "", [])
    assert not BundleSeal.objects.exists()
    with logged_in_as("worker"):
        assert sweep_bundles() == 0
        with acting_as(bundles.BUILDER):
            Bundle.objects.filter(pk=bundle.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert sweep_bundles() == 1
    assert row(bundle).state == BundleState.SEALED
