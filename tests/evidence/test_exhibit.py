"""Exhibits: real files become sealed, numbered and never twice the same; what fails leaves nothing behind."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import DataError, connection

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.keys import case_key
from cases.models import Case, Event
from cases.states import AgeAnswer, IllegalMove
from cases.vault import Vault, VaultError
from evidence.actions import exhibit as exhibit_actions
from evidence.events import EvidenceEvent
from evidence.models import AcquisitionMethod, Exhibit
from tests.conftest import NOON
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import film, make_exhibit, paper, picture, staged

pytestmark = pytest.mark.usefixtures("folders")


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def events(case: Case, kind: str) -> list[Event]:
    with acting_as(Actor.user(case.owner)):
        found = list(Event.objects.filter(case=case, kind=kind).order_by("seq"))
        for event in found:
            event.opened()
        return found


@pytest.mark.django_db
def test_real_files_are_sealed_numbered_and_open_to_the_same_bytes(tmp_path: Path) -> None:
    case = make_case(owner=make_staff(name="Amira K."))
    given = [picture(), picture("JPEG"), film(), paper(), "Er schrieb: «Zahl!»\n".encode()]
    outcomes = [make_exhibit(case, data, name=f"{number}.bin") for number, data in enumerate(given)]
    assert [outcome.exhibit.label for outcome in outcomes] == ["AK/001", "AK/002", "AK/003", "AK/004", "AK/005"]
    assert [outcome.exhibit.media_type for outcome in outcomes] == [
        "image/png",
        "image/jpeg",
        "video/mp4",
        "application/pdf",
        "text/plain",
    ]
    with acting_as(Actor.user(case.owner)):
        key = case_key(case.pk)
        for data, outcome in zip(given, outcomes, strict=True):
            exhibit = Exhibit.objects.get(pk=outcome.exhibit.pk)
            with Vault().open(
                exhibit.object_name, key, case.pk, exhibit.pk, sealed_bytes=exhibit.cipher_size
            ) as opener:
                assert b"".join(opener.iter_chunks()) == data
            assert exhibit.description == "Screenshot of the profile page"
    assert files_below(settings.STAGING_DIR) == []
    stored = files_below(tmp_path / "vault")
    assert len(stored) == 5
    assert all(b"\x89PNG" not in path.read_bytes()[:200] for path in stored)


@pytest.mark.django_db
def test_a_file_that_is_there_already_is_recognised_and_not_kept_twice(tmp_path: Path) -> None:
    case = make_case()
    first = make_exhibit(case, picture())
    again = make_exhibit(case, picture(), name="other name.png")
    assert (again.is_new, again.exhibit.pk) == (False, first.exhibit.pk)
    assert len(files_below(tmp_path / "vault")) == 1
    known = events(case, EvidenceEvent.FILE_KNOWN)
    assert [event.body["exhibit"] for event in known] == [first.exhibit.label]


@pytest.mark.django_db
def test_the_same_file_in_another_case_is_an_exhibit_of_its_own() -> None:
    one, other = make_case(), make_case()
    assert make_exhibit(one, picture()).is_new
    assert make_exhibit(other, picture()).is_new


@pytest.mark.django_db
def test_a_case_that_is_locked_for_age_takes_nothing_and_keeps_no_bytes(tmp_path: Path) -> None:
    case = make_case()
    incoming = staged(case, picture(), name="a.png")
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=NOON)
    with pytest.raises(IllegalMove, match="under 18"):
        exhibit_actions.take_in(
            case_id=case.pk,
            incoming=incoming,
            statement=exhibit_actions.Statement(description="x", method=AcquisitionMethod.CAPTURED),
            producer="AK",
            by=actor,
            at=NOON,
        )
    assert files_below(tmp_path) == []


@pytest.mark.django_db
def test_a_case_without_an_age_answer_takes_nothing() -> None:
    case = make_case(age=None)
    with pytest.raises(IllegalMove, match="how old"):
        make_exhibit(case, picture())


@pytest.mark.django_db
def test_a_store_that_fails_leaves_no_row_no_event_and_no_file(tmp_path: Path) -> None:
    class Broken(FileSystemStorage):
        def _save(self, name: str, content: Any) -> str:
            raise OSError("no room")

    case = make_case()
    with pytest.raises(VaultError):
        make_exhibit(case, picture(), vault=Vault(Broken(tmp_path / "vault")))
    with acting_as(Actor.user(case.owner)):
        assert not Exhibit.objects.exists()
        assert not Event.objects.filter(kind=EvidenceEvent.EXHIBIT_SEALED).exists()
    assert files_below(tmp_path) == []


@pytest.mark.django_db
def test_a_file_that_is_stored_and_cannot_be_sealed_is_taken_out_of_the_store(tmp_path: Path) -> None:
    case = make_case()
    with pytest.raises(DataError):
        exhibit_actions.take_in(
            case_id=case.pk,
            incoming=staged(case, picture(), name="a.png"),
            statement=exhibit_actions.Statement(description="x", method=AcquisitionMethod.CAPTURED),
            producer="TOO LONG A PRODUCER",
            by=Actor.user(case.owner),
            at=NOON,
        )
    assert files_below(tmp_path) == []


@pytest.mark.django_db
def test_a_stranger_to_the_case_cannot_add_to_it(tmp_path: Path) -> None:
    case = make_case()
    stranger = Actor.user(make_staff())
    with pytest.raises(Case.DoesNotExist):
        make_exhibit(case, picture(), by=stranger)
    assert files_below(tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_files_that_come_at_once_get_numbers_without_gaps_or_doubles() -> None:
    case = make_case(owner=make_staff(name="Nora Lind Berg"))
    failures: list[BaseException] = []

    def add(number: int) -> None:
        try:
            make_exhibit(case, picture(colour=(number, number, number)))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with acting_as(Actor.user(case.owner)):
        labels = sorted(exhibit.label for exhibit in Exhibit.objects.all())
    assert labels == [f"NLB/{number:03d}" for number in range(1, 9)]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amira K.", "AK"),
        ("Zoë Ångström", "ZA"),
        ("Jean-Luc van der Berg", "JLB"),
        ("Amira", "AM"),
        ("A", "AX"),
        ("نورة", "XX"),
        ("", "XX"),
    ],
)
def test_a_producer_is_two_or_three_letters_whatever_the_name(name: str, letters: str) -> None:
    assert exhibit_actions.initials(name) == letters


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../../x", "..", "a\0b.png", "\u202egnp.exe", "x" * 300, "<script>alert(1)</script>"])
def test_an_odd_name_is_kept_as_told_and_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    case = make_case()
    outcome = make_exhibit(case, picture(), name=name)
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get(pk=outcome.exhibit.pk)
        raw = bytes.fromhex(exhibit.raw_name_hex).decode() if exhibit.raw_name_hex else exhibit.file_name
        assert raw == name
        assert len(exhibit.file_name) <= 120
    assert all(path.is_relative_to(tmp_path / "vault") for path in files_below(tmp_path))
    assert all(path.name.isalnum() for path in files_below(tmp_path))
