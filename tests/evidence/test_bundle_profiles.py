"""What each reader gets: hidden things stand nowhere, withheld lines still verify, supplements go on, originals go in
encrypted, and the page says all of it before."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import approval as approval_actions
from cases.actor import Actor
from cases.models import Case, Event, Party, PartyRole, User
from cases.permissions import Role
from cases.states import IllegalMove
from evidence.actions import derivative as derivative_actions
from evidence.actions import release as release_actions
from evidence.events import EvidenceEvent
from evidence.models import Bundle, DerivativeKind, Exhibit, Reader, Release
from evidence.packet.redaction import Hidden, HiddenKind
from evidence.probes.tags import file_facts
from tests.conftest import NOON
from tests.evidence.bundling import build, is_intact, manifest_of, unpacked, use_folders, words_of
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import film, give_consent, make_exhibit, make_sealed_bundle, paper, picture

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Not a party to the claim"


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    use_folders(settings, tmp_path)


@pytest.fixture
def owner() -> User:
    return make_staff(name="Amira Kovalenko")


@pytest.fixture
def case(owner: User) -> Case:
    made = make_case(owner=owner)
    make_exhibit(made, picture(), description="Screenshot of Max Muster’s page")
    make_exhibit(made, film(), description="Recording of the page")
    make_exhibit(made, paper(), description="Letter to @nora_k")
    with acting_as(Actor.user(owner)):
        party = Party(case=made, role=PartyRole.POSTER, added_at=NOON)
        party.name, party.account = "Max Muster", "@maxm"
        party.save(force_insert=True)
    return made


def rows(case: Case) -> list[Exhibit]:
    with acting_as(Actor.user(case.owner)):
        return list(Exhibit.objects.all().for_rows())


def test_what_is_hidden_stands_nowhere_and_the_log_still_verifies(case: Case, tmp_path: Path) -> None:
    with acting_as(Actor.user(case.owner)):
        party = Party.objects.get()
    exhibits = rows(case)
    hidden = [
        Hidden(kind=HiddenKind.PARTY, alias="", why=WHY, thing=str(party.pk), words=("Max Muster", "@maxm")),
        Hidden(kind=HiddenKind.WORDS, alias="", why="A handle of the client", words=("@nora_k",)),
        Hidden(kind=HiddenKind.EXHIBIT, alias="", why=WHY, thing=str(exhibits[1].pk), words=(exhibits[1].label,)),
    ]
    bag = unpacked(build(case, hidden=hidden), tmp_path)
    said = words_of(bag)
    for word in ("Max Muster", "@maxm", "@nora_k", "Recording of the page", exhibits[1].sha256):
        assert word not in said, word
    assert "Screenshot of Person A" in " ".join(said.split())
    assert "Letter to Person B" in " ".join(said.split())
    assert "Claim against Person A" in " ".join(said.split())
    stated = manifest_of(bag)
    assert stated["redactions"] == [
        {"hidden": "Person A", "kind": "party", "why": WHY},
        {"hidden": "Person B", "kind": "words", "why": "A handle of the client"},
        {"hidden": "Exhibit A", "kind": "exhibit", "why": WHY},
    ]
    assert stated["omitted"] == [{"exhibit": "Exhibit A", "why": WHY}]
    assert [one["exhibit"] for one in stated["exhibits"]] == ["AK/001", "AK/003"]
    assert is_intact(bag)
    with acting_as(Actor.user(case.owner)):
        sealed = {event.subject: event.seq for event in Event.objects.filter(kind=EvidenceEvent.EXHIBIT_SEALED)}
        told = Event.objects.get(kind=EvidenceEvent.BUNDLE_REDACTED).body
    lines = [json.loads(row) for row in (bag / "data/records/custody.jsonl").read_text().splitlines()]
    withheld = {line["seq"] for line in lines if line.get("withheld")}
    assert sealed[f"evidence_exhibit:{exhibits[1].pk}"] in withheld
    assert sealed[f"evidence_exhibit:{exhibits[0].pk}"] not in withheld
    assert "Max" not in json.dumps(told)
    assert [one["why"] for one in told["hidden"]] == [WHY, "A handle of the client", WHY]


def test_a_reason_is_asked_for_each_thing_that_is_hidden(case: Case) -> None:
    with pytest.raises(IllegalMove, match="Say why"):
        build(case, hidden=[Hidden(kind=HiddenKind.WORDS, alias="", why=" ", words=("x",))])


def test_metadata_leaves_without_places_and_a_regulator_gets_none(case: Case, tmp_path: Path) -> None:
    exhibit = rows(case)[0]
    tags = {"File:MIMEType": "image/png", "EXIF:GPSLatitude": "52.5", "EXIF:SerialNumber": "S-4711"}
    derivative_actions.keep(
        exhibit_id=exhibit.pk,
        kind=DerivativeKind.FILE_DATA,
        data=json.dumps(tags).encode(),
        media_type="application/json",
        tool="exiftool 12.57",
        facts=file_facts(tags),
        by=Actor.user(case.owner),
        at=NOON,
    )
    bag = unpacked(build(case), tmp_path / "a")
    (record,) = (bag / "data/metadata").iterdir()
    assert record.name == "AK-001.exiftool.json"
    said = words_of(bag)
    assert "52.5" not in said
    assert "S-4711" not in said
    assert json.loads(record.read_text())["left_out"] >= 2
    (derived,) = manifest_of(bag)["exhibits"][0]["derivatives"]
    assert derived["path"] == "data/metadata/AK-001.exiftool.json"
    assert derived["parent_sha256"] == exhibit.sha256
    assert is_intact(bag)
    assert not (unpacked(build(case, Reader.REGULATOR), tmp_path / "b") / "data/metadata").exists()


def test_a_supplement_tells_what_is_new_and_goes_on_with_the_numbers(case: Case, tmp_path: Path) -> None:
    first = build(case)
    make_exhibit(case, picture(colour=(1, 2, 3)), description="A later screenshot", at=timezone.now())
    with acting_as(Actor.user(case.owner)):
        base = Bundle.objects.get(pk=first.pk)
    second = build(case, supplements=base)
    assert second.last_page == first.pages + second.pages
    bag = unpacked(second, tmp_path)
    stated = manifest_of(bag)
    assert (stated["supplements"], stated["first_page"]) == (first.reference, first.pages + 1)
    assert [one["description"] for one in stated["exhibits"]] == ["A later screenshot"]
    said = " ".join(words_of(bag).split())
    assert f"{first.pages + 1} / {second.last_page}" in said
    assert f"{case.reference}-{second.last_page:06}" in said
    assert "3 exhibits are in the packet that this one goes on from" in said
    assert is_intact(bag)


def released(case: Case, exhibit: Exhibit) -> Release:
    """An original that two people let leave for a lawyer."""
    by, second = Actor.user(case.owner), Actor.user(make_staff(name="Robin R.", roles=[Role.SUPERVISOR]))
    make_staff(name="Third T.")
    give_consent(case)
    with acting_as(by):
        asked = release_actions.ask(
            exhibit_id=exhibit.pk, reader=Reader.LAWYER, recipient="Berger", request_text="Letter", reason="Claim",
            days=3, by=by, at=timezone.now(),
        )  # fmt: skip
    assert asked.approval_id is not None
    with acting_as(second):
        approval_actions.grant(approval_id=asked.approval_id, by=second, at=timezone.now())
    with acting_as(by):
        found: Release = Release.objects.get(pk=asked.pk)
        found.opened()
    return found


def test_a_released_original_goes_in_encrypted_and_opens_with_the_passphrase(tmp_path: Path) -> None:
    case = make_case(owner=make_staff(name="Amira Kovalenko", roles=[Role.SUPERVISOR]))
    make_exhibit(case, picture())
    (exhibit,) = rows(case)
    release = released(case, exhibit)
    passphrase = release.passphrase
    bag = unpacked(build(case, originals=[release.pk]), tmp_path)
    sealed = (bag / "data/exhibits/AK-001_image.png.age").read_bytes()
    hash_of_file = hashlib.sha256(sealed).hexdigest()
    assert pyrage.passphrase.decrypt(sealed, passphrase) == picture()
    record = json.loads((bag / "data/exhibits/AK-001_image.png.record.json").read_text())
    assert (record["sha256_plain"], record["sha256"]) == (exhibit.sha256, hash_of_file)
    stated = manifest_of(bag)["exhibits"][0]
    assert stated["path"] == "data/exhibits/AK-001_image.png.age"
    assert (stated["sealed"]["sha256_plain"], stated["sealed"]["sha256"]) == (exhibit.sha256, hash_of_file)
    assert f"{hash_of_file}  {stated['path']}\n" in (bag / "manifest-sha256.txt").read_text()
    assert passphrase not in words_of(bag)
    assert is_intact(bag)
    assert list((tmp_path / "staging").glob("*")) == []
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(sealed, passphrase + "x")
    with acting_as(Actor.user(case.owner)):
        assert Release.objects.get().packed == 1
        assert Event.objects.filter(kind=EvidenceEvent.ORIGINAL_RELEASED).count() == 1


def test_the_client_needs_no_consent_and_is_told_who_received_what(case: Case, tmp_path: Path) -> None:
    from evidence.actions import share as share_actions

    give_consent(case)
    sealed = make_sealed_bundle(case)
    with acting_as(Actor.user(case.owner)):
        share_actions.make(
            bundle_id=sealed.pk, recipient="Ms Berger", purpose="Claim", days=1, downloads=1,
            by=Actor.user(case.owner), at=timezone.now(),
        )  # fmt: skip
    own = words_of(unpacked(build(case, Reader.CLIENT), tmp_path / "own"))
    assert "Ms Berger" in own
    assert "asked for their own copy" in " ".join(own.split())
    assert "Ms Berger" not in words_of(unpacked(build(case), tmp_path / "lawyer"))


def test_the_page_shows_what_goes_in_and_stays_out_before_anything_is_built(case: Case, owner: User) -> None:
    browser = signed_in(owner)
    address = reverse("evidence:new_bundle", args=[case.reference])
    letter = rows(case)[2]
    asked = {
        "reader": "police", "recipient": "PC Doe, 4711", "purpose": "Report", "included": [str(letter.pk)],
        "hidden_words": "Max Muster | A witness\n@nora_k", "why": WHY, "without": ["notices"],
    }  # fmt: skip
    page = press(browser, address, step="preview", **asked)
    text = " ".join(page.content.decode().split())
    names = ("PC Doe, 4711", "AK/003", "Person A", "A witness", "Person B", WHY, "Names of staff", "2 exhibits")
    said = ("enclosed as it is", "left out by you", "a hidden name may stand inside", "entries told")
    for words in (*names, *said):
        assert words in text, words
    with acting_as(Actor.user(owner)):
        assert not Bundle.objects.exists()
    back = press(browser, address, step="change", **asked).content.decode()
    assert 'value="PC Doe, 4711"' in back
    assert "Max Muster | A witness" in back
    made = press(browser, address, step="build", **asked)
    assert made.status_code == 302
    with acting_as(Actor.user(owner)):
        bundle = Bundle.objects.get()
        assert (bundle.reader, bundle.without, len(bundle.hidden)) == ("police", ["notices"], 2)
        assert bundle.included == [str(letter.pk)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hidden_words": "Max"}, "Say why, like"),
        ({"recipient": ""}, "Say who will receive it"),
        ({"reader": "mayor"}, "Choose from the list"),
        ({"included": ["00000000-0000-4000-8000-000000000000"]}, "Choose from the list"),
    ],
)
def test_what_is_missing_is_asked_for_and_typed_text_stays(case: Case, owner: User, given: Any, said: str) -> None:
    asked = {"reader": "lawyer", "recipient": "Berger", "purpose": "Kept words", **given}
    answer = press(signed_in(owner), reverse("evidence:new_bundle", args=[case.reference]), step="preview", **asked)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'value="Kept words"' in answer.content.decode()


def test_every_kind_of_reader_has_a_way_to_its_form(case: Case, owner: User) -> None:
    browser = signed_in(owner)
    page = browser.get(reverse("evidence:bundles", args=[case.reference])).content.decode()
    for reader in Reader:
        address = f"{reverse('evidence:new_bundle', args=[case.reference])}?reader={reader.value}"
        assert address in page
        assert browser.get(address).status_code == 200


def test_a_bundle_of_another_case_cannot_be_supplemented(case: Case) -> None:
    other = make_case(owner=case.owner)
    sealed = make_sealed_bundle(other)
    with pytest.raises(IllegalMove, match="this case"):
        build(case, supplements=sealed)
