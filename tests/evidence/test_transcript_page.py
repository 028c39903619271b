"""A transcript from file to page: read in the sandbox, kept sealed, shown line by line, its reading recorded."""

import json
import zipfile
from io import BytesIO

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.permissions import Role
from cases.states import AgeAnswer
from evidence.derivatives import open_bytes
from evidence.events import DISCLOSED, EvidenceEvent
from evidence.models import Derivative, DerivativeKind, DerivativeState, Exhibit
from evidence.probes import run as probes
from evidence.transcripts import reading
from evidence.transcripts.facts import facts_for_packet
from tests.conftest import NOON, logged_in_as
from tests.evidence.test_chats_mail import HEAD
from tests.evidence.test_fingerprint import events, folders, rows  # noqa: F401
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit, picture
from tests.factories.people import let_in

pytestmark = pytest.mark.django_db(transaction=True)

CHAT = (
    "31.12.23, 21:00 - Nachrichten sind verschlüsselt.\n"
    "31.12.23, 21:04 - Mara: <script>alert(1)</script>\n"
    "31.12.23, 21:05 - بن: ادفع الآن\n"
    "31.12.23, 21:06 - Mara: Diese Nachricht wurde gelöscht.\n"
    "31.12.23, 21:07 - Mara: IMG-1.jpg (Datei angehängt)\n"
)


@pytest.fixture(autouse=True)
def only_this_probe(settings):
    settings.PROBES = ("evidence.transcripts.probe.read",)


def probed(case, data: bytes, name: str = "chat.txt") -> Exhibit:
    made = make_exhibit(case, data, name=name).exhibit
    with logged_in_as("worker"):
        probes.sweep(limit=5)
    return made


def address(case, exhibit, **query):
    return reverse("evidence:transcript", args=[case.reference, exhibit.pk], query=query)


def test_a_chat_becomes_lines_and_text_with_the_hash_of_what_they_came_from():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    found = rows(Derivative, exhibit=exhibit)
    assert {(row.kind, row.media_type, row.state) for row in found} == {
        ("transcript", "application/x-ndjson", "made"),
        ("transcript", "text/plain", "made"),
    }
    assert {row.parent_sha256 for row in found} == {exhibit.sha256}
    by = Actor.user(case.owner)
    with acting_as(by):
        lines, text = reading.transcript_of(exhibit), reading.text_of(exhibit)
        assert lines.facts["lines"] == 5
        assert lines.facts["kinds"]["deleted"] == 1
    head, *told = [json.loads(line) for line in open_bytes(lines, 1 << 20, by=by).splitlines()]
    assert (head["format"], head["zone"], [line["n"] for line in told]) == ("whatsapp", "not_stated", [1, 2, 3, 4, 5])
    assert "\n".join(line["raw"] for line in told) == CHAT
    assert "[31.12.23, 21:05] بن: ادفع الآن" in open_bytes(text, 1 << 20, by=by).decode()


