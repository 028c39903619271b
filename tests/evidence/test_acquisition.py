"""How a file came: asked in plain words, kept sealed with what the system knows, corrected and never overwritten."""

from datetime import UTC, datetime

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, Event
from cases.states import AgeAnswer, IllegalMove
from evidence import acquisition as facts
from evidence.actions import acquisition as actions
from evidence.events import EvidenceEvent
from evidence.guessing import guess
from evidence.kinds import decide
from evidence.models import Acquisition, EvidenceKind, Exhibit
from tests.conftest import NOON
from tests.evidence.test_upload_page import send
from tests.factories.browsers import press
from tests.factories.evidence import film, make_exhibit, paper, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
SAID = {
    "handed_role": "client",
    "handed_by": "Ines Berg",
    "device": "iPhone 13",
    "transfer": "stick",
    "edited": "app",
    "copy": "copy",
    "made_claimed": "summer 2023",
    "not_seen": "the phone itself",
    "discovered_at": "2026-11-20T09:30",
    "discovered_zone": "Asia/Tokyo",
    "evidence_kind": "chat",
}


def the_exhibit(case: Case) -> Exhibit:
    with acting_as(Actor.user(case.owner)):
        exhibit: Exhibit = Exhibit.objects.select_related("case").get(case=case)
        exhibit.opened()
        return exhibit


def told(case: Case) -> dict[str, str]:
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get(case=case)
        return dict(facts.facts_of(exhibit, facts.standing(exhibit)))


def test_the_answers_of_the_form_stand_in_the_record(case: Case, browser: Client) -> None:
    assert send(browser, case, ("a.png", picture()), **SAID).status_code == 302
    found = told(case)
    assert found["What it is"] == "Chat export"
    assert found["Handed over by"] == "The person it is about"
    assert found["Device it was on"] == "iPhone 13"
    assert found["How it reached us"] == "On a stick or disk"
    assert found["Changed before it came"].startswith("No, but it was sent through an app")
    assert found["Original or copy"] == "A copy of that file"
    assert found["Said to be made"] == "summer 2023"
    assert found["What we did not see"] == "the phone itself"
    assert found["Taken in with"].startswith("Recourse ")
    assert found["Clock of that moment"]


def test_when_it_was_found_is_told_by_the_clock_of_that_place(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), **SAID)
    assert the_exhibit(case).discovered_at == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    assert told(case)["Found"] == "20 November 2026, 09:30 (Asia/Tokyo)"


def test_a_packet_learns_no_name_and_no_machine_of_ours(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), **SAID)
    exhibit = the_exhibit(case)
    with acting_as(Actor.user(case.owner)):
        record = facts.standing(exhibit)
        assert record is not None
        inside = dict(facts.all_facts_of(exhibit, record))
    assert record.system["host"] == inside["Machine"]
    assert inside["Name of who handed it over"] == "Ines Berg"
    assert "Ines Berg" not in str(told(case))
    assert record.system["host"] not in told(case).values()


def test_nobody_reads_the_answers_from_the_table(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), **SAID)
    with acting_as(Actor.user(case.owner)), connection.cursor() as cursor:
        cursor.execute("select a::text from evidence_acquisition a")
        (row,) = cursor.fetchone()
    assert "iPhone" not in row
    assert "Ines" not in row


def test_a_correction_stands_beside_what_it_replaces_with_its_reason(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), **SAID)
    exhibit = the_exhibit(case)
    address = reverse("evidence:correct_acquisition", args=[case.reference, exhibit.pk])
    page = browser.get(address).content.decode()
    assert "iPhone 13" in page
    assert "2026-11-20T09:30" in page
    changed = {**SAID, "device": "iPhone 12", "evidence_kind": "screenshot", "why": "She looked again."}
    assert press(browser, address, **changed).status_code == 302
    with acting_as(Actor.user(case.owner)):
        first, second = Acquisition.objects.filter(exhibit=exhibit).order_by("number")
        assert (first.answers["device"], second.answers["device"]) == ("iPhone 13", "iPhone 12")
        assert (first.replaced_at is not None, second.replaced_at) == (True, None)
        assert second.system == first.system
        event = Event.objects.get(case=case, kind=EvidenceEvent.ACQUISITION_CORRECTED)
        assert event.body["changed"] == ["device", "evidence_kind"]
        assert event.body["why"] == "She looked again."
    assert the_exhibit(case).evidence_kind == EvidenceKind.SCREENSHOT
    assert told(case)["Device it was on"] == "iPhone 12"


def test_a_correction_needs_a_reason_and_a_change(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), **SAID)
    address = reverse("evidence:correct_acquisition", args=[case.reference, the_exhibit(case).pk])
    assert press(browser, address, **SAID).status_code == 422
    press(browser, address, **SAID, why="Again")
    with acting_as(Actor.user(case.owner)):
        assert Acquisition.objects.count() == 1


def test_the_database_lets_no_record_be_rewritten(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), **SAID)
    with acting_as(Actor.user(case.owner)):
        record = Acquisition.objects.get()
        record.answers = {"device": "another"}
        with pytest.raises(ProgrammingError, match="not changed"), transaction.atomic():
            record.save(update_fields=["sealed"])
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            record.delete()


def test_a_locked_or_closed_case_takes_no_correction(case: Case) -> None:
    exhibit = make_exhibit(case, picture()).exhibit
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=NOON)
        with pytest.raises(IllegalMove):
            actions.correct(exhibit_id=exhibit.pk, answers={"device": "x"}, why="y", by=actor, at=NOON)


def test_a_time_that_has_not_come_there_yet_is_refused(case: Case, browser: Client) -> None:
    assert send(browser, case, ("a.png", picture()), discovered_at="2999-01-01T00:00").status_code == 422


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (picture(), "IMG_1.png", EvidenceKind.SCREENSHOT),
        (picture("JPEG"), "IMG_1.jpg", EvidenceKind.ORIGINAL),
        (picture("JPEG"), "Bildschirmfoto 1.jpg", EvidenceKind.SCREENSHOT),
        (film(), "VID_1.mp4", EvidenceKind.ORIGINAL),
        (film(), "RPReplay_Final.mp4", EvidenceKind.RECORDING),
        (paper(), "a.pdf", EvidenceKind.DOCUMENT),
        (b"[1] hello", "WhatsApp Chat.txt", EvidenceKind.CHAT),
        (b"hello", "notes.txt", EvidenceKind.DOCUMENT),
        (b"<html><body>", "page.html", EvidenceKind.WEB),
        (b"From: a@b.example\nTo: c@d.example\nSubject: x\n\n", "a.eml", EvidenceKind.EMAIL),
    ],
)
def test_the_guess_is_a_sensible_one(data: bytes, name: str, kind: EvidenceKind) -> None:
    finding = decide(data, tail=data, is_text=data[:1] in b"[<hF", name=name, claimed_type="", size=len(data))
    assert guess(finding, name) == kind
