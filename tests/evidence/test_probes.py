"""Probes: what is read from an exhibit is kept with its parent's hash; what cannot be read says so and stops nobody."""

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases import purge
from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, Event
from cases.states import AgeAnswer, IllegalMove
from cases.vault import VaultError
from evidence import sandbox
from evidence.actions import derivative as derivative_actions
from evidence.actions import probe as probe_actions
from evidence.derivatives import open_bytes
from evidence.events import EvidenceEvent
from evidence.models import Derivative, DerivativeKind, DerivativeState, Exhibit, Probe, ProbeState
from evidence.probes import run as probes
from evidence.probes.looking import ProbeFailed
from evidence.tasks import sweep_probes
from tests.conftest import NOON, logged_in_as
from tests.evidence.probing import lines, probed, rows, stored, swept
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case
from tests.factories.endings import close
from tests.factories.evidence import make_exhibit, paper, picture
from tests.factories.media import SERIAL, tagged_photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _set(folders: None, settings: Any) -> None:
    settings.PROBES = tuple(
        f"evidence.probes.{name}.read" for name in ("file_data", "media_data", "pages", "credentials")
    )


def test_a_photograph_is_read_and_each_result_names_the_hash_it_came_from(tmp_path: Path) -> None:
    case, exhibit = probed(tagged_photo(), name="a.jpg")
    found = rows(case, exhibit)
    assert set(found) == {"file_data", "media_data", "credentials"}
    for row in found.values():
        assert (row.state, row.parent_sha256, row.case_id) == (DerivativeState.MADE, exhibit.sha256, case.pk)
        assert row.tool.partition(" ")[2], "the version stands beside the tool"
    assert found["file_data"].facts["device"] == "Acme Phone 9"
    assert found["credentials"].facts == {"present": False}
    assert len(stored(tmp_path)) == 4
    for path in stored(tmp_path):
        assert b"Acme" not in path.read_bytes(), "what was read is sealed like the file"


def test_what_was_read_opens_again_and_is_the_answer_of_the_tool() -> None:
    case, exhibit = probed(tagged_photo(), name="a.jpg")
    row = rows(case, exhibit)["file_data"]
    told = json.loads(open_bytes(row, 1 << 20, by=Actor.user(case.owner)))
    assert told["ExifIFD:SerialNumber"] == SERIAL
    assert not [name for name in told if name.startswith("System:") or name == "SourceFile"]
    with pytest.raises(VaultError, match="larger"):
        open_bytes(row, 10, by=Actor.user(case.owner))


def test_each_result_is_an_event_of_the_case() -> None:
    case, exhibit = probed(tagged_photo(), name="a.jpg")
    with acting_as(Actor.user(case.owner)):
        events = list(Event.objects.filter(case=case, kind=EvidenceEvent.DERIVATIVE_MADE).order_by("seq"))
        told = [event.opened()["body"] for event in events]
    assert {body["what"] for body in told} == {"file_data", "media_data", "credentials"}
    assert all(body["parent_sha256"] == exhibit.sha256 for body in told)
    assert all(event.actor_kind == "system" for event in events)


def test_a_file_that_cannot_be_read_is_recorded_as_such_and_kept() -> None:
    case, exhibit = probed(picture("JPEG")[:200], name="torn.jpg")
    found = rows(case, exhibit)
    assert found["media_data"].state == DerivativeState.FAILED
    assert found["media_data"].facts["reason"] == "damaged"
    with acting_as(Actor.user(case.owner)):
        assert Exhibit.objects.get(pk=exhibit.pk).state == "sealed"
        assert Event.objects.filter(case=case, kind=EvidenceEvent.DERIVATIVE_FAILED).exists()
        assert Probe.objects.get(exhibit=exhibit, maker__contains="media_data").tries == 1, "no second try would help"


def flood(exhibit: Exhibit, source: sandbox.Source) -> list[Any]:
    """A probe that always runs out of time."""
    raise ProbeFailed(DerivativeKind.PAGES, "slow 1", "timed_out", again=True)


def broken(exhibit: Exhibit, source: sandbox.Source) -> list[Any]:
    """A probe with a fault of ours."""
    raise RuntimeError("secret words of a file")


KIND = DerivativeKind.PAGES