def test_the_page_shows_every_line_escaped_each_in_its_own_direction():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    page = signed_in(case.owner).get(address(case, exhibit)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert '<bdi dir="auto">بن</bdi>' in page
    assert page.count('class="chat__text" dir="auto"') == 5
    assert "named in the export, not shown here" in page
    assert "not stated" in page
    assert 'id="l5"' in page


def test_reading_is_recorded_once_for_a_while_and_is_no_look():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    browser = signed_in(case.owner)
    for _turn in range(3):
        browser.get(address(case, exhibit))
    assert len(events(case, EvidenceEvent.TRANSCRIPT_OPENED)) == 1
    colleague = make_staff(name="Ben C.")
    let_in(case, colleague)
    signed_in(colleague).get(address(case, exhibit, page="2"))
    assert len(events(case, EvidenceEvent.TRANSCRIPT_OPENED)) == 2
    assert not [kind for kind in DISCLOSED if "transcript" in kind]


def test_ten_thousand_messages_are_paged_and_searched():
    case = make_case()
    text = "".join(
        f"31.12.23, {n // 60 % 24:02}:{n % 60:02} - Mara: word{n} {'ZAHL!' * (n == 9_321)}\n" for n in range(10_000)
    )
    exhibit = probed(case, text.encode())
    browser = signed_in(case.owner)
    first = browser.get(address(case, exhibit)).content.decode()
    assert first.count('class="chat__line ') == reading.PAGE
    assert "page 1 of 50" in first
    last = browser.get(address(case, exhibit, page="50")).content.decode()
    assert "word9999" in last
    assert "word0 " not in last
    assert "word9999" in browser.get(address(case, exhibit, page="5000")).content.decode()
    found = browser.get(address(case, exhibit, q="zahl!")).content.decode()
    assert "1 line found" in found
    assert "word9321" in found
    assert 'id="l9322"' in found
    assert "Nothing in it holds these words" in browser.get(address(case, exhibit, q="raw")).content.decode()
    assert browser.get(address(case, exhibit, page="x", q="\0")).status_code == 200


def test_it_is_fetched_as_text_and_that_is_recorded_before():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    answer = press(signed_in(case.owner), reverse("evidence:transcript_text", args=[case.reference, exhibit.pk]))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{case.reference}-AK-001-transcript.txt"'
    (told,) = events(case, EvidenceEvent.TRANSCRIPT_COPIED)
    (row,) = rows(Derivative, exhibit=exhibit, media_type="text/plain")
    assert told["sha256"] == row.sha256
    import hashlib

    assert hashlib.sha256(answer.content).hexdigest() == row.sha256


def test_a_mail_shows_the_way_it_came():
    case = make_case()
    exhibit = probed(case, (HEAD + "\r\nPay now.\r\n").encode(), name="m.eml")
    assert {row.kind for row in rows(Derivative, exhibit=exhibit)} == {"transcript", "mail_headers"}
    page = signed_in(case.owner).get(address(case, exhibit)).content.decode()
    assert "Pay now." in page
    assert page.index("phone.example") < page.index("inbox.example")
    assert "nothing of it was checked" in page


def test_a_zip_is_read_inside_the_sandbox_and_its_media_is_only_named():
    case = make_case()
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("WhatsApp Chat.txt", CHAT)
        archive.writestr("IMG-1.jpg", picture("JPEG"))
    exhibit = probed(case, out.getvalue(), name="chat.zip")
    page = signed_in(case.owner).get(address(case, exhibit)).content.decode()
    assert "Named and hashed, not opened." in page
    assert "<img" not in page


@pytest.mark.parametrize(("data", "name"), [(b"Dear you,\nbest wishes\n", "a.txt"), (picture(), "a.png")])
def test_what_is_no_chat_has_no_transcript_and_no_complaint(data, name):
    case = make_case()
    exhibit = probed(case, data, name=name)
    assert rows(Derivative, exhibit=exhibit) == []
    browser = signed_in(case.owner)
    answer = browser.get(address(case, exhibit))
    assert answer.headers["Location"] == reverse("evidence:exhibit", args=[case.reference, exhibit.pk])
    assert "Transcript" not in browser.get(answer.headers["Location"]).content.decode()


def test_a_file_that_cannot_be_read_says_so_on_the_exhibits_page(monkeypatch):
    case = make_case()
    monkeypatch.setattr("evidence.transcripts.probe.OUTPUT", 10)
    exhibit = probed(case, CHAT.encode())
    (row,) = rows(Derivative, exhibit=exhibit)
    assert row.state == DerivativeState.FAILED
    page = signed_in(case.owner).get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk])).content.decode()
    assert "could not be read" in page
    assert "too_much_output" in page


def test_who_may_not_see_the_evidence_does_not_read_it():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    taker = make_staff(roles=[Role.CALL_TAKER])
    let_in(case, taker)
    for user in (taker, make_staff()):
        browser = signed_in(user)
        assert browser.get(address(case, exhibit)).status_code == 404
        text = reverse("evidence:transcript_text", args=[case.reference, exhibit.pk])
        assert press(browser, text).status_code == 404
    # The page's own rule holds where row-level security lets everything through, and keeps to the case it names.
    stranger, other = signed_in(make_staff()), make_case(owner=case.owner)
    with logged_in_as("worker"):
        assert stranger.get(address(case, exhibit)).status_code == 404
        assert signed_in(case.owner).get(address(other, exhibit)).status_code == 404
    assert events(case, EvidenceEvent.TRANSCRIPT_OPENED) == []


def test_under_the_age_lock_nothing_of_it_is_shown():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    by = Actor.user(case.owner)
    with acting_as(by):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=by, at=NOON)
    browser = signed_in(case.owner)
    assert browser.get(address(case, exhibit)).headers["Location"] == reverse("cases:case", args=[case.reference])
    answer = press(browser, reverse("evidence:transcript_text", args=[case.reference, exhibit.pk]))
    assert answer.status_code == 302
    assert events(case, EvidenceEvent.TRANSCRIPT_COPIED) == []


def test_a_packet_is_told_what_it_is_and_no_word_of_it():
    case = make_case()
    exhibit = probed(case, CHAT.encode())
    letter = probed(case, b"Dear you\n", name="b.txt")
    with acting_as(Actor.user(case.owner)):
        facts = facts_for_packet(list(Derivative.objects.made().filter(exhibit=exhibit)))
        assert facts_for_packet(list(Derivative.objects.made().filter(exhibit=letter))) == {}
        lines = Derivative.objects.get(exhibit=exhibit, media_type=reading.LINES_TYPE)
    assert facts["format"] == "WhatsApp, exported chat"
    assert facts["counts"][0] == "5 lines"
    assert (facts["sha256"], facts["parent_sha256"]) == (lines.sha256, exhibit.sha256)
    assert facts["people"] == 2
    assert lines.kind == DerivativeKind.TRANSCRIPT
    for word in ("Mara", "بن", "IMG-1", "alert"):
        assert word not in str(facts)
