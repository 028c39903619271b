"""The scrub: a stored file that is changed or gone calls a supervisor once; a store that is away calls nobody."""

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, CaseTask, Event
from cases.states import AgeAnswer
from evidence import scrub
from evidence.actions import derivative as derivative_actions
from evidence.actions import scrub as scrub_actions
from evidence.events import EvidenceEvent
from evidence.models import DerivativeKind, Exhibit, ScrubDay, StoredCheck, StoredState
from evidence.scrub_subjects import NOT_VERIFIED, described, is_known
from evidence.tasks import sweep_scrub
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case
from tests.factories.evidence import make_exhibit, make_sealed_bundle, paper, picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]


def looked(**words: Any) -> scrub.Counts:
    with logged_in_as("worker"):
        return scrub.run(at=timezone.now(), **words)


def file_of(exhibit: Any, tmp_path: Path) -> Path:
    return tmp_path / "vault" / exhibit.object_name


def changed(path: Path, at: int = -20) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def check_of(case: Case, row: Any) -> StoredCheck:
    with acting_as(Actor.user(case.owner)):
        return StoredCheck.objects.get(subject_id=row.pk)


def events(case: Case, kind: str) -> list[dict[str, Any]]:
    with acting_as(Actor.user(case.owner)):
        return [event.opened()["body"] for event in Event.objects.filter(case=case, kind=kind).order_by("seq")]


def alarms(case: Case) -> list[CaseTask]:
    with acting_as(Actor.user(case.owner)):
        return list(CaseTask.objects.open().filter(case=case, kind=scrub_actions.ALARM).select_related("assigned_to"))


def test_every_kind_of_stored_file_is_verified_and_counted() -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    make_sealed_bundle(case)
    derivative_actions.keep(
        exhibit_id=exhibit.pk,
        kind=DerivativeKind.PAGES,
        data=b"{}",
        media_type="application/json",
        tool="t 1",
        facts={},
        by=Actor.user(case.owner),
        at=NOON,
    )
    counts = looked()
    assert (counts.verified, counts.differ, counts.missing, counts.not_checked) == (3, 0, 0, 0)
    assert counts.read_bytes > 0
    day = ScrubDay.objects.get()
    assert (day.day, day.verified) == (timezone.now().date(), 3)
    assert looked().looked == 0, "the rest of the week there is nothing to do"
    assert alarms(case) == []


def test_a_table_that_names_stored_files_is_verified_or_says_why_not() -> None:
    assert [model._meta.label for model in apps.get_models() if not is_known(model)] == []
    assert all(apps.get_model(label) for label in NOT_VERIFIED)


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_one_flipped_byte_anywhere_calls_the_supervisor_once(place: int, tmp_path: Path) -> None:
    case = make_case()
    good, bad = make_exhibit(case, picture()).exhibit, make_exhibit(case, paper()).exhibit
    changed(file_of(bad, tmp_path), place)
    counts = looked()
    assert (counts.verified, counts.differ) == (1, 1), "the other file is verified all the same"
    assert check_of(case, bad).state == StoredState.DIFFERS
    assert check_of(case, good).state == StoredState.VERIFIED
    looked(everything=True)
    (task,) = alarms(case)
    assert task.facts == {"what": bad.label, "found": "differs"}
    assert task.path == f"/cases/{case.reference}/evidence/{bad.pk}/"
    assert events(case, EvidenceEvent.FILE_DIFFERS) == [{"what": bad.label, "found": "differs"}]


def test_a_file_that_is_gone_cut_or_longer_is_found(tmp_path: Path) -> None:
    case = make_case()
    gone, cut, longer, whole = (make_exhibit(case, paper(words)).exhibit for words in ("a", "b", "c", "d"))
    file_of(gone, tmp_path).unlink()
    file_of(cut, tmp_path).write_bytes(file_of(cut, tmp_path).read_bytes()[:-1])
    with file_of(longer, tmp_path).open("ab") as file:
        file.write(b"x")
    counts = looked()
    assert (counts.verified, counts.differ, counts.missing) == (1, 2, 1)
    assert check_of(case, gone).state == StoredState.MISSING
    assert {task.facts["found"] for task in alarms(case)} == {"differs", "missing"}
    assert check_of(case, whole).state == StoredState.VERIFIED


def test_a_file_of_another_case_put_in_its_place_is_found(tmp_path: Path) -> None:
    case, other = make_case(), make_case()
    mine, theirs = make_exhibit(case, picture()).exhibit, make_exhibit(other, picture()).exhibit
    file_of(mine, tmp_path).write_bytes(file_of(theirs, tmp_path).read_bytes())
    looked()
    assert check_of(case, mine).state == StoredState.DIFFERS


