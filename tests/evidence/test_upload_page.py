"""The page that takes files in: what may not come is settled before the body is read; each file answers for itself."""

import io
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.http import TOKEN_FIELD, new_form_token
from cases.models import Case, Event
from cases.states import AgeAnswer
from evidence.events import EvidenceEvent
from evidence.models import Exhibit
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import film, make_exhibit, paper, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
WORDS = {"description": "Screenshot of the profile", "method": "handed_over", "source": "", "discovered_at": ""}


def send(client: Client, case: Case, *files: tuple[str, bytes], **fields: str) -> Any:
    given = [SimpleUploadedFile("x", data, content_type="application/octet-stream") for _name, data in files]
    for upload, (name, _data) in zip(given, files, strict=True):
        # Django's own test client would tidy the name away.
        upload._name = name  # type: ignore[attr-defined]
    return client.post(
        reverse("evidence:add_exhibits", args=[case.reference]),
        {TOKEN_FIELD: new_form_token(), **WORDS, **fields, "chosen": given},
    )


def labels(case: Case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        return [exhibit.label for exhibit in Exhibit.objects.filter(case=case).for_rows()]


def left(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]


def page(client: Client, case: Case) -> str:
    return client.get(reverse("evidence:exhibits", args=[case.reference])).content.decode()


def test_several_files_at_once_become_exhibits_and_the_page_says_which(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    answer = send(browser, case, ("a.png", picture()), ("b.mp4", film()), ("c.pdf", paper()), ("d.txt", b"words"))
    assert answer.status_code == 302
    text = page(browser, case)
    assert "4 files kept and sealed: AK/001, AK/002, AK/003, AK/004" in text
    assert labels(case) == ["AK/001", "AK/002", "AK/003", "AK/004"]
    assert left(tmp_path) == []


def test_no_byte_of_a_picture_reaches_the_browser(case: Case, browser: Client) -> None:
    outcome = make_exhibit(case, picture())
    detail = browser.get(reverse("evidence:exhibit", args=[case.reference, outcome.exhibit.pk]))
    for text in (page(browser, case), detail.content.decode()):
        assert "<img" not in text
        assert "<video" not in text
        assert "<source" not in text
        assert "background-image" not in text
        assert "blob:" not in text
    assert outcome.exhibit.sha256 in detail.content.decode()


def test_a_refused_file_is_named_with_its_reason_and_the_others_stay(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    send(browser, case, ("good.png", picture()), ("bad<b>.exe", b"MZ\x90\0" + bytes(90)), ("empty.png", b""))
    text = page(browser, case)
    assert labels(case) == ["AK/001"]
    assert "<bdi>bad&lt;b&gt;.exe</bdi>: We cannot take this kind of file" in text
    assert "empty.png" in text
    with acting_as(Actor.user(case.owner)):
        refused = [
            event.body for event in Event.objects.filter(case=case, kind=EvidenceEvent.FILE_REFUSED).order_by("seq")
        ]
    assert refused == [{"reason": "kind", "name": "bad<b>.exe"}, {"reason": "kind", "name": "empty.png"}]
    assert left(tmp_path) == []


def test_when_no_file_is_taken_the_page_comes_back_with_what_was_typed(case: Case, browser: Client) -> None:
    answer = send(browser, case, ("bad.exe", b"MZ\x90\0" + bytes(90)), description="What I typed")
    assert answer.status_code == 422
    assert "What I typed" in answer.content.decode()
    assert "We cannot take this kind of file" in answer.content.decode()


def test_a_form_without_words_keeps_no_file_and_says_to_choose_again(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    answer = send(browser, case, ("a.png", picture()), description="")
    assert answer.status_code == 422
    assert "Say in a few words what these files are." in answer.content.decode()
    assert "Choose the files again" in answer.content.decode()
    assert labels(case) == []
    assert left(tmp_path) == []


@pytest.mark.parametrize("typed", ["\0", "a\0b", "\ud800"])
def test_characters_that_cannot_be_stored_are_an_answer_not_a_crash(case: Case, browser: Client, typed: str) -> None:
    given = typed.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if "\ud800" in typed else typed
    assert send(browser, case, ("a.png", picture()), description=given).status_code in (302, 422)


def test_html_in_a_description_is_shown_as_text(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()), description="<script>alert(1)</script>")
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get()
    text = browser.get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk])).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_same_file_again_is_recognised_kindly(case: Case, browser: Client) -> None:
    send(browser, case, ("a.png", picture()))
    send(browser, case, ("b.png", picture()))
    assert "this file is here already, as AK/001" in page(browser, case)
    assert labels(case) == ["AK/001"]


