"""Uploads are looked at where a virus scanner is set: what it finds, and what it could not look at, stays outside."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.http import TOKEN_FIELD, new_form_token
from cases.models import Case, Event
from evidence.models import Exhibit
from evidence.scanning import Scan, Verdict, read_answer
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case
from tests.factories.clamd import VIRUS, FakeClamd, fake_clamd, free_port
from tests.factories.evidence import picture

WORDS = {"description": "A picture", "method": "handed_over", "source": "", "discovered_at": ""}


@pytest.fixture
def daemon(tmp_path: Path, settings: Any) -> Iterator[FakeClamd]:
    settings.STAGING_DIR = tmp_path / "staging"
    vault = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "vault"}}
    settings.STORAGES = {**settings.STORAGES, "vault": vault}
    with fake_clamd(tmp_path) as server:
        settings.CLAMD = server.path
        yield server


def send(case: Case, *files: bytes) -> Any:
    given = [SimpleUploadedFile(f"{number}.png", data) for number, data in enumerate(files)]
    fields = {TOKEN_FIELD: new_form_token(), **WORDS, "chosen": given}
    return signed_in(case.owner).post(reverse("evidence:add_exhibits", args=[case.reference]), fields)


def held(case: Case) -> int:
    with acting_as(Actor.user(case.owner)):
        return int(Exhibit.objects.filter(case=case).count())


def reasons(case: Case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        return [event.body.get("reason", "") for event in Event.objects.filter(case=case, kind__endswith="refused")]


@pytest.mark.django_db
def test_a_clean_file_is_looked_at_whole_and_kept(daemon):
    case = make_case()
    content = picture() + bytes(3 << 17)
    assert send(case, content).status_code == 302
    assert daemon.seen == [content]
    assert held(case) == 1


@pytest.mark.django_db
def test_a_harmful_file_is_refused_with_a_reason_and_the_others_are_kept(daemon, tmp_path):
    case = make_case()
    answer = send(case, picture() + VIRUS, picture(colour=(1, 2, 3)))
    assert answer.status_code == 302
    assert held(case) == 1
    assert reasons(case) == ["harmful"]
    assert not [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "says",
    [
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"stream: Heuristics.Encrypted.Zip FOUND\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"",
    ],
)
def test_a_file_that_could_not_be_looked_at_is_not_called_clean(daemon, says):
    daemon.says = says
    case = make_case()
    answer = send(case, picture())
    assert answer.status_code == 422
    assert "could not be checked for viruses" in answer.content.decode()
    assert held(case) == 0
    assert reasons(case) == ["not_scanned"]


@pytest.mark.django_db
def test_a_file_that_the_daemon_hangs_up_on_is_not_called_clean(daemon):
    daemon.limit = 100
    case = make_case()
    assert send(case, picture() + bytes(1 << 20)).status_code == 422
    assert held(case) == 0


@pytest.mark.django_db
def test_without_its_daemon_nothing_is_taken_in(daemon, settings):
    settings.CLAMD = f"127.0.0.1:{free_port()}"
    case = make_case()
    assert send(case, picture()).status_code == 422
    settings.CLAMD = "/nowhere/clamd.sock"
    assert send(case, picture()).status_code == 422
    assert held(case) == 0


@pytest.mark.django_db
def test_where_no_scanner_is_set_files_are_taken_as_before(daemon, settings):
    settings.CLAMD = ""
    case = make_case()
    assert send(case, picture()).status_code == 302
    assert daemon.seen == []


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (b"stream: OK\0", Verdict.CLEAN),
        (b"stream: OK\n", Verdict.CLEAN),
        (b"stream: Win.Test FOUND\0", Verdict.HARMFUL),
        (b"stream: O", Verdict.NOT_SCANNED),
        (b"stream: OK FOUND\0", Verdict.HARMFUL),
        (b"\xff\xfe", Verdict.NOT_SCANNED),
    ],
)
def test_an_answer_means_what_it_says_and_half_of_one_means_nothing(told, verdict):
    assert read_answer(told) == verdict


def test_a_daemon_that_never_reads_does_not_hold_a_person_for_ever(tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr("evidence.scanning.TIMEOUT", 0.2)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        deaf.listen()
        scan = Scan(str(tmp_path / "deaf"))
        feeding = threading.Thread(target=scan.feed, args=[bytes(8 << 20)])
        feeding.start()
        feeding.join(60)
        assert not feeding.is_alive()
        assert scan.verdict() == Verdict.NOT_SCANNED
