"""Bundles: built from the record by the worker, whole or not at all, checkable by a stranger, silent about people."""

import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, CaseTask, Event, User
from cases.states import AgeAnswer, IllegalMove, TaskState
from cases.vault import Vault
from evidence import bundles
from evidence.actions import bundle as bundle_actions
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleSeal, BundleState, Exhibit, Reader
from evidence.tasks import sweep_bundles
from tests.conftest import NOON, logged_in_as
from tests.evidence.bundling import unpacked, use_folders
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.evidence import film, give_consent, make_exhibit, make_sealed_bundle, paper, picture

SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    # What the app above adds, and the certificates, are tested with them.
    use_folders(settings, tmp_path)


@pytest.fixture
def owner(transactional_db: None) -> User:
    return make_staff(name="Amira Kovalenko")


@pytest.fixture
def case(owner: User) -> Case:
    """A case with a picture, a film, a paper and a text, and things in its record that nobody outside may read."""
    client = make_client()
    made = make_case(owner=owner, client=client)
    for data, words in (
        (picture(), "Screenshot of the profile page"),
        (film(), "Recording of the page"),
        (paper(), "Letter of the platform"),
        ("She wrote: «pay»\n".encode(), "Chat, copied as text"),
    ):
        make_exhibit(made, data, description=words)
    with acting_as(Actor.user(owner)):
        record("cases.note_written", case=made, by=Actor.user(owner), at=NOON, text="Nora called from +44 7700 900123")
    with acting_as(Actor.client(client)):
        record("cases.client_came_in", case=made, by=Actor.client(client), at=NOON, device="phone of Nora")
    return made


def build(bundle: Bundle) -> Bundle:
    """Build as the worker does."""
    with logged_in_as("worker"):
        bundles.build_and_seal(bundle.pk)
        with acting_as(SYSTEM):
            built: Bundle = Bundle.objects.select_related("case").get(pk=bundle.pk)
            built.opened()
            return built


def papers(case: Case) -> list[Any]:
    with acting_as(Actor.user(case.owner)):
        return [row.pk for row in Exhibit.objects.all().for_rows() if not row.is_media]


def ask(case: Case, *, included: list[Any] | None = None) -> Bundle:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        return bundle_actions.request(
            case_id=case.pk,
            reader=Reader.LAWYER,
            recipient="Berger & Partner",
            purpose="Civil claim",
            included=included or [],
            by=actor,
            at=NOON,
        )


