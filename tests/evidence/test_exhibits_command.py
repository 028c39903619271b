"""`exhibits add` and `exhibits list`: the browser's checks and record, for files on the server's own disk."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, Event
from cases.permissions import Role
from cases.states import AgeAnswer
from evidence.events import EvidenceEvent
from evidence.models import Acquisition, Exhibit
from tests.conftest import NOON
from tests.factories.cases import make_staff
from tests.factories.evidence import picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "from"
    folder.mkdir()
    (folder / "shot.png").write_bytes(picture())
    (folder / "copy.png").write_bytes(picture())
    (folder / "setup.exe").write_bytes(b"MZ\x90\0" + bytes(90))
    os.mkfifo(folder / "pipe")
    (folder / "link.png").symlink_to("shot.png")
    return folder


def run(case: Case, *args: Any, verb: str = "add") -> str:
    out = io.StringIO()
    said = ["--description", "Files of the stick"] if verb == "add" else []
    call_command("exhibits", verb, case.reference, "--as", case.owner.email, *args, *said, stdout=out)
    return out.getvalue()


def test_files_are_added_with_the_same_record_as_in_the_browser(case: Case, files: Path) -> None:
    text = run(case, str(files / "shot.png"), str(files / "copy.png"))
    assert text.splitlines()[0].startswith("kept as     AK/001")
    assert text.splitlines()[1].startswith("already     AK/001")
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get()
        assert (exhibit.description, exhibit.file_name) == ("Files of the stick", "shot.png")
        assert Acquisition.objects.get().system["route"] == "command"
        assert Event.objects.get(kind=EvidenceEvent.EXHIBIT_SEALED).actor_id == str(case.owner.pk)


def test_one_file_that_is_not_taken_fails_the_command_and_leaves_the_others(case: Case, files: Path) -> None:
    out = io.StringIO()
    names = ["shot.png", "setup.exe", "pipe", "link.png", "none.png"]
    with pytest.raises(CommandError, match="4 of 5 files were not taken"):
        call_command(
            "exhibits", "add", case.reference, "--as", case.owner.email, "--json", "--description", "x",
            *[str(files / name) for name in names], stdout=out,
        )  # fmt: skip
    told = json.loads(out.getvalue())
    assert [row["result"] for row in told["files"]] == ["kept", *["refused"] * 4]
    assert told["files"][0]["exhibit"] == "AK/001"
    with acting_as(Actor.user(case.owner)):
        assert Event.objects.filter(kind=EvidenceEvent.FILE_REFUSED).count() == 4
        assert Exhibit.objects.count() == 1


def test_the_list_says_what_the_case_holds(case: Case, files: Path) -> None:
    run(case, str(files / "shot.png"))
    assert "AK/001" in run(case, verb="list")
    (row,) = json.loads(run(case, "--json", verb="list"))["exhibits"]
    assert (row["exhibit"], row["kind"], row["media_type"]) == ("AK/001", "screenshot", "image/png")


def test_nobody_adds_to_a_case_that_is_not_theirs(case: Case, files: Path) -> None:
    stranger, caller = make_staff(), make_staff(roles=[Role.CALL_TAKER])
    for person, words in ((stranger, "no case"), (caller, "nobody who may")):
        with pytest.raises(CommandError, match=words):
            call_command(
                "exhibits", "add", case.reference, str(files / "shot.png"), "--as", person.email, "--description", "x"
            )
    with pytest.raises(CommandError, match="nobody who may"):
        call_command("exhibits", "list", case.reference, "--as", "none@casework.example")


def test_a_locked_case_takes_nothing_by_the_command_either(case: Case, files: Path, tmp_path: Path) -> None:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=NOON)
    with pytest.raises(CommandError, match="under 18"):
        run(case, str(files / "shot.png"))
    assert not (tmp_path / "staging").exists()
