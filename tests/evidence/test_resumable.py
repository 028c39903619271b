"""Large files in parts: they go on after any break, come out byte for byte, or leave nothing behind."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence import parts as part_files
from evidence.models import Acquisition, Exhibit, UploadState
from tests.factories.browsers import signed_in
from tests.factories.evidence import film
from tests.factories.resumable import PART, content_of, left, refusals, upload_of, video
from tests.factories.uploads import Sender, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts(folders: None, settings: Any) -> None:
    settings.PART_BYTES = PART


def test_a_file_in_parts_becomes_an_exhibit_byte_for_byte(case: Case, browser: Client, tmp_path: Path) -> None:
    data = video()
    answer = Sender(browser, case, data, device="iPhone 13").whole()
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["label"], told["new"]) == ("done", "AK/001", True)
    assert content_of(case) == data
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get()
        assert (exhibit.sha256, exhibit.size, exhibit.file_name) == (sha256(data), len(data), "film.mp4")
        assert exhibit.description == "Screen recording of the chat"
        record = Acquisition.objects.get(exhibit=exhibit)
        assert (record.answers["device"], record.system["route"]) == ("iPhone 13", "parts")
    assert left(tmp_path / "staging") == []
    assert len(left(tmp_path / "vault")) == 1
    assert upload_of(case).state == UploadState.DONE


def test_no_part_lies_on_the_disk_in_the_clear(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, film() + b"rest nowhere " * 20_000)
    sender.start()
    sender.part(0)
    (part,) = left(tmp_path / "staging")
    assert b"rest nowhere" not in part.read_bytes()


def test_the_same_file_chosen_again_another_day_goes_on_where_it_stopped(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    data = video()
    first = Sender(browser, case, data)
    assert first.start().status_code == 201
    first.part(0)
    first.part(PART)
    again = Sender(signed_in(case.owner), case, data, description="Another word")
    assert again.start().status_code == 200
    assert again.told["offset"] == 2 * PART
    again.rest()
    assert again.finish().json()["label"] == "AK/001"
    assert content_of(case) == data
    with acting_as(Actor.user(case.owner)):
        assert Exhibit.objects.get().description == "Another word"


@pytest.mark.parametrize("other", [{"name": "other.mp4"}, {"size": 4 * PART}, {"first": "0" * 64}])
def test_another_file_never_goes_on_in_its_place(case: Case, browser: Client, other: dict[str, Any]) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    assert sender.start(**other).status_code == 201
    assert sender.told["offset"] == 0


def test_a_part_sent_twice_counts_once(case: Case, browser: Client, tmp_path: Path) -> None:
    data = video()
    sender = Sender(browser, case, data)
    sender.start()
    sender.part(0)
    assert sender.part(0).json()["offset"] == PART
    assert len(left(tmp_path / "staging")) == 1
    sender.rest()
    assert sender.finish().status_code == 200
    assert content_of(case) == data


def test_a_part_out_of_order_is_told_where_the_file_stands_and_is_not_kept(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    answer = sender.part(2 * PART)
    assert (answer.status_code, answer.json()["offset"]) == (409, 0)
    assert left(tmp_path / "staging") == []


def test_another_part_in_the_place_of_one_that_came_is_refused(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    assert sender.part(0, os.urandom(PART)).status_code == 409
    assert len(left(tmp_path / "staging")) == 1


def test_the_first_part_must_be_the_one_that_was_promised(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    assert sender.part(0, os.urandom(PART)).status_code == 409
    assert left(tmp_path / "staging") == []


def test_a_part_that_changed_on_the_way_is_refused_and_can_be_sent_again(
    case: Case, browser: Client, tmp_path: Path
) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    answer = sender.part(0, **{"upload-sha256": "0" * 64})
    assert (answer.status_code, answer.json()["offset"]) == (422, 0)
    assert left(tmp_path / "staging") == []
    assert sender.part(0).status_code == 200


@pytest.mark.parametrize("length", [1, PART - 1])
def test_a_part_that_is_too_short_is_not_counted(case: Case, browser: Client, length: int) -> None:
    data = video()
    sender = Sender(browser, case, data)
    sender.start()
    sender.part(0)
    assert sender.part(PART, data[PART : PART + length]).status_code == 409
    assert upload_of(case).offset == PART


def test_a_part_larger_than_agreed_is_refused_unread(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    assert sender.part(0, bytes(PART + 1)).status_code == 413
    assert left(tmp_path / "staging") == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-offset": "-1"}, 400),
        ({"upload-offset": "1e9"}, 400),
        ({"upload-offset": "9" * 40}, 400),
        ({"upload-sha256": "x"}, 400),
        ({"upload-sha256": ""}, 400),
    ],
)
def test_headers_that_make_no_sense_are_an_answer_not_a_crash(
    case: Case, browser: Client, headers: dict[str, str], status: int
) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    assert sender.part(0, **headers).status_code == status


def test_a_part_without_a_length_or_as_a_form_is_refused(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    more = {"upload-offset": "0", "upload-sha256": "0" * 64}
    assert sender.browser.post(sender.told["urls"]["part"], {"a": "b"}, headers=more).status_code == 400
    more["content-type"] = "application/octet-stream"
    empty = sender.browser.post(sender.told["urls"]["part"], b"", content_type="", headers=more)
    assert empty.status_code == 411
    assert left(tmp_path / "staging") == []


def test_a_file_that_is_not_whole_does_not_finish(case: Case, browser: Client) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    assert sender.finish().status_code == 409
    assert upload_of(case).state == UploadState.OPEN


def test_to_finish_twice_gives_the_same_exhibit(case: Case, browser: Client) -> None:
    sender = Sender(browser, case, video())
    first = sender.whole().json()
    assert sender.finish().json() == first
    with acting_as(Actor.user(case.owner)):
        assert Exhibit.objects.count() == 1


def test_a_file_that_the_case_holds_already_is_recognised(case: Case, browser: Client, tmp_path: Path) -> None:
    data = video()
    Sender(browser, case, data).whole()
    told = Sender(browser, case, data, name="copy.mp4").whole().json()
    assert (told["label"], told["new"]) == ("AK/001", False)
    assert len(left(tmp_path / "vault")) == 1
    assert left(tmp_path / "staging") == []


def test_an_empty_file_and_a_program_are_refused_and_recorded(case: Case, browser: Client, tmp_path: Path) -> None:
    assert Sender(browser, case, b"", name="nothing.png").whole().status_code == 422
    answer = Sender(browser, case, b"MZ\x90\0" + bytes(PART * 2), name="setup.png").whole()
    assert answer.status_code == 422
    assert "We cannot take this kind of file" in answer.json()["message"]
    assert refusals(case) == ["kind", "kind"]
    assert left(tmp_path) == []


def test_giving_up_removes_what_came_and_is_recorded(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    assert sender.cancel().json() == {"state": "cancelled"}
    assert left(tmp_path) == []
    assert refusals(case) == ["cancelled"]
    assert sender.part(PART).status_code == 409
    assert left(tmp_path) == []
    assert sender.finish().status_code == 409


def test_without_script_giving_up_leads_back_to_the_page(case: Case, browser: Client) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    page = browser.get(reverse("evidence:exhibits", args=[case.reference])).content.decode()
    assert "film.mp4" in page
    assert "32 % is here" in page
    assert browser.post(sender.told["urls"]["cancel"]).status_code == 302


def test_the_form_is_checked_before_the_first_part(case: Case, browser: Client) -> None:
    answer = Sender(browser, case, video(), description="").start()
    assert answer.status_code == 422
    assert answer.json()["errors"]["description"] == ["Say in a few words what these files are."]


def test_a_file_that_is_too_large_or_finds_no_room_is_refused_at_the_start(
    case: Case, browser: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_RESUMABLE = 1000
    assert Sender(browser, case, video()).start().status_code == 413
    settings.MAX_RESUMABLE = 1 << 40
    monkeypatch.setattr(part_files, "ROOM_KEPT", 1 << 60)
    assert Sender(browser, case, video()).start().status_code == 507
    assert refusals(case) == ["too_large", "no_room"]
