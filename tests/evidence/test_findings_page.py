"""The pages of findings: write down, correct, take back, choose words that do not overclaim, print a paper."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, Event
from cases.permissions import Role
from cases.states import AgeAnswer
from evidence.events import EvidenceEvent
from evidence.models import ChronologyEntry, Finding, Noun, Paper, StatementDraft, SyntheticClaim
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit, picture
from tests.factories.findings import exhibit_of, make_assessment, make_claim, make_draft, make_entry, make_harm
from tests.factories.takedowns import make_links

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
CLAIM = {"nature": "swapped", "said_by": "client", "said_on": "2026-11-20", "basis": "told us by telephone"}
ENTRY = {
    "precision": "exact", "day": "2026-10-24", "time": "12:30", "zone": "Europe/Berlin", "kind": "threat",
    "words": "A message asked for money", "told_by": "client",
}  # fmt: skip


def at(name: str, case: Case, *more: object) -> str:
    return reverse(f"evidence:{name}", args=[case.reference, *more])


def rows(case: Case, model: type[Finding]) -> list[Any]:
    with acting_as(Actor.user(case.owner)):
        found = list(model.objects.standing().filter(case=case).for_rows())
        for row in found:
            row.opened()
    return found


def test_a_claim_is_written_down_corrected_and_taken_back(case: Case, browser: Client):
    made = press(browser, at("new_finding", case, "claim"), **CLAIM)
    assert (made.status_code, made.headers["Location"]) == (302, at("findings", case))
    (row,) = rows(case, SyntheticClaim)
    assert (row.nature, row.basis, row.written_by_id) == ("swapped", "told us by telephone", case.owner_id)
    page = browser.get(at("finding", case, row.pk)).content.decode()
    assert f'value="{row.pk}"' in page
    press(browser, at("finding", case, row.pk), **{**CLAIM, "nature": "altered", "why": "Misheard", "seen": row.pk})
    (newer,) = rows(case, SyntheticClaim)
    assert (newer.version, newer.nature) == (2, "altered")
    assert "Misheard" in browser.get(at("finding", case, newer.pk)).content.decode()
    press(browser, at("withdraw_finding", case, newer.pk), why="She takes it back")
    assert rows(case, SyntheticClaim) == []


@pytest.mark.parametrize(
    ("missing", "words"), [("basis", "how we know"), ("nature", "Choose one"), ("said_by", "Choose one")]
)
def test_what_is_missing_is_said_and_nothing_is_kept(case: Case, browser: Client, missing: str, words: str):
    page = press(browser, at("new_finding", case, "claim"), **{**CLAIM, missing: ""})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert rows(case, SyntheticClaim) == []


def test_two_people_do_not_correct_over_each_other(case: Case, browser: Client):
    row = make_claim(case)
    address = at("finding", case, row.pk)
    press(browser, address, **{**CLAIM, "nature": "voice", "why": "First", "seen": row.pk})
    page = press(browser, address, **{**CLAIM, "nature": "altered", "why": "Second", "seen": row.pk})
    assert page.status_code == 422
    assert "meanwhile" in page.content.decode()
    assert [one.nature for one in rows(case, SyntheticClaim)] == ["voice"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": ""}, "Enter the day"),
        ({"time": ""}, "Enter the time"),
        ({"day": "2026-03-29", "time": "02:30"}, "never showed"),
        ({"day": "2199-01-01"}, "not come yet"),
        ({"day": "31.12."}, "Enter a day"),
        ({"told_by": "exhibit"}, "Choose the exhibit"),
        ({"zone": "Mars/Olympus"}, "Choose from the list"),
        ({"words": ""}, "what happened"),
    ],
)
def test_a_time_nobody_can_mean_is_refused_in_words(case: Case, browser: Client, change: dict[str, str], words: str):
    page = press(browser, at("new_finding", case, "chronology_entry"), **{**ENTRY, **change})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert rows(case, ChronologyEntry) == []


def test_what_the_exactness_does_not_claim_is_not_kept(case: Case, browser: Client):
    press(browser, at("new_finding", case, "chronology_entry"), **{**ENTRY, "precision": "month"})
    press(browser, at("new_finding", case, "chronology_entry"), **{**ENTRY, "precision": "unknown"})
    month, unknown = rows(case, ChronologyEntry)
    assert (month.day, month.time) == ("2026-10-24", "")
    assert (unknown.day, unknown.time) == ("", "")


def test_an_amount_needs_its_currency(case: Case, browser: Client):
    page = press(browser, at("new_finding", case, "harm_entry"), kind="money", amount="12.00", currency="")
    assert (page.status_code, "currency of the amount" in page.content.decode()) == (422, True)
    page = press(browser, at("new_finding", case, "harm_entry"), kind="money", amount="12.00", currency="E1R")
    assert page.status_code == 422
    assert (
        press(browser, at("new_finding", case, "harm_entry"), kind="money", amount="12", currency="eur").status_code
        == 302
    )
    assert "12.00 EUR" in browser.get(at("harm", case)).content.decode()


def test_chosen_sentences_go_into_the_wording_and_overclaiming_ones_are_refused(case: Case, browser: Client):
    make_claim(case)
    make_assessment(case)
    address = at("paper", case, "wording")
    page = browser.get(address).content.decode()
    assert "In the assessment of Dr. لينا حداد, Example Forensic Laboratory dated 18 November 2026" in page
    put = press(browser, address, do="compose", sentence="0", text="").content.decode()
    assert re.search(r"<textarea[^>]*>\s*The client states that in the material of this case", put)
    refused = press(browser, address, do="save", version="0", text="The picture is clearly a deepfake.")
    assert refused.status_code == 422
    assert "claims more than we can know" in refused.content.decode()
    kept = press(browser, address, do="save", version="0", text="The client states that it is a deepfake.")
    assert kept.status_code == 302
    assert "it is a deepfake" in browser.get(at("findings", case)).content.decode()


def test_a_paper_saved_meanwhile_is_not_overwritten(case: Case, browser: Client):
    make_draft(case, Paper.SUMMARY, who="A")
    typed = {"do": "save", "zone": "UTC", "who": "B", "version": "0"}
    page = press(browser, at("paper", case, "summary"), **typed)
    assert (page.status_code, "meanwhile" in page.content.decode()) == (422, True)
    again = press(browser, at("paper", case, "summary"), **{**typed, "version": "1"})
    assert again.status_code == 302
    assert [row.fields["who"] for row in rows(case, StatementDraft)] == ["B"]


def test_a_paper_goes_out_as_a_pdf_and_the_record_knows(case: Case, browser: Client):
    make_entry(case)
    sent = press(browser, at("paper_pdf", case, "chronology"))
    assert sent.headers["Content-Type"] == "application/pdf"
    assert sent.content.startswith(b"%PDF-")
    with acting_as(Actor.user(case.owner)):
        event = Event.objects.get(case=case, kind=EvidenceEvent.PAPER_MADE)
        assert event.body["paper"] == "chronology"


def test_a_paper_is_not_printed_before_somebody_confirms_who_they_are(case: Case):
    browser = signed_in(case.owner, fresh=False)
    sent = press(browser, at("paper_pdf", case, "chronology"))
    assert sent.headers.get("Content-Type") != "application/pdf"


@pytest.mark.parametrize(
    ("paper", "about"), [("producer", "ZZ"), ("client", "x"), ("certificate-a", "AK"), ("nonsense", "")]
)
def test_a_paper_that_cannot_be_is_not_there(case: Case, browser: Client, paper: str, about: str):
    assert browser.get(at("paper", case, paper), {"about": about}).status_code == 404
    assert press(browser, at("paper_pdf", case, paper), about=about).status_code == 404


def test_a_case_locked_for_age_shows_none_of_it(case: Case, browser: Client):
    row = make_claim(case)
    with acting_as(Actor.user(case.owner)) as by:
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="caller", by=by, at=NOON)
    for address in (
        *(at(name, case) for name in ("findings", "chronology", "harm", "papers")),
        at("finding", case, row.pk),
        at("new_finding", case, "claim"),
        at("paper", case, "wording"),
    ):
        assert browser.get(address).status_code == 404, address
    assert press(browser, at("new_finding", case, "claim"), **CLAIM).status_code == 404
    assert press(browser, at("paper_pdf", case, "chronology")).status_code == 404


def test_a_finding_of_another_case_is_not_reached_through_ones_own(case: Case, browser: Client):
    stranger = make_claim(make_case(owner=make_staff(name="Somebody E.")))
    assert browser.get(at("finding", case, stranger.pk)).status_code == 404
    assert press(browser, at("withdraw_finding", case, stranger.pk), why="x").status_code == 404
    assert browser.get(at("finding", case, uuid4())).status_code == 404


def test_no_picture_is_on_the_page_of_a_comparison(case: Case, browser: Client, transactional_db: None):
    make_exhibit(case, picture(), name="a.png")
    make_exhibit(case, picture(colour=(1, 2, 3)), name="b.png")
    one, two = exhibit_of(case, "AK/001"), exhibit_of(case, "AK/002")
    typed = {"questioned": one.pk, "original": two.pk, "differences": "The light"}
    assert press(browser, at("new_finding", case, "comparison"), **typed).status_code == 302
    page = browser.get(at("findings", case)).content.decode()
    assert "The light" in page
    assert one.sha256 in page
    assert not re.search(r"<(?:img|video|picture|source|object)\b", page)
    same = press(browser, at("new_finding", case, "comparison"), **{**typed, "original": one.pk})
    assert same.status_code == 422


def test_an_answer_to_each_question_is_kept_and_shown(case: Case, browser: Client):
    typed = {f"{name}_answer": "not_done" for name in ("face", "metadata", "inconsistent", "earliest")}
    typed |= {"original_answer": "no", "reverse_answer": "yes", "reverse_notes": "On 3 sites, with a cropped face"}
    assert press(browser, at("new_finding", case, "source_check"), **typed).status_code == 302
    page = browser.get(at("findings", case)).content.decode()
    assert "On 3 sites" in page
    assert page.count("Not done") == 4


def test_a_call_taker_does_not_reach_findings(case: Case):
    browser = signed_in(make_staff(roles=[Role.CALL_TAKER]))
    assert browser.get(at("findings", case)).status_code == 404


def test_every_noun_has_a_name_and_an_event_that_reads(case: Case, browser: Client):
    make_links(case, "https://vidnest.example/v/1")
    make_claim(case)
    make_harm(case)
    make_entry(case)
    make_draft(case, Paper.SUMMARY, who="A")
    page = browser.get(reverse("cases:timeline", args=[case.reference])).content.decode()
    assert page.count("Written down:") == 4
    assert all(str(noun.label) for noun in Noun)


def test_one_case_is_never_told_on_the_page_of_another(case: Case, browser: Client):
    other = make_case(owner=case.owner)
    make_entry(case, words="first case only")
    make_entry(other, words="second case only")
    first = browser.get(at("chronology", case)).content.decode()
    second = browser.get(at("chronology", other)).content.decode()
    assert ("first case only" in first, "second case only" in first) == (True, False)
    assert ("first case only" in second, "second case only" in second) == (False, True)
    with acting_as(Actor.user(case.owner)):
        mine = Event.objects.filter(case=case).count()
        theirs = Event.objects.filter(case=other).count()
    make_links(other, "https://vidnest.example/v/1")
    assert mine == theirs
    assert "vidnest" in browser.get(at("chronology", other)).content.decode()
    assert "vidnest" not in browser.get(at("chronology", case)).content.decode()


def test_an_exhibits_page_leads_to_what_is_written_about_it(case: Case, browser: Client, transactional_db: None):
    make_exhibit(case, picture(), name="a.png")
    one = exhibit_of(case, "AK/001")
    row = make_claim(case, exhibit_id=one.pk)
    page = browser.get(at("exhibit", case, one.pk)).content.decode()
    assert at("finding", case, row.pk) in page
    form = browser.get(at("new_finding", case, "claim"), {"about": f"exhibit:{one.pk}"}).content.decode()
    assert f'value="exhibit:{one.pk}" selected' in form


@pytest.mark.parametrize("paper", Paper.values)
def test_whatever_paper_is_asked_for_there_is_an_answer(case: Case, browser: Client, paper: str):
    about = "en" if paper in (Paper.CLIENT, Paper.TRANSLATOR) else ""
    assert press(browser, at("paper_pdf", case, paper), about=about).status_code in (200, 302, 404)
    assert browser.get(at("paper", case, paper), {"about": about}).status_code in (200, 404)
