"""A client's files in parts: they go on after a break, only while somebody asks, and nothing tells what came."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, CaseTask, Event, Membership, MembershipRole
from cases.states import AgeAnswer
from evidence import resumable
from evidence.actions import file_request
from evidence.events import EvidenceEvent
from evidence.models import Acquisition, Exhibit, Upload, UploadState
from tests.conftest import NOON, logged_in_as
from tests.factories.evidence import film, picture
from tests.factories.portal import Browser, come_in
from tests.factories.uploads import Sender, sha256

pytestmark = pytest.mark.django_db(transaction=True)
PART = 4_000
START = "/f/1"
FILM = film() + bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _set(folders: None, settings: Any) -> None:
    settings.CLIENT_PART_BYTES = PART


@pytest.fixture
def asked() -> tuple[Case, Browser]:
    """A client who was asked for files."""
    seen = come_in(upto="sent")
    actor, now = Actor.user(seen.case.owner), timezone.now()
    with acting_as(actor):
        file_request.ask(case_id=seen.case.pk, words="The film", until=now + timedelta(days=3), by=actor, at=now)
        seen.case.refresh_from_db()
    return seen.case, seen.browser


def sender(asked: tuple[Case, Browser], data: bytes = FILM, **more: str) -> Sender:
    case, browser = asked
    return Sender(browser, case, data, start_path=START, **more)


def as_owner(case: Case, look: Callable[[], Any]) -> Any:
    with acting_as(Actor.user(case.owner)):
        return look()


def work() -> None:
    with logged_in_as("worker"):
        resumable.sweep(at=timezone.now())


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def take_back(case: Case) -> None:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        file_request.withdraw(case_id=case.pk, by=actor, at=timezone.now())


def test_a_file_goes_on_where_it_broke_and_becomes_an_exhibit_by_the_worker_alone(
    asked: tuple[Case, Browser], tmp_path: Path
) -> None:
    case, browser = asked
    first = sender(asked)
    assert first.start().status_code == 201
    first.part(0)
    again = sender(asked)
    assert again.start().status_code == 200
    assert again.told["offset"] == PART
    page = browser.get("/f").content.decode()
    assert "1 file came only in part" in page
    assert "film.mp4" not in page
    again.rest()
    assert as_owner(case, Exhibit.objects.count) == 0
    answer = again.finish(device="iPhone", edited="no")
    assert answer.json() == {"state": "done", "new": True, "label": ""}
    assert left(tmp_path / "staging") == []
    assert as_owner(case, Exhibit.objects.count) == 0
    work()
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get(case=case)
        assert (exhibit.label, exhibit.size, exhibit.sha256) == ("CL/001", len(FILM), sha256(FILM))
        record = Acquisition.objects.get(exhibit=exhibit)
        assert record.answers == {"device": "iPhone", "edited": "no", "handed_role": "client", "transfer": "page"}
        assert record.system["route"] == "client"
        assert CaseTask.objects.open().filter(case=case, kind="client_files").count() == 1
        assert Event.objects.get(case=case, kind=EvidenceEvent.FILES_RECEIVED).body == {"count": 1}
    assert "Received: 1 file." in browser.get("/s").content.decode()


def test_what_came_whole_is_known_again_and_not_sent_twice(asked: tuple[Case, Browser]) -> None:
    case, _browser = asked
    once = sender(asked, picture(), name="a.png")
    once.whole()
    urls = once.told["urls"]
    assert once.browser.post(urls["finish"]).json()["new"] is False
    assert sender(asked, picture(), name="a.png").start().json() == {"state": "done", "new": False, "label": ""}
    work()
    assert sender(asked, picture(), name="a.png").start().json()["state"] == "done"
    assert once.browser.post(urls["finish"]).json()["state"] == "done"
    assert as_owner(case, Upload.objects.count) == 1
    assert as_owner(case, Exhibit.objects.count) == 1


def test_a_file_of_a_kind_that_is_not_taken_ends_and_leaves_nothing(
    asked: tuple[Case, Browser], tmp_path: Path
) -> None:
    case, _browser = asked
    sending = sender(asked, b"MZ\x90\0" + bytes(9_000), name="setup.exe")
    answer = sending.whole()
    assert answer.status_code == 422
    assert answer.json()["state"] == "refused"
    assert left(tmp_path) == []
    with acting_as(Actor.user(case.owner)):
        assert Upload.objects.get().state == UploadState.REFUSED
        assert Event.objects.filter(case=case, kind=EvidenceEvent.FILE_REFUSED).exists()


def test_a_file_that_is_left_out_is_removed(asked: tuple[Case, Browser], tmp_path: Path) -> None:
    case, _browser = asked
    sending = sender(asked)
    sending.start()
    sending.part(0)
    assert sending.cancel().json() == {"state": "cancelled"}
    assert left(tmp_path) == []
    assert as_owner(case, Upload.objects.get).state == UploadState.CANCELLED


def test_nobody_begins_goes_on_or_finishes_after_the_request_was_taken_back(
    asked: tuple[Case, Browser], tmp_path: Path
) -> None:
    case, _browser = asked
    whole, half = sender(asked, name="whole.mp4"), sender(asked, FILM + b"more", name="half.mp4")
    whole.start()
    whole.rest()
    half.start()
    take_back(case)
    assert sender(asked, name="new.mp4").start().status_code == 409
    part = half.part(0)
    assert part.status_code == 409
    assert part.json()["message"] == "Files cannot be sent here any more."
    assert whole.finish().status_code == 409
    work()
    assert as_owner(case, Exhibit.objects.count) == 0
    assert left(tmp_path / "vault") == []


def test_a_case_that_is_locked_takes_no_part_and_keeps_none(asked: tuple[Case, Browser], tmp_path: Path) -> None:
    case, _browser = asked
    sending = sender(asked)
    sending.start()
    sending.part(0)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(
            case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=timezone.now()
        )
    assert sending.part(PART).status_code == 409
    assert sending.browser.get(sending.told["urls"]["state"]).status_code == 409
    work()
    assert left(tmp_path) == []
    assert as_owner(case, Upload.objects.get).state == UploadState.REFUSED


def test_one_client_reaches_nothing_of_another_and_nothing_that_staff_sends(asked: tuple[Case, Browser]) -> None:
    case, browser = asked
    with acting_as(Actor.user(case.owner)):
        ours = Upload.make(case=case, person=case.owner, size=9, part_bytes=9, started_at=NOON, last_at=NOON,
                           expires_at=NOON, file_name="ours")  # fmt: skip
        ours.save(force_insert=True)
    assert browser.get(f"/f/{ours.pk}").status_code == 404
    sending = sender(asked)
    sending.start()
    other = come_in(upto="sent").browser
    assert other.get(sending.told["urls"]["state"]).status_code == 404
    assert other.post(sending.told["urls"]["finish"]).status_code in (404, 409)
    assert Browser().post(START).status_code == 302


def test_the_database_lets_a_client_make_no_exhibit_and_touch_nothing_that_came_whole(
    asked: tuple[Case, Browser],
) -> None:
    case, _browser = asked
    whole, open_one = sender(asked, picture(), name="a.png"), sender(asked)
    whole.whole()
    open_one.start()
    with acting_as(Actor.user(case.owner)):
        client = Actor.client(Membership.objects.get(case=case, role=MembershipRole.CLIENT).user)
    take_back(case)
    with acting_as(client), connection.cursor() as cursor:
        cursor.execute("update evidence_upload set size = 1 where state = 'received'")
        assert cursor.rowcount == 0
        for change in ("state = 'done'", "state = 'received', object_name = 'x'", "is_from_client = false"):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(f"update evidence_upload set {change} where state = 'open'")


@pytest.mark.parametrize(
    ("name", "said"), [("message", "Files cannot be sent"), ("size", "out of date"), ("large", "larger than")]
)
def test_what_cannot_be_begun_is_said_in_words(
    asked: tuple[Case, Browser], settings: Any, name: str, said: str
) -> None:
    case, _browser = asked
    sending = sender(asked)
    if name == "message":
        take_back(case)
    if name == "large":
        settings.MAX_RESUMABLE = 9
    answer = sending.start(**({"size": "many"} if name == "size" else {}))
    assert answer.status_code in (400, 409, 413)
    assert said in answer.json()["message"]


def test_the_page_works_without_script_and_remembers_nothing_with_it(asked: tuple[Case, Browser]) -> None:
    page = asked[1].get("/f").content.decode()
    assert 'type="file"' in page
    assert "data-quiet" in page
    script = (Path(__file__).parents[2] / "static" / "js" / "upload.js").read_text()
    for place in ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches."):
        assert place not in script
    assert 'if (!isQuiet) window.addEventListener("beforeunload"' in script, "a question would hold up leaving"
