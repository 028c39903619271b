"""Large files in parts when something goes wrong: full disks, killed processes, locks, strangers, two tabs at once."""

import os
import threading
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.keys import case_key
from cases.models import Case
from cases.states import AgeAnswer
from evidence import parts as part_files
from evidence import resumable
from evidence.actions import upload as upload_actions
from evidence.models import Exhibit, Upload, UploadState
from tests.conftest import logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.resumable import PART, content_of, left, refusals, upload_of, video
from tests.factories.uploads import Sender, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts(folders: None, settings: Any) -> None:
    settings.PART_BYTES = PART


def test_a_disk_that_fills_up_loses_no_part_that_was_counted(
    case: Case, browser: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = video()
    sender = Sender(browser, case, data)
    sender.start()
    sender.part(0)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("evidence.parts.os.fsync", full)
        assert sender.part(PART).status_code == 507
    assert len(left(tmp_path / "staging")) == 1
    sender.rest()
    with monkeypatch.context() as patch:
        patch.setattr("evidence.intake.os.fsync", full)
        assert sender.finish().status_code == 503
    assert upload_of(case).state == UploadState.OPEN
    assert sender.finish().status_code == 200
    assert content_of(case) == data
    assert refusals(case) == ["no_room"]


def test_a_store_that_is_away_can_be_tried_again(case: Case, browser: Client, tmp_path: Path, settings: Any) -> None:
    data = video()
    sender = Sender(browser, case, data)
    sender.start()
    sender.rest()
    (tmp_path / "vault").write_text("in the way")
    assert sender.finish().status_code == 503
    (tmp_path / "vault").unlink()
    assert sender.finish().json()["label"] == "AK/001"
    assert content_of(case) == data


def test_a_part_that_was_changed_on_our_disk_ends_the_upload(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.rest()
    for path in left(tmp_path / "staging")[:1]:
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    answer = sender.finish()
    assert answer.status_code == 422
    assert "Send it again from the start" in answer.json()["message"]
    assert refusals(case) == ["parts"]
    assert left(tmp_path) == []


def test_a_process_that_was_killed_while_finishing_is_followed_by_another(case: Case, browser: Client) -> None:
    data = video()
    sender = Sender(browser, case, data)
    sender.start()
    sender.rest()
    actor, now = Actor.user(case.owner), timezone.now()
    with acting_as(actor):
        assert upload_actions.claim(upload_id=upload_of(case).pk, by=actor, at=now - timedelta(minutes=5))
    assert sender.finish().status_code == 202
    with acting_as(actor):
        Upload.objects.update(leased_until=now - timedelta(seconds=1))
    assert sender.finish().json()["label"] == "AK/001"
    assert content_of(case) == data


def test_one_killed_after_sealing_and_before_saying_so_makes_no_second_exhibit(case: Case, browser: Client) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.rest()
    with pytest.MonkeyPatch.context() as patch:

        def killed(**_: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(upload_actions, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            sender.finish()
    with acting_as(Actor.user(case.owner)):
        Upload.objects.update(lease=None, leased_until=None)
    assert sender.finish().json()["label"] == "AK/001"
    with acting_as(Actor.user(case.owner)):
        assert Exhibit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("age", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_a_case_that_is_locked_for_age_ends_the_upload_and_takes_no_part(
    case: Case, browser: Client, tmp_path: Path, age: AgeAnswer
) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=age, said_by="client", by=actor, at=timezone.now())
    before = len(left(tmp_path / "staging"))
    assert sender.part(PART).status_code == 409
    assert sender.finish().status_code == 409
    assert sender.start().status_code == 409
    assert len(left(tmp_path / "staging")) == before
    assert upload_of(case).state == UploadState.REFUSED
    assert refusals(case) == ["age"]
    with logged_in_as("worker"):
        resumable.sweep(at=timezone.now())
    assert left(tmp_path) == []


def test_a_stranger_finds_no_such_upload(case: Case, browser: Client, tmp_path: Path) -> None:
    mine = Sender(browser, case, video())
    mine.start()
    stranger = Sender(signed_in(make_staff()), case, mine.data)
    assert stranger.start().status_code == 404
    stranger.told = mine.told
    assert stranger.part(0).status_code == 404
    assert stranger.finish().status_code == 404
    assert stranger.cancel().status_code == 404
    assert left(tmp_path / "staging") == []


def test_an_upload_is_found_under_its_own_case_only(case: Case, browser: Client) -> None:
    other = make_case(owner=case.owner)
    sender = Sender(browser, case, video())
    sender.start()
    address = sender.told["urls"]["part"].replace(case.reference, other.reference)
    assert browser.post(address, b"x", content_type="application/octet-stream").status_code == 404


def test_a_part_from_another_site_is_refused(case: Case) -> None:
    browser = signed_in(case.owner)
    sender = Sender(browser, case, video())
    sender.start()
    browser.handler.enforce_csrf_checks = True
    assert sender.part(0).status_code == 403
    assert sender.finish().status_code == 403


@pytest.mark.django_db(transaction=True)
def test_what_nobody_went_on_with_is_ended_and_removed(case: Case, browser: Client, tmp_path: Path) -> None:
    sender = Sender(browser, case, video())
    sender.start()
    sender.part(0)
    (tmp_path / "staging" / f"upload-{uuid4().hex}").mkdir()
    with logged_in_as("worker"):
        resumable.sweep(at=timezone.now())
        assert upload_of(case).state == UploadState.OPEN
        assert len(left(tmp_path / "staging")) == 1
        resumable.sweep(at=timezone.now() + upload_actions.KEPT_FOR + timedelta(minutes=1))
    assert upload_of(case).state == UploadState.EXPIRED
    assert refusals(case) == ["expired"]
    assert list((tmp_path / "staging").iterdir()) == []


def test_memory_does_not_grow_with_the_file(case: Case, tmp_path: Path) -> None:
    with acting_as(Actor.user(case.owner)):
        key = case_key(case.pk)
    upload_id, piece, size = uuid4(), os.urandom(64 * 1024), 4 << 20
    tracemalloc.start()
    made = [
        part_files.seal_part(
            lambda length: piece[:length],
            upload_id=upload_id,
            case_id=case.pk,
            key=key,
            length=size,
            sha256=sha256(piece * (size // len(piece))) if number == 0 else made_hash,
        )
        for number, made_hash in enumerate([sha256(piece * (size // len(piece)))] * 8)
    ]
    tracemalloc.reset_peak()
    staged = part_files.assemble(
        made, upload_id=upload_id, case_id=case.pk, key=key, limit=1 << 40, look=lambda _piece: None
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert staged.plain_bytes == 8 * size
    assert peak < 8 << 20
    staged.discard()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_send_the_same_file_at_once_make_one_exhibit(case: Case) -> None:
    data = video(6 * PART)
    failures: list[BaseException] = []
    labels: list[str] = []

    def send() -> None:
        try:
            sender = Sender(signed_in(case.owner), case, data)
            sender.start()
            while sender.told["offset"] < sender.told["size"]:
                assert sender.part(sender.told["offset"]).status_code in (200, 409)
            for _turn in range(200):
                answer = sender.finish()
                if answer.status_code == 200:
                    labels.append(answer.json()["label"])
                    return
                assert answer.status_code == 202, answer.content
                threading.Event().wait(0.05)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert labels == ["AK/001"] * 3
    assert content_of(case) == data
    assert left(django_settings.STAGING_DIR) == []