def test_a_stranger_checks_the_built_bag_with_common_tools(case: Case, tmp_path: Path) -> None:
    give_consent(case)
    bundle = build(ask(case, included=papers(case)))
    assert (bundle.state, bundle.error) == (BundleState.SEALED, "")
    out = tmp_path / "out"
    out.mkdir()
    bag = unpacked(bundle, out)
    sums = subprocess.run(
        ["sha256sum", "-c", "manifest-sha256.txt"], cwd=bag, capture_output=True, text=True, check=False
    )
    assert sums.returncode == 0, sums.stderr
    check = subprocess.run([sys.executable, "-I", "verify.py"], cwd=bag, capture_output=True, text=True, check=False)
    assert check.stdout.strip().endswith("RESULT INTACT"), check.stdout
    assert bundle.fingerprint in check.stdout
    assert hashlib.sha256((out / "bundle.zip").read_bytes()).hexdigest() == bundle.sha256
    listed = {file["path"]: (file["size"], file["sha256"]) for file in bundle.files}
    found = {
        path.relative_to(bag).as_posix(): (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in (bag / "data").rglob("*")
        if path.is_file()
    }
    assert found == listed
    assert sorted(path for path in found if "/exhibits/" in path) == [
        "data/exhibits/AK-003_document.pdf",
        "data/exhibits/AK-004_text.txt",
    ]


def test_a_bag_that_was_changed_by_one_byte_does_not_pass(case: Case, tmp_path: Path) -> None:
    bag = unpacked(build(ask(case, included=papers(case))), tmp_path)
    target = bag / "data/records/custody.jsonl"
    raw = bytearray(target.read_bytes())
    raw[len(raw) // 2] ^= 1
    target.write_bytes(raw)
    check = subprocess.run([sys.executable, "-I", "verify.py"], cwd=bag, capture_output=True, text=True, check=False)
    assert check.returncode == 1
    assert "RESULT NOT INTACT" in check.stdout


def test_media_never_go_inside_and_are_described_with_their_hashes(case: Case, tmp_path: Path) -> None:
    with acting_as(Actor.user(case.owner)):
        media = [row for row in Exhibit.objects.all().for_rows() if row.is_media]
    with pytest.raises(IllegalMove, match="Only text and PDF"):
        ask(case, included=[media[0].pk])
    bag = unpacked(build(ask(case, included=papers(case))), tmp_path)
    manifest = json.loads((bag / "data/records/manifest.json").read_text())
    told = {entry["exhibit"]: entry for entry in manifest["exhibits"]}
    for row in media:
        assert told[row.label]["path"] is None
        assert told[row.label]["sha256"] == row.sha256
    everything = b"".join(path.read_bytes() for path in bag.rglob("*") if path.is_file())
    assert picture()[-40:] not in everything
    assert film()[-40:] not in everything


def test_nothing_in_the_bag_names_staff_client_or_a_way_to_reach_them(case: Case, tmp_path: Path) -> None:
    give_consent(case)
    bag = unpacked(build(ask(case, included=papers(case))), tmp_path)
    (bag / "packet.txt").write_bytes(
        subprocess.run(
            ["pdftotext", "-layout", bag / "data/report/packet.pdf", "-"], capture_output=True, check=True
        ).stdout
    )
    # The packet's own bytes are compressed and could hold any short word by chance; its text stands beside it.
    files = [path for path in bag.rglob("*") if path.is_file() and path.suffix != ".pdf"]
    everything = b"\n".join(path.read_bytes() for path in files)
    for word in ("Amira", "Kovalenko", case.owner.email or "", "Nora", "7700 900123", case.alias, "phone of"):
        assert word.encode() not in everything, word
    lines = [json.loads(row) for row in (bag / "data/records/custody.jsonl").read_text().splitlines()]
    with acting_as(Actor.user(case.owner)):
        events = {event.seq: event for event in Event.objects.filter(case=case)}
    withheld = {events[line["seq"]].kind for line in lines if line.get("withheld")}
    assert {"cases.note_written", "cases.client_came_in", "evidence.bundle_requested"} <= withheld
    shown = {line["kind"] for line in lines if not line.get("withheld")}
    assert shown == {"cases.case_opened", "evidence.exhibit_sealed"}
    assert {name for line in lines for name in line.get("openings", {})} == {
        "exhibit",
        "media_type",
        "size",
        "sha256",
        "method",
    }


def test_the_packet_tells_the_case_in_words(case: Case, tmp_path: Path) -> None:
    give_consent(case)
    bag = unpacked(build(ask(case)), tmp_path)
    text = subprocess.run(
        ["pdftotext", "-layout", bag / "data/report/packet.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    for words in (
        "Berger & Partner",
        f"{case.reference}-P1",
        "Civil claim",
        "Consent of the client, 22 November 2026",
        "AK/001",
        "Custody log",
    ):
        assert words in text, words
    assert "Exhibit AK/001 was sealed" in " ".join(text.split())


def test_a_bundle_is_found_and_built_by_the_sweep(case: Case) -> None:
    bundle = ask(case)
    with logged_in_as("worker"):
        assert sweep_bundles() == 1
        assert sweep_bundles() == 0
    with acting_as(Actor.user(case.owner)):
        assert Bundle.objects.get(pk=bundle.pk).state == BundleState.SEALED
        kinds = list(
            Event.objects.filter(case=case, subject__startswith="evidence_bundle").values_list("kind", flat=True)
        )
    assert sorted(kinds) == [EvidenceEvent.BUNDLE_REQUESTED, EvidenceEvent.BUNDLE_SEALED]
    assert BundleSeal.objects.filter(reference=bundle.reference).count() == 3


def test_a_worker_that_was_killed_leaves_nothing_listed_and_another_takes_over(case: Case, tmp_path: Path) -> None:
    bundle = ask(case)
    now = timezone.now()
    with logged_in_as("worker"):
        with acting_as(bundles.BUILDER):
            assert bundle_actions.claim(bundle_id=bundle.pk, at=now) is not None
            assert bundle_actions.claim(bundle_id=bundle.pk, at=now) is None
        assert sweep_bundles() == 0
        with acting_as(bundles.BUILDER):
            half = Bundle.objects.get(pk=bundle.pk)
            assert (half.state, half.files, half.object_name) == (BundleState.BUILDING, [], "")
            assert not BundleSeal.objects.exists()
            Bundle.objects.filter(pk=bundle.pk).update(claimed_until=now - timedelta(seconds=1))
        assert sweep_bundles() == 1
    with acting_as(Actor.user(case.owner)):
        assert Bundle.objects.get(pk=bundle.pk).state == BundleState.SEALED


def test_a_worker_that_lost_its_lease_seals_nothing(case: Case, tmp_path: Path, monkeypatch: Any) -> None:
    bundle = ask(case)
    put = Vault.put

    def put_late(self: Vault, staged: Any) -> Any:
        with acting_as(bundles.BUILDER):
            Bundle.objects.filter(pk=bundle.pk).update(claimed_until=timezone.now() + timedelta(minutes=9))
        return put(self, staged)

    before = {path for path in (tmp_path / "vault").rglob("*") if path.is_file()}
    monkeypatch.setattr(Vault, "put", put_late)
    with logged_in_as("worker"):
        assert bundles.build_and_seal(bundle.pk) is False
    assert {path for path in (tmp_path / "vault").rglob("*") if path.is_file()} == before
    with acting_as(Actor.user(case.owner)):
        assert Bundle.objects.get(pk=bundle.pk).state == BundleState.BUILDING
    assert not BundleSeal.objects.exists()


def test_a_failure_names_the_part_and_puts_it_on_today(case: Case, tmp_path: Path) -> None:
    with acting_as(Actor.user(case.owner)):
        letter = Exhibit.objects.get(number=3)
    stored = tmp_path / "vault" / letter.object_name
    raw = bytearray(stored.read_bytes())
    raw[200] ^= 1
    stored.write_bytes(raw)
    bundle = build(ask(case, included=papers(case)))
    assert bundle.state == BundleState.FAILED
    assert "exhibit AK/003" in bundle.error
    with acting_as(Actor.user(case.owner)):
        task = CaseTask.objects.get(kind="bundle_failed")
        assert task.facts == {"bundle": bundle.reference}
        assert Event.objects.filter(kind=EvidenceEvent.BUNDLE_FAILED).count() == 1
        again = bundle_actions.request_again(bundle_id=bundle.pk, by=Actor.user(case.owner), at=NOON)
        task.refresh_from_db()
        assert task.state == TaskState.DROPPED
        assert again.supersedes is None
    assert list((tmp_path / "staging").glob("bundle-*")) == []


def test_a_rebuild_is_a_new_bundle_that_names_the_one_it_replaces(case: Case, tmp_path: Path) -> None:
    first = make_sealed_bundle(case)
    with acting_as(Actor.user(case.owner)):
        second = bundle_actions.request_again(bundle_id=first.pk, by=Actor.user(case.owner), at=NOON)
    second = build(second)
    assert (first.reference, second.reference) == (f"{case.reference}-P1", f"{case.reference}-P2")
    assert first.sha256 != second.sha256
    manifest = json.loads((unpacked(second, tmp_path) / "data/records/manifest.json").read_text())
    assert manifest["supersedes"] == first.reference
    with acting_as(Actor.user(case.owner)):
        assert Bundle.objects.get(pk=first.pk).sha256 == first.sha256


def test_a_forged_event_stops_the_build(case: Case) -> None:
    import os

    import psycopg
    from django.db import connection

    bundle = ask(case)
    with psycopg.connect(
        os.environ["RECOURSE_CLUSTER_URL"], dbname=connection.settings_dict["NAME"], autocommit=True
    ) as forger:
        forger.execute("set session_replication_role = replica")
        forger.execute(
            "update cases_event set at = at + interval '1 day' where kind = 'evidence.exhibit_sealed' and seq = "
            "(select min(seq) from cases_event where kind = 'evidence.exhibit_sealed')"
        )
    built = build(bundle)
    assert built.state == BundleState.FAILED
    assert "timeline" in built.error


def test_a_case_that_is_locked_for_age_builds_nothing(case: Case) -> None:
    bundle = ask(case)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=NOON)
    assert build(bundle).state == BundleState.FAILED
    with pytest.raises(IllegalMove, match="under 18"):
        ask(case)


def test_staff_ask_for_one_watch_it_and_take_a_copy(case: Case, owner: User) -> None:
    browser = signed_in(owner)
    asked = press(
        browser,
        reverse("evidence:bundles", args=[case.reference]),
        reader="lawyer",
        recipient="Berger <b>& Partner",
        purpose="Civil claim",
        included=[str(pk) for pk in papers(case)],
    )
    assert asked.status_code == 302
    page = browser.get(asked.url)
    assert "Being built" in page.content.decode()
    assert "Berger &lt;b&gt;&amp; Partner" in page.content.decode()
    with acting_as(Actor.user(owner)):
        bundle = Bundle.objects.get()
    changes = reverse("evidence:bundle_changes", args=[case.reference, bundle.pk])
    assert browser.get(changes, {"state": "requested"}).json()["changes"] == 0
    built = build(bundle)
    assert browser.get(changes, {"state": "requested"}).json()["changes"] == 1
    text = browser.get(asked.url).content.decode()
    assert built.sha256 in text
    assert "data/report/packet.pdf" in text
    copy = press(browser, reverse("evidence:download_bundle", args=[case.reference, bundle.pk]))
    data = b"".join(copy.streaming_content)
    assert hashlib.sha256(data).hexdigest() == built.sha256
    assert copy.headers["Content-Disposition"] == f'attachment; filename="{built.reference}.zip"'
    with acting_as(Actor.user(owner)):
        assert Event.objects.filter(kind=EvidenceEvent.BUNDLE_DOWNLOADED, actor_id=str(owner.pk)).count() == 1


def test_another_caseworker_finds_no_such_bundle(case: Case) -> None:
    bundle = make_sealed_bundle(case)
    browser = signed_in(make_staff())
    for name in ("bundle", "bundle_changes"):
        assert browser.get(reverse(f"evidence:{name}", args=[case.reference, bundle.pk])).status_code == 404
    copy = press(browser, reverse("evidence:download_bundle", args=[case.reference, bundle.pk]))
    assert copy.status_code == 404


def test_a_download_is_made_by_post_alone(case: Case, owner: User) -> None:
    bundle = make_sealed_bundle(case)
    answer = signed_in(owner).get(reverse("evidence:download_bundle", args=[case.reference, bundle.pk]))
    assert answer.status_code == 405


@pytest.mark.parametrize("words", ["", "\0", "x" * 500])
def test_words_that_cannot_be_printed_come_back_to_be_mended(case: Case, owner: User, words: str) -> None:
    answer = press(
        signed_in(owner),
        reverse("evidence:bundles", args=[case.reference]),
        reader="lawyer",
        recipient=words,
        purpose="Kept",
    )
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.content.decode()


def test_the_command_writes_the_same_bag(case: Case, tmp_path: Path) -> None:
    with logged_in_as("worker"):
        call_command("bundle", case.reference, to=tmp_path / "to", enclose=True, verbosity=0)
    bag = tmp_path / "to" / f"{case.reference}-P1"
    check = subprocess.run([sys.executable, "-I", "verify.py"], cwd=bag, capture_output=True, text=True, check=False)
    assert "RESULT INTACT" in check.stdout
    assert (bag / "data/exhibits/AK-003_document.pdf").read_bytes() == paper()