def test_what_ran_out_of_time_is_tried_three_times_and_then_said(settings: Any) -> None:
    settings.PROBES = (f"{__name__}.flood",)
    case, exhibit = probed(paper(), name="a.pdf")
    for expected in (1, 2, 3):
        with acting_as(Actor.user(case.owner)):
            row = Probe.objects.get(exhibit=exhibit)
            assert (row.tries, row.reason) == (expected, "timed_out")
            assert row.state == (ProbeState.FAILED if expected == 3 else ProbeState.WAITING)
            assert row.next_at > timezone.now() or expected == 3
            Probe.objects.update(next_at=NOON)
        swept()
    assert rows(case, exhibit)["pages"].facts["reason"] == "timed_out"


def test_a_fault_of_ours_stops_neither_intake_nor_the_other_probes(settings: Any) -> None:
    settings.PROBES = (f"{__name__}.broken", "evidence.probes.pages.read")
    case, exhibit = probed(paper(), name="a.pdf")
    assert rows(case, exhibit)["pages"].state == DerivativeState.MADE
    with acting_as(Actor.user(case.owner)):
        row = Probe.objects.get(exhibit=exhibit, maker__endswith="broken")
    assert (row.state, row.reason) == (ProbeState.WAITING, "fault")


def test_without_a_sandbox_nothing_is_read_and_the_page_says_so(settings: Any, monkeypatch: Any) -> None:
    settings.SANDBOX = "none"
    monkeypatch.setattr(sandbox, "_known", None)
    case, exhibit = probed(tagged_photo(), name="a.jpg")
    assert rows(case, exhibit) == {}
    with acting_as(Actor.user(case.owner)):
        waiting = list(Probe.objects.filter(exhibit=exhibit, state=ProbeState.WAITING))
    assert {row.reason for row in waiting} >= {"no_sandbox"}
    assert all(row.tries == 0 for row in waiting if row.reason)
    page = signed_in(case.owner).get(reverse("evidence:exhibit", args=[case.reference, exhibit.pk])).content.decode()
    assert "no sandbox can be made here" in page
    monkeypatch.setattr(sandbox, "_known", None)
    settings.SANDBOX = "bwrap"
    with acting_as(Actor.user(case.owner)):
        Probe.objects.update(next_at=NOON)
    swept()
    assert "file_data" in rows(case, exhibit)


def test_nothing_is_read_while_a_case_is_locked_for_age() -> None:
    case = make_case()
    exhibit = make_exhibit(case, tagged_photo(), name="a.jpg").exhibit
    lock_for_age(case)
    swept()
    assert rows(case, exhibit) == {}
    actor = Actor.user(case.owner)
    with pytest.raises(IllegalMove, match="under 18"):
        derivative_actions.keep(
            exhibit_id=exhibit.pk,
            kind=DerivativeKind.PAGES,
            data=b"{}",
            media_type="application/json",
            tool="t 1",
            facts={},
            by=actor,
            at=NOON,
        )


def lock_for_age(case: Case) -> None:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=actor, at=NOON)


def test_what_is_read_while_the_lock_falls_is_dropped(tmp_path: Path, settings: Any) -> None:
    case = make_case()
    exhibit = make_exhibit(case, paper(), name="a.pdf").exhibit
    before = stored(tmp_path)

    def lock_then_answer(given: Exhibit, source: sandbox.Source) -> list[Any]:
        lock_for_age(case)
        return [derivative_actions.Made(kind=KIND, data=b"{}", media_type="application/json", tool="t 1")]

    globals()["falling"] = lock_then_answer
    settings.PROBES = (f"{__name__}.falling",)
    with logged_in_as("worker"):
        sweep_probes()
    assert rows(case, exhibit) == {}
    assert stored(tmp_path) == before, "nothing of it stays in the store"


def test_two_workers_never_read_one_exhibit_twice() -> None:
    case = make_case()
    exhibit = make_exhibit(case, paper(), name="a.pdf").exhibit
    with logged_in_as("worker"):
        with acting_as(probes.PROBER):
            probe_actions.plan(names=("evidence.probes.pages.read",), limit=9, at=timezone.now())
        found: list[int] = []

        def work() -> None:
            try:
                found.append(probes.probe(exhibit.pk))
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == [0, 0, 0, 1]
    with acting_as(Actor.user(case.owner)):
        assert Derivative.objects.filter(exhibit=exhibit).count() == 1


