"""Papers of findings as PDFs: filled from the record, unsigned, and telling no more than their reader may know."""

import io
import os
import re
import subprocess
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from pikepdf import Pdf

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence.actions import exhibit as exhibit_actions
from evidence.actions import finding as actions
from evidence.findings import sections
from evidence.findings.papers import CHRONOLOGY, HARM, certificate_papers, pdf_of, read_paper
from evidence.models import Comparison, Paper, Reader, SourceCheck, StatementDraft, SyntheticClaim
from evidence.order import BundleOrder
from tests.conftest import NOON
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import film, make_exhibit, paper, picture
from tests.factories.findings import (
    exhibit_of,
    make_assessment,
    make_claim,
    make_draft,
    make_entry,
    make_harm,
    written,
)
from tests.factories.takedowns import make_links

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]
LONG = "https://vidnest.example/" + "v" * 260


def order_for(reader: Reader) -> BundleOrder:
    """Return a new order: sections keep in it what they made of one case."""
    return BundleOrder(reader=reader)


@pytest.fixture
def case() -> Case:
    """A case in which everything was written down, with names in Arabic and an address of 284 signs."""
    made = make_case(owner=make_staff(name="Amira K."))
    for data, words in ((picture(), "Picture in question"), (picture(colour=(9, 9, 9)), "Photo from her own phone")):
        make_exhibit(made, data, name="p.png", description=words)
    make_exhibit(made, paper(), name="r.pdf", description="Report of the laboratory")
    make_exhibit(made, film(), name="f.mp4", description="Recording of the page")
    with acting_as(Actor.user(made.owner)) as by:
        exhibit_actions.refuse(case_id=made.pk, name="x.exe", reason="kind", by=by, at=NOON)
    make_links(made, f"https://vidnest.example/v/1\n{LONG}\nhttps://clipvault.example/p/9")
    one, two, report = (exhibit_of(made, f"AK/00{n}") for n in (1, 2, 3))
    make_claim(made, exhibit_id=one.pk)
    make_assessment(made, exhibit_id=one.pk, other_id=report.pk)
    make_assessment(
        made, kind="detector", tool="FakeScan 2.0", opinion="supports", confidence="0.97", limits="none given"
    )
    answers = {"original": {"answer": "yes", "notes": "given by the client"}, "reverse": {"answer": "no", "notes": ""}}
    written(SourceCheck.make(case_id=made.pk, exhibit_id=one.pk, other_id=two.pk, answers=answers), made)
    differs = Comparison.make(case_id=made.pk, exhibit_id=one.pk, other_id=two.pk, differences="The light on the face")
    written(differs, made)
    make_draft(made, Paper.WORDING, text="The client states that in exhibit AK/001 a face was put onto another body.")
    make_entry(made)
    make_entry(made, precision="month", day="2026-10-01", time="", kind="taken", words="صورة أُرسلت إلى صديق سابق")
    make_entry(made, precision="about", day="2026-11-05", time="", kind="payment", words="100 EUR sent by voucher")
    make_entry(
        made,
        precision="day",
        day="2026-11-04",
        time="",
        kind="first_upload",
        words="Seen online",
        address=LONG,
        account="@night_owl_77",
    )
    make_entry(made, precision="unknown", day="", time="", kind="contact", words="He rang her parents")
    make_draft(
        made,
        Paper.SUMMARY,
        zone="Europe/Berlin",
        who="سلمى، ٢٤",
        others="A former friend, as the client states",
        what="Pictures were made with a computer and put online. Money was demanded.",
        accounts="@night_owl_77",
        harm="She could not go to work for two weeks.",
        asked="Keep the data of the accounts. Find who uses them.",
    )
    make_harm(made)
    make_harm(made, kind="work", amount="", currency="", words="Two weeks away from work", on="2026-11-06")
    make_draft(made, Paper.CERTIFICATE_B, name="Jane Example", role="Case officer", training="Two days in May 2026")
    make_draft(
        made,
        Paper.CLIENT,
        about="ar",
        text="أنا سلمى. وصلتني رسالة في الثالث من نوفمبر.",
        translation="I am Salma. A message reached me on 3 November.",
        into="English",
        translator="Omar Example",
    )
    return made


