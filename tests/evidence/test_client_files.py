"""What a client may send: only what was asked, only until the day, shown to nobody, and never in a locked case."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.http import TOKEN_FIELD, new_form_token
from cases.models import Case, CaseTask, Event
from cases.states import AgeAnswer, IllegalMove
from evidence import resumable
from evidence.actions import file_request
from evidence.events import EvidenceEvent
from evidence.models import Acquisition, Exhibit, FileRequest, Upload, UploadState
from tests.conftest import logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case
from tests.factories.evidence import film, make_exhibit, picture
from tests.factories.portal import Browser, come_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]
ADDRESS = "/f"
WORDS = "The letter that the site wrote to you"
UNASKED = """
insert into evidence_upload (id, sealed, case_id, person_id, is_from_client, state, size, part_bytes, "offset",
  started_at, last_at, expires_at, object_name, cipher_sha256, cipher_size)
values (gen_random_uuid(), '', %s, %s, true, 'received', 1, 0, 1, now(), now(), now(), 'x', '', 0)"""


@pytest.fixture
def client_there() -> tuple[Case, Browser]:
    seen = come_in(upto="sent")
    with acting_as(Actor.user(seen.case.owner)):
        seen.case.refresh_from_db()
    return seen.case, seen.browser


def ask(case: Case, *, days: int = 3) -> FileRequest:
    actor, now = Actor.user(case.owner), timezone.now()
    with acting_as(actor):
        return file_request.ask(case_id=case.pk, words=WORDS, until=now + timedelta(days=days), by=actor, at=now)


def send(browser: Browser, *files: tuple[str, bytes], **fields: str) -> Any:
    chosen = [SimpleUploadedFile(name, data) for name, data in files]
    return browser.post(ADDRESS, {TOKEN_FIELD: new_form_token(), **fields, "chosen": chosen})


def as_owner(case: Case, look: Callable[[], int]) -> int:
    with acting_as(Actor.user(case.owner)):
        return look()


def work() -> None:
    with logged_in_as("worker"):
        resumable.sweep(at=timezone.now())


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nobody_who_was_not_asked_can_send_anything(client_there: tuple[Case, Browser], tmp_path: Path) -> None:
    case, browser = client_there
    assert browser.get(ADDRESS).status_code == 302
    assert send(browser, ("a.png", picture())).status_code == 302
    assert "asked you for something" not in browser.get("/s").content.decode()
    assert as_owner(case, Upload.objects.count) == 0
    assert left(tmp_path) == []


def test_what_was_asked_for_is_sent_taken_in_and_shown_to_nobody(
    client_there: tuple[Case, Browser], tmp_path: Path
) -> None:
    case, browser = client_there
    ask(case)
    assert WORDS in browser.get("/s").content.decode()
    page = browser.get(ADDRESS).content.decode()
    assert WORDS in page
    assert "under 18" in page
    answer = send(browser, ("private name.png", picture()), ("b.mp4", film()), device="iPhone", edited="no")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/s")
    shown = browser.get("/s").content.decode()
    assert "Received: 2 files. Thank you." in shown
    assert "Received: 2 files." in shown
    assert "private name" not in shown + browser.get(ADDRESS).content.decode()
    assert left(tmp_path / "staging") == []
    work()
    with acting_as(Actor.user(case.owner)):
        exhibits = list(Exhibit.objects.filter(case=case).for_rows())
        assert [row.label for row in exhibits] == ["CL/001", "CL/002"]
        assert exhibits[0].file_name == "private name.png"
        record = Acquisition.objects.get(exhibit=exhibits[0])
        assert record.answers == {"device": "iPhone", "edited": "no", "handed_role": "client", "transfer": "page"}
        assert record.system["route"] == "client"
        assert {row.state for row in Upload.objects.all()} == {UploadState.DONE}
        assert CaseTask.objects.open().filter(case=case, kind="client_files").count() == 1
        assert Event.objects.get(case=case, kind=EvidenceEvent.FILES_RECEIVED).body == {"count": 2}
    assert len(left(tmp_path / "vault")) == 2


def test_what_we_hold_already_is_not_kept_twice(client_there: tuple[Case, Browser], tmp_path: Path) -> None:
    case, browser = client_there
    make_exhibit(case, picture(), at=timezone.now())
    ask(case)
    send(browser, ("a.png", picture()))
    work()
    assert as_owner(case, Exhibit.objects.count) == 1
    assert len(left(tmp_path / "vault")) == 1


def test_a_file_that_is_not_taken_is_named_and_the_others_are_received(
    client_there: tuple[Case, Browser], tmp_path: Path
) -> None:
    case, browser = client_there
    ask(case)
    answer = send(browser, ("a.png", picture()), ("b<b>.exe", b"MZ\x90\0" + bytes(50)))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Received: 1 file." in text
    assert "<bdi>b&lt;b&gt;.exe</bdi>" in text
    assert as_owner(case, Upload.objects.count) == 1
    assert left(tmp_path / "staging") == []


def test_a_client_without_a_file_is_told_to_choose_one(client_there: tuple[Case, Browser]) -> None:
    case, browser = client_there
    ask(case)
    answer = send(browser)
    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


@pytest.mark.parametrize("how", ["withdrawn", "over", "locked", "not sure", "closed"])
def test_a_request_that_ended_takes_nothing_any_more(
    client_there: tuple[Case, Browser], tmp_path: Path, how: str
) -> None:
    case, browser = client_there
    ask(case)
    actor, now = Actor.user(case.owner), timezone.now()
    with acting_as(actor):
        if how == "withdrawn":
            file_request.withdraw(case_id=case.pk, by=actor, at=now)
        elif how == "over":
            FileRequest.objects.update(made_at=now - timedelta(days=9), until=now - timedelta(seconds=1))
        elif how == "closed":
            Case.objects.filter(pk=case.pk).update(state="closed", closed_at=now)
        else:
            answer = AgeAnswer.UNDER_18 if how == "locked" else AgeAnswer.NOT_SURE
            case_actions.answer_age(case_id=case.pk, answer=answer, said_by="client", by=actor, at=now)
    assert send(browser, ("a.png", picture())).status_code == 302
    assert as_owner(case, Upload.objects.count) == 0
    assert left(tmp_path) == []


def test_a_case_that_is_locked_after_sending_takes_nothing_in_and_lets_go_of_the_file(
    client_there: tuple[Case, Browser], tmp_path: Path
) -> None:
    case, browser = client_there
    ask(case)
    send(browser, ("a.png", picture()))
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(
            case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=timezone.now()
        )
        assert not FileRequest.objects.standing(at=timezone.now()).exists()
    work()
    assert as_owner(case, Exhibit.objects.count) == 0
    assert left(tmp_path) == []


def test_the_database_itself_lets_a_client_add_nothing_unasked_and_read_nothing_of_ours(
    client_there: tuple[Case, Browser],
) -> None:
    case, _browser = client_there
    owner = case.owner
    with acting_as(Actor.user(owner)):
        other = Upload.make(case=case, person=owner, size=1, started_at=timezone.now(), last_at=timezone.now(),
                            expires_at=timezone.now(), file_name="ours")  # fmt: skip
        other.save(force_insert=True)
    client = _client_of(case)
    with acting_as(client):
        assert Upload.objects.count() == 0
        refused = pytest.raises(ProgrammingError, match="row-level security")
        with connection.cursor() as cursor, refused, transaction.atomic():
            cursor.execute(UNASKED, [case.pk, client.id])


def _client_of(case: Case) -> Actor:
    from cases.models import Membership, MembershipRole

    with acting_as(Actor.user(case.owner)):
        member = Membership.objects.get(case=case, role=MembershipRole.CLIENT)
        return Actor.client(member.user)


def test_another_site_cannot_send_in_a_clients_name(client_there: tuple[Case, Browser], tmp_path: Path) -> None:
    case, browser = client_there
    ask(case)
    browser.handler.enforce_csrf_checks = True
    assert send(browser, ("a.png", picture())).status_code == 403
    assert left(tmp_path) == []


def test_asking_is_recorded_and_taken_back_on_the_page(client_there: tuple[Case, Browser]) -> None:
    case, _browser = client_there
    staff = signed_in(case.owner)
    day = (timezone.now() + timedelta(days=5)).date().isoformat()
    page = reverse("evidence:exhibits", args=[case.reference])
    assert press(staff, reverse("evidence:ask_files", args=[case.reference]), words="", until=day).status_code == 422
    press(staff, reverse("evidence:ask_files", args=[case.reference]), words=WORDS, until=day)
    assert WORDS in staff.get(page).content.decode()
    press(staff, reverse("evidence:end_files", args=[case.reference]))
    assert "takes no file unless you ask" in staff.get(page).content.decode()
    with acting_as(Actor.user(case.owner)):
        kinds = list(Event.objects.filter(case=case, kind__contains="files_ask").order_by("seq").values_list("kind"))
    assert kinds == [(EvidenceEvent.FILES_ASKED,), (EvidenceEvent.FILES_ASK_ENDED,)]


@pytest.mark.parametrize("days", [-1, 90])
def test_a_day_that_is_over_or_far_away_is_refused(client_there: tuple[Case, Browser], days: int) -> None:
    case, _browser = client_there
    day = (timezone.now() + timedelta(days=days)).date().isoformat()
    address = reverse("evidence:ask_files", args=[case.reference])
    assert press(signed_in(case.owner), address, words=WORDS, until=day).status_code == 422


def test_a_client_without_a_page_cannot_be_asked() -> None:
    case = make_case()
    with pytest.raises(IllegalMove, match="no page yet"):
        ask(case)
