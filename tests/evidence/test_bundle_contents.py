"""What lies in a bag beside the packet: drafts to sign by hand, mails of platforms, and which program made it."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pikepdf import Pdf

from cases import version
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, User
from evidence import bundles
from evidence.bundle_sections import system_facts
from evidence.models import EvidenceKind, Exhibit, Paper, Reader
from evidence.packet.draft import Draft, draft_of
from evidence.packet.redaction import Hidden, HiddenKind
from tests.conftest import logged_in_as
from tests.evidence.bundling import build, is_intact, manifest_of, unpacked, use_folders, words_of_pdf
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import ask_for_bundle, make_exhibit, paper, picture
from tests.factories.findings import make_draft

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = b"From: abuse@vidnest.example\r\nSubject: Re: Removal request\r\nMessage-ID: <1@v>\r\n\r\nWe removed it.\r\n"
REPLY = "data/records/replies/AK-002_reply.eml"
DRAFTS = ["data/report/certificate-b.pdf", "data/report/producer-ak.pdf"]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    use_folders(settings, tmp_path, sections="evidence.")


@pytest.fixture
def owner() -> User:
    return make_staff(name="Amira Kovalenko")


@pytest.fixture
def case(owner: User) -> Case:
    """A case with a picture of Max Muster's page, a mail of a platform and a certificate that somebody filled in."""
    made = make_case(owner=owner)
    make_exhibit(made, picture(), description="Screenshot of Max Muster’s page")
    make_exhibit(made, MAIL, name="answer.eml", description="Answer of the platform")
    with acting_as(Actor.user(owner)):
        Exhibit.objects.filter(case=made, number=2).update(evidence_kind=EvidenceKind.PLATFORM)
    make_draft(made, Paper.CERTIFICATE_B, name="Jane Example", role="Case officer")
    return made


def read(case: Case, reader: Reader) -> Draft:
    """Read a bundle's draft as a build does."""
    asked = ask_for_bundle(case, reader=reader)
    with logged_in_as("worker"):
        return draft_of(asked.pk, at=timezone.now(), by=bundles.BUILDER, time_source="", signed_by="")


def test_drafts_to_sign_and_mails_of_platforms_lie_in_the_bag(case: Case, tmp_path: Path) -> None:
    with acting_as(Actor.user(case.owner)):
        mail = Exhibit.objects.get(number=2)
    hidden = [Hidden(kind=HiddenKind.WORDS, alias="", why="Not a party", words=("Max Muster",))]
    bag = unpacked(build(case, included=[mail.pk], hidden=hidden), tmp_path)
    stated = manifest_of(bag)
    assert [paper["path"] for paper in stated["papers"]] == DRAFTS
    assert {paper["state"] for paper in stated["papers"]} == {"draft"}
    for path in DRAFTS:
        said = words_of_pdf(bag / path)
        assert "Draft, not signed" in said
        assert "Max Muster" not in said
        assert "Screenshot of Person A" in said
        assert "Amira" not in said
        with Pdf.open(bag / path) as pdf:
            assert "/AcroForm" not in pdf.Root
    assert "Jane Example" in words_of_pdf(bag / DRAFTS[0])
    assert (bag / REPLY).read_bytes() == MAIL
    assert [one["path"] for one in stated["exhibits"]] == [None, REPLY]
    assert stated["system"] == system_facts()
    assert is_intact(bag)


@pytest.mark.parametrize("reader", list(Reader))
def test_drafts_are_for_whoever_gets_the_certificates_in_the_packet(case: Case, reader: Reader) -> None:
    draft = read(case, reader)
    has_section = "certificates" in {section.key for section in draft.sections}
    assert [path for path, _paper in draft.papers] == (DRAFTS if has_section else [])
    assert has_section == (reader in (Reader.LAWYER, Reader.COURT))


def test_mails_of_platforms_are_ticked_and_nothing_else_is(case: Case, owner: User) -> None:
    make_exhibit(case, paper(), description="A letter")
    browser, address = signed_in(owner), reverse("evidence:new_bundle", args=[case.reference])
    ticked = browser.get(address).context["form"]["included"].initial
    with acting_as(Actor.user(owner)):
        mail = Exhibit.objects.get(number=2)
    assert ticked == [str(mail.pk)]
    asked = {"reader": "lawyer", "recipient": "Berger", "purpose": "Claim", "included": ticked}
    page = press(browser, address, step="preview", **asked).content.decode()
    assert "Mails of platforms go in as they came" in page
    assert "files of their own to print and sign" in page


def test_reading_a_packet_asks_the_database_as_often_for_many_exhibits_as_for_few(case: Case) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(case, Reader.LAWYER)
        return len(queries)

    for number in range(3):
        make_exhibit(case, picture(colour=(number, 1, 1)))
    five = asked()
    for number in range(20):
        make_exhibit(case, picture(colour=(number, 2, 2)))
    assert asked() == five


def test_a_bundle_states_the_commit_and_the_system_and_no_computer(settings: Any, monkeypatch: Any) -> None:
    settings.COMMIT = "A" * 40
    monkeypatch.setattr("platform.node", lambda: "casework-7")
    version.operating_system.cache_clear()
    facts = system_facts()
    assert facts["Commit"] == "a" * 40
    assert facts["Operating system"] not in ("", version.UNKNOWN)
    assert "casework-7" not in str(facts)


@pytest.mark.parametrize("commit", ["", "main", "a" * 65, "0123456\n; rm"])
def test_what_is_not_known_of_the_program_stops_nothing(settings: Any, tmp_path: Path, commit: str) -> None:
    settings.COMMIT, settings.BASE_DIR = commit, tmp_path
    version.version.cache_clear()
    try:
        assert (system_facts()["Recourse"], system_facts()["Commit"]) == ("unknown", "unknown")
    finally:
        version.version.cache_clear()


def test_the_image_holds_what_names_the_version() -> None:
    root = Path(__file__).resolve().parents[2]
    assert "pyproject.toml" in (root / "Dockerfile").read_text()
    assert "!pyproject.toml" in (root / ".dockerignore").read_text().splitlines()