def test_a_double_press_keeps_the_files_once(case: Case, browser: Client) -> None:
    token = new_form_token()
    address = reverse("evidence:add_exhibits", args=[case.reference])
    for colour in (1, 2):
        file = SimpleUploadedFile("a.png", picture(colour=(colour, 0, 0)))
        assert browser.post(address, {TOKEN_FIELD: token, **WORDS, "chosen": file}).status_code == 302
    assert labels(case) == ["AK/001"]


def announced(client: Client, case: Case, length: int, body: io.BytesIO) -> HttpResponse:
    """Send a request that says it is `length` bytes long, of which `body` is what came so far."""
    more: dict[str, Any] = {"CONTENT_LENGTH": str(length), "wsgi.input": body}
    address = reverse("evidence:add_exhibits", args=[case.reference])
    answer: Any = client.generic("POST", address, b"", content_type="multipart/form-data; boundary=x", **more)
    return cast(HttpResponse, answer)


def test_a_request_of_two_gigabytes_gets_a_clear_page_and_keeps_nothing(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    answer = announced(browser, case, 2 << 30, io.BytesIO(b"--x\r\n" + bytes(5_000_000)))
    assert answer.status_code == 413
    assert "That is too large" in answer.content.decode()
    assert labels(case) == []
    assert not (tmp_path / "staging").exists()


@pytest.mark.parametrize("age", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE, AgeAnswer.NOT_ASKED])
def test_without_an_adult_answer_the_body_is_never_parsed(
    case: Case, browser: Client, tmp_path: Path, age: AgeAnswer
) -> None:
    if age == AgeAnswer.NOT_ASKED:
        case = make_case(owner=case.owner, age=None)
    else:
        actor = Actor.user(case.owner)
        with acting_as(actor):
            case_actions.answer_age(case_id=case.pk, answer=age, said_by="client", by=actor, at=NOON)
    answer = send(browser, case, ("a.png", picture()))
    assert answer.status_code == 409
    assert labels(case) == []
    assert not (tmp_path / "staging").exists()


def test_a_stranger_finds_no_such_case_and_leaves_no_byte(case: Case, tmp_path: Path) -> None:
    answer = send(signed_in(make_staff()), case, ("a.png", picture()))
    assert answer.status_code == 404
    assert not (tmp_path / "staging").exists()


def test_a_forged_form_from_another_site_is_refused_and_leaves_no_byte(case: Case, tmp_path: Path) -> None:
    browser = signed_in(case.owner)
    browser.handler.enforce_csrf_checks = True
    answer = send(browser, case, ("a.png", picture()))
    assert answer.status_code == 403
    assert labels(case) == []
    assert left(tmp_path) == []


@pytest.fixture
def small_limit(settings: Any) -> None:
    settings.MAX_UPLOAD = 20_000


def test_a_hundred_and_more_files_are_refused_together(case: Case, browser: Client, tmp_path: Path) -> None:
    answer = send(browser, case, *[(f"{n}.txt", b"words %d" % n) for n in range(120)])
    assert answer.status_code == 413
    assert "too many files" in answer.content.decode()
    assert labels(case) == []
    assert left(tmp_path) == []


def test_more_than_the_limit_is_refused_before_reading(case: Case, browser: Client, small_limit: None) -> None:
    assert send(browser, case, ("a.txt", b"word " * 5000)).status_code == 413
    assert labels(case) == []


def test_the_settings_let_no_other_address_spool_a_file() -> None:
    assert list(django_settings.FILE_UPLOAD_HANDLERS) == ["evidence.uploads.RefusingUploadHandler"]