def made(case: Case, order: BundleOrder, name: str, about: str = "") -> tuple[bytes, str]:
    """Return one paper as a PDF and its words."""
    with acting_as(Actor.user(case.owner)):
        found = read_paper(case, order, timezone.now(), paper=name, about=about)
    assert found is not None
    raw = pdf_of(found, language=order.language)
    if folder := os.environ.get("RECOURSE_SHOTS"):
        Path(folder, f"{order.language}-{name}{about}.pdf").write_bytes(raw)
    return raw, text_of(raw)


def text_of(raw: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=raw, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize(
    "name", ["certificate-a", "certificate-b", "certificate-c", "producerAK", "clientar", "wording", HARM]
)
def test_each_paper_says_that_nobody_signed_it(case: Case, name: str):
    about = {"producerAK": "AK", "clientar": "ar"}.get(name, "")
    raw, words = made(case, order_for(Reader.LAWYER), name.removesuffix(about) if about else name, about)
    assert "Draft, not signed" in words
    assert "court-proof" not in words
    with Pdf.open(io.BytesIO(raw)) as pdf:
        assert "/Sig" not in str(pdf.Root.get("/AcroForm", ""))


def test_a_certificate_holds_what_is_on_record_and_leaves_the_signature_to_a_hand(case: Case):
    _raw, words = made(case, order_for(Reader.LAWYER), "certificate-b")
    flat = re.sub(r"\s+", "", words)
    for label in ("AK/001", "AK/002", "AK/003", "AK/004"):
        assert label in words
        assert exhibit_of(case, label).sha256 in flat
    assert "Jane Example" in words
    assert "Amira" not in words, "only the name that was typed for this paper"
    assert "A file was offered and not taken in: 1 time" in words
    assert "28 U.S.C. § 1746" in words
    assert "was corrected" not in words
    assert re.search(r"Signature\s+Name in capitals", words)


def test_a_certificate_of_captures_has_only_captures(case: Case):
    _raw, words = made(case, order_for(Reader.LAWYER), "certificate-a")
    assert "Do not sign this paper" in words
    assert "AK/001" not in words


def test_the_chronology_has_one_first_page_and_then_the_line_of_time(case: Case):
    raw, words = made(case, order_for(Reader.POLICE), CHRONOLOGY)
    first, second, *_more = (" ".join(part.split()) for part in words.split("\f"))
    assert "Who was harmed" in first
    assert "What is asked" in first
    assert "The line of time" not in first
    assert "may belong anywhere" in second
    assert "its place is not known" in second
    flat = re.sub(r"\s+", "", words)
    assert LONG in flat
    with Pdf.open(io.BytesIO(raw)) as pdf:
        links = [note for page in pdf.pages for note in page.get("/Annots", []) if "/URI" in str(note.get("/A", ""))]
    assert links == []


def test_a_chronology_in_arabic_is_set_from_the_right(case: Case):
    made(case, BundleOrder(reader=Reader.POLICE, language="ar"), CHRONOLOGY)


@pytest.mark.parametrize("reader", list(Reader))
def test_the_list_of_harm_goes_to_lawyer_and_court_alone_and_only_when_the_client_agreed(case: Case, reader: Reader):
    order = BundleOrder(reader=reader)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        assert sections.harm(case, order, timezone.now()) is None
    kept = make_draft(case, Paper.HARM_RELEASE, agreed="yes", how="by telephone")
    with acting_as(actor):
        given = sections.harm(case, order, timezone.now())
        assert (given is not None) == (reader in (Reader.LAWYER, Reader.COURT))
        taken_back = StatementDraft.make(case_id=case.pk, paper=kept.paper, about="", fields={"agreed": "no"})
        actions.correct(finding=taken_back, of=kept.pk, why="She changed her mind", by=actor, at=NOON)
        assert sections.harm(case, order, timezone.now()) is None


def test_what_a_bundle_hides_is_in_none_of_its_sections(case: Case):
    hidden = exhibit_of(case, "AK/001")
    order = BundleOrder(reader=Reader.LAWYER, hidden={str(hidden.pk): "not needed"})
    with acting_as(Actor.user(case.owner)):
        for maker in (sections.deepfake, sections.certificates):
            made_of = maker(case, order, timezone.now())
            assert made_of is not None
            said = render_to_string(made_of.template, {"own": made_of.context})
            assert hidden.sha256 not in said
            assert "Picture in question" not in said
            shown = maker(case, order_for(Reader.LAWYER), timezone.now())
            assert shown is not None
            assert hidden.sha256 in render_to_string(shown.template, {"own": shown.context})


def test_an_empty_case_has_no_section_of_findings():
    empty = make_case(owner=make_staff(name="Amira K."))
    makers = (sections.chronology, sections.deepfake, sections.harm, sections.statement, sections.certificates)
    with acting_as(Actor.user(empty.owner)):
        assert [maker(empty, order_for(Reader.LAWYER), timezone.now()) for maker in makers] == [None] * 5


def test_many_records_are_not_listed_again_in_each_paper_of_a_packet(case: Case, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sections, "LISTED_AGAIN", 3)
    with acting_as(Actor.user(case.owner)):
        made_of = sections.certificates(case, order_for(Reader.LAWYER), timezone.now())
        assert made_of is not None
        said = render_to_string(made_of.template, {"own": made_of.context})
    assert "4 records, AK/001 to AK/004" in said
    assert exhibit_of(case, "AK/001").sha256 not in said


def test_the_papers_of_a_bag_have_plain_names(case: Case):
    with acting_as(Actor.user(case.owner)):
        found = certificate_papers(case, order_for(Reader.LAWYER), timezone.now())
    assert [path for path, _order in found] == ["data/report/certificate-b.pdf", "data/report/producer-ak.pdf"]
    assert pdf_of(found[0][1]).startswith(b"%PDF-")


def test_no_name_of_staff_is_in_any_section(case: Case):
    with acting_as(Actor.user(case.owner)):
        for maker in (sections.chronology, sections.deepfake, sections.certificates, sections.statement):
            made_of = maker(case, order_for(Reader.LAWYER), timezone.now())
            assert made_of is not None
            assert "Amira" not in render_to_string(made_of.template, {"own": made_of.context})


def test_corrections_are_owned_up_to_and_saved_drafts_are_not(case: Case):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        claim = SyntheticClaim.objects.standing().get(case=case)
        again = SyntheticClaim.make(case_id=case.pk, nature="altered", said_by="client")
        actions.correct(finding=again, of=claim.pk, why="Misheard", by=actor, at=NOON)
        draft = StatementDraft.objects.standing().filter(case=case)[0]
        newer = StatementDraft.make(case_id=case.pk, paper="", about="", fields={})
        actions.correct(finding=newer, of=draft.pk, why="saved anew", by=actor, at=NOON)
    _raw, words = made(case, order_for(Reader.LAWYER), "certificate-b")
    assert "Something written down was corrected: 1 time" in words


def test_a_long_chronology_can_be_set_in_parts(case: Case):
    with acting_as(Actor.user(case.owner)):
        section = sections.chronology(case, order_for(Reader.POLICE), timezone.now())
    assert section is not None
    rows = section.context[section.rows]
    said = [
        render_to_string(
            section.template,
            {"own": {**section.context, section.rows: part, "part": {"first": place == 0, "last": place == 1}}},
        )
        for place, part in enumerate((rows[:3], rows[3:]))
    ]
    assert ["Who was harmed" in text for text in said] == [True, False]
    assert sum(text.count("<tr>") for text in said) == len(rows) + 2