def test_a_store_that_is_away_is_no_finding_about_any_file(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    looked()
    verified_at = check_of(case, exhibit).verified_at
    (tmp_path / "vault").rename(tmp_path / "away")
    counts = looked(everything=True)
    assert (counts.not_checked, counts.missing, counts.differ) == (1, 0, 0)
    (tmp_path / "vault").mkdir()
    counts = looked(everything=True)
    assert (counts.not_checked, counts.missing) == (1, 0), "a folder that is not mounted looks like an empty one"
    row = check_of(case, exhibit)
    assert (row.state, row.verified_at) == (StoredState.NOT_CHECKED, verified_at)
    assert row.next_at < timezone.now() + timedelta(hours=2)
    assert alarms(case) == []


def test_a_file_that_cannot_be_read_is_not_said_to_differ(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    path = file_of(exhibit, tmp_path)
    path.unlink()
    path.mkdir()
    assert looked().not_checked == 1
    assert alarms(case) == []


def test_an_alarm_ends_by_itself_when_the_file_is_whole_again_and_not_before(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    path = file_of(exhibit, tmp_path)
    before = path.read_bytes()
    changed(path)
    looked()
    (tmp_path / "vault").rename(tmp_path / "away")
    looked(everything=True)
    assert check_of(case, exhibit).state == StoredState.DIFFERS, "a store that is away ends no alarm"
    assert len(alarms(case)) == 1
    (tmp_path / "away").rename(tmp_path / "vault")
    path.write_bytes(before)
    looked(everything=True)
    assert alarms(case) == []
    assert events(case, EvidenceEvent.FILE_WHOLE_AGAIN) == [{"what": exhibit.label}]
    assert check_of(case, exhibit).state == StoredState.VERIFIED


def test_a_sample_is_opened_and_its_plain_hash_compared(monkeypatch: Any) -> None:
    monkeypatch.setattr(scrub, "ONE_IN", 1)
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    counts = looked()
    assert (counts.verified, counts.opened) == (1, 1)
    assert check_of(case, exhibit).plain_at is not None


def test_over_twenty_weeks_every_file_is_opened_once() -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    file = described(Exhibit, exhibit)
    for start in (NOON, datetime(2026, 10, 5, 12, tzinfo=UTC), datetime(2027, 12, 20, 12, tzinfo=UTC)):
        opened = [week for week in range(20) if scrub._is_sampled(file, start + timedelta(weeks=week))]
        assert len(opened) == 1, f"once in the twenty weeks from {start:%d.%m.%Y}, over a year's end as well"


def test_a_plain_hash_that_differs_is_an_alarm_although_the_stored_bytes_are_right(monkeypatch: Any) -> None:
    monkeypatch.setattr(scrub, "ONE_IN", 1)
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    with logged_in_as("owner"), acting_as(scrub.SCRUBBER):
        Exhibit.objects.filter(pk=exhibit.pk).update(sha256="0" * 64)
    assert looked().differ == 1
    assert len(alarms(case)) == 1


def test_under_the_age_lock_stored_bytes_are_verified_and_nothing_is_opened(monkeypatch: Any) -> None:
    monkeypatch.setattr(scrub, "ONE_IN", 1)
    case = make_case()
    make_exhibit(case, picture())
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=actor, at=NOON)
    counts = looked()
    assert (counts.verified, counts.opened) == (1, 0)


def test_work_is_paced_in_bytes_and_goes_on_where_it_stopped() -> None:
    case = make_case()
    for number in range(5):
        make_exhibit(case, paper(f"n{number}"))
    seen = [looked(most_bytes=1).looked for _ in range(6)]
    assert seen == [1, 1, 1, 1, 1, 0], "one however small the bound is, and none twice"


def test_a_worker_that_was_killed_leaves_its_file_to_the_next() -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    now = timezone.now()
    with logged_in_as("worker"), acting_as(scrub.SCRUBBER):
        file = described(Exhibit, exhibit)
        assert scrub_actions.claim(file=file, since=now, at=now)
        assert not scrub_actions.claim(file=file, since=now, at=now)
    assert looked().looked == 0
    with logged_in_as("worker"):
        later = now + scrub_actions.LEASE + timedelta(seconds=1)
        assert scrub.run(at=later).looked in (0, 1)
        with acting_as(scrub.SCRUBBER):
            assert scrub_actions.claim(file=file, since=later, at=later)


def test_several_workers_share_the_work_and_do_nothing_twice() -> None:
    case = make_case()
    for number in range(6):
        make_exhibit(case, paper(f"n{number}"))
    found: list[scrub.Counts] = []
    with logged_in_as("worker"):

        def work() -> None:
            try:
                found.append(scrub.run(at=timezone.now()))
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(counts.verified for counts in found) == 6


def test_a_fault_with_one_file_leaves_the_others_alone(monkeypatch: Any) -> None:
    case = make_case()
    rows = [make_exhibit(case, paper(f"n{number}")).exhibit for number in range(3)]
    first = min(rows, key=lambda row: row.pk)
    real = scrub._stored_state

    def faulty(file: Any, store: Any) -> StoredState:
        if file.subject_id == first.pk:
            raise RuntimeError("fault")
        return real(file, store)

    monkeypatch.setattr(scrub, "_stored_state", faulty)
    counts = looked()
    assert (counts.verified, counts.not_checked) == (2, 1)


def test_a_file_that_a_rule_removed_while_it_was_looked_at_is_no_alarm(tmp_path: Path, monkeypatch: Any) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    file = described(Exhibit, exhibit)
    with logged_in_as("worker"), acting_as(scrub.SCRUBBER):
        scrub_actions.claim(file=file, since=timezone.now(), at=timezone.now())
        gone = scrub_actions.note(
            file=scrub.StoredFile(**{name: getattr(file, name) for name in file.__slots__} | {"name": "aa/old"}),
            model=Exhibit,
            state=StoredState.MISSING,
            opened=False,
            by=scrub.SCRUBBER,
            at=timezone.now(),
        )
    assert gone is None
    assert alarms(case) == []


def test_a_batch_is_in_memory_at_a_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(scrub, "BATCH", 2)
    case = make_case()
    for number in range(5):
        make_exhibit(case, paper(f"n{number}"))
    assert looked().verified == 5


def test_the_page_says_when_a_file_was_verified_and_when_it_differs(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    browser, url = signed_in(case.owner), reverse("evidence:exhibit", args=[case.reference, exhibit.pk])
    assert "Read back equal when it was stored" in browser.get(url).content.decode()
    looked()
    assert "Last verified" in browser.get(url).content.decode()
    changed(file_of(exhibit, tmp_path))
    looked(everything=True)
    page = browser.get(url).content.decode()
    assert "The stored file differs from what was stored" in page
    assert "differs from what was stored." in page, "custody tells it too"
    file_of(exhibit, tmp_path).unlink()
    make_exhibit(case, paper())
    looked(everything=True)
    assert "The stored file is missing" in browser.get(url).content.decode()


def test_the_task_on_today_says_which_file_and_what_is_wrong(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    changed(file_of(exhibit, tmp_path))
    looked()
    (task,) = alarms(case)
    page = signed_in(task.assigned_to).get(reverse("cases:today")).content.decode()
    assert f"Find out why the stored file of {exhibit.label} is not what was stored" in page


def test_the_command_answers_in_numbers_and_fails_where_a_file_differs(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    out = StringIO()
    with logged_in_as("worker"):
        call_command("scrub", "--now", "--json", stdout=out)
        told = json.loads(out.getvalue())
        assert (told["run"]["verified"], told["all"]["verified"]) == (1, 1)
        changed(file_of(exhibit, tmp_path))
        with pytest.raises(CommandError, match="1 differ"):
            call_command("scrub", "--now", stdout=out)
    with pytest.raises(CommandError, match="recourse_worker"):
        call_command("scrub", "--now", stdout=out)


def test_only_the_worker_says_what_lies_in_the_store() -> None:
    case = make_case()
    exhibit = make_exhibit(case, picture()).exhibit
    looked()
    with acting_as(Actor.user(case.owner)):
        assert StoredCheck.objects.filter(subject_id=exhibit.pk).exists()
        for act in (
            lambda: StoredCheck.objects.update(state="verified"),
            lambda: StoredCheck.objects.all().delete(),
            lambda: ScrubDay.objects.update(differ=0),
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                act()
    stranger = make_case()
    with acting_as(Actor.user(stranger.owner)):
        assert not StoredCheck.objects.filter(subject_id=exhibit.pk).exists()


def test_the_sweep_is_bounded_by_its_setting(settings: Any) -> None:
    settings.SCRUB_BYTES = 1
    case = make_case()
    make_exhibit(case, picture())
    make_exhibit(case, paper())
    with logged_in_as("worker"):
        assert [sweep_scrub(), sweep_scrub(), sweep_scrub()] == [1, 1, 0]