def test_what_a_killed_worker_held_is_taken_over_and_its_late_answer_is_dropped() -> None:
    case = make_case()
    exhibit = make_exhibit(case, paper(), name="a.pdf").exhibit
    name = "evidence.probes.pages.read"
    now = timezone.now()
    with logged_in_as("worker"), acting_as(probes.PROBER):
        probe_actions.plan(names=(name,), limit=9, at=now)
        first = probe_actions.claim(exhibit_id=exhibit.pk, at=now)
        assert first is not None
        assert probe_actions.claim(exhibit_id=exhibit.pk, at=now) is None
        later = now + probe_actions.LEASE + timedelta(seconds=1)
        second = probe_actions.claim(exhibit_id=exhibit.pk, at=later)
        assert second is not None
        with pytest.raises(probe_actions.LeaseLost):
            probe_actions.finish(claim=first, name=name, at=later)
        probe_actions.finish(claim=second, name=name, at=later)


def test_a_store_that_is_away_puts_reading_off_and_counts_no_try(tmp_path: Path) -> None:
    case = make_case()
    exhibit = make_exhibit(case, paper(), name="a.pdf").exhibit
    (tmp_path / "vault").rename(tmp_path / "away")
    swept()
    with acting_as(Actor.user(case.owner)):
        assert {(row.reason, row.tries) for row in Probe.objects.filter(exhibit=exhibit)} == {("no_file", 0)}
        Probe.objects.update(next_at=NOON)
    (tmp_path / "away").rename(tmp_path / "vault")
    swept()
    assert rows(case, exhibit)["pages"].state == DerivativeState.MADE


def test_a_probe_added_later_is_put_to_older_exhibits_too(settings: Any) -> None:
    settings.PROBES = ("evidence.probes.pages.read",)
    case, exhibit = probed(paper(), name="a.pdf")
    assert set(rows(case, exhibit)) == {"pages"}
    settings.PROBES = ("evidence.probes.pages.read", "evidence.probes.file_data.read")
    swept()
    assert set(rows(case, exhibit)) == {"pages", "file_data"}
    assert swept() == 0, "and nothing is asked twice"


def test_the_database_refuses_a_derivative_of_another_hash_or_case() -> None:
    case, exhibit = probed(paper(), name="a.pdf")
    actor = Actor.user(case.owner)
    row = rows(case, exhibit)["pages"]
    other = make_case(owner=case.owner)
    with acting_as(actor):
        for change in ({"parent_sha256": "0" * 64}, {"case_id": other.pk}):
            copy = Derivative.make(
                case_id=case.pk,
                exhibit=exhibit,
                kind="pages",
                state="failed",
                made_at=NOON,
                tool="t",
                parent_sha256=exhibit.sha256,
            )
            for name, value in change.items():
                setattr(copy, name, value)
            with pytest.raises(IntegrityError, match="names the hash"), transaction.atomic():
                copy.save(force_insert=True)
        for change in (
            {"sha256": "0" * 64},
            {"tool": "other"},
            {"sealed": b"x"},
            {"kind": "file_data"},
            {"state": "failed"},
        ):
            with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
                Derivative.objects.filter(pk=row.pk).update(**change)
        with pytest.raises(IntegrityError, match="stay while"), transaction.atomic():
            Derivative.objects.filter(pk=row.pk).update(object_name="", state="removed")


def test_what_was_read_goes_with_the_file_it_was_read_from(tmp_path: Path) -> None:
    case, exhibit = probed(tagged_photo(), name="a.jpg")
    closed_at = close(case).closed_at
    assert closed_at is not None
    with logged_in_as("worker"):
        for days in (61, 92, 93):
            purge.announce(at=closed_at + timedelta(days=days))
            purge.purge(at=closed_at + timedelta(days=days))
    assert stored(tmp_path) == []
    with acting_as(Actor.user(case.owner)):
        left = list(Derivative.objects.filter(exhibit=exhibit))
    assert {row.state for row in left} == {DerivativeState.REMOVED}
    assert {bytes(row.sealed) for row in left} == {b""}
    assert lines(case, exhibit) == {}, "and the page has nothing to say"
    assert swept() == 0, "nothing is read anew"
