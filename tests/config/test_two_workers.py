"""A build that takes long and a capture that somebody waits for, in one real slow worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from cases import pulse
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from config.celery import app
from config.runtime.children import until
from config.runtime.workers import SLOW
from evidence.actions import capture as capture_actions
from evidence.models import Bundle, BundleState, Capture, CaptureState
from tests.conftest import NOON
from tests.evidence.bundling import use_folders
from tests.evidence.capture_site import CaptureSite, capture_site
from tests.factories.cases import make_case
from tests.factories.children import environment as environment_of_a_child
from tests.factories.evidence import ask_for_bundle

BASE = Path(__file__).resolve().parent.parent.parent
OWN_QUEUE = "virtual_host=15"
"""A queue that no other test looks into."""
SECONDS = 180.0


@pytest.fixture
def site() -> Iterator[CaptureSite]:
    with capture_site() as running:
        yield running


@pytest.fixture
def environment(transactional_db: None, tmp_path: Path, settings: Any, site: CaptureSite) -> dict[str, str]:
    """What a worker gets that works for this test alone."""
    use_folders(settings, tmp_path)
    settings.FETCH_LOOPBACK = frozenset({f"demo.localhost:{site.port}"})
    settings.REDIS_URL = f"{settings.REDIS_URL.partition('?')[0]}?{OWN_QUEUE}"
    pulse._client().flushdb()
    name = str(connection.settings_dict["NAME"])
    return {
        **environment_of_a_child(),
        "DATABASE_WORKER_URL": os.environ["DATABASE_WORKER_URL"].rpartition("/")[0] + f"/{name}",
        "REDIS_URL": settings.REDIS_URL,
        "STORAGE_URL": f"file://{tmp_path / 'vault'}",
        "RECOURSE_DATA": str(tmp_path),
        "RECOURSE_ROLE": "worker",
        "RECOURSE_FETCH_LOOPBACK": f"demo.localhost:{site.port}",
        "RECOURSE_CAPTURE_GAP": "0",
    }


@contextmanager
def slow_worker(environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The slow worker as it runs in earnest."""
    command = [sys.executable, "-m", "celery", "-q", "-A", "config", *SLOW.arguments()]
    with log.open("wb") as file:
        child = subprocess.Popen(command, cwd=BASE, env=environment, stdout=file, stderr=file)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@contextmanager
def nothing_can_be_sealed() -> Iterator[None]:
    """Hold the table that a build writes last: it stands still there for as long as somebody wishes."""
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=name) as owner:
        owner.execute("lock table evidence_bundleseal in share mode")
        yield


def state(row: Bundle | Capture) -> str:
    with acting_as(Actor.user(row.case.owner)):
        return str(type(row).objects.values_list("state", flat=True).get(pk=row.pk))


def ask_for_capture(case: Case, url: str) -> Capture:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        return capture_actions.request(
            case_id=case.pk, url=url, link_id=None, with_media=False, by=actor, at=timezone.now()
        )


def ring(sweep: str) -> None:
    """Ring as beat does, in the queue of this test."""
    with app.connection_for_write(settings.REDIS_URL) as bell:
        app.send_task(sweep, connection=bell, ignore_result=True)


def test_a_capture_is_finished_while_a_build_keeps_the_slow_worker_busy(environment, site, tmp_path):
    bundle = ask_for_bundle(make_case())
    second = ask_for_bundle(make_case(), at=NOON + timedelta(minutes=1))
    log = tmp_path / "slow.log"

    def reached(row: Bundle | Capture, *wanted: str) -> bool:
        return until(lambda: True if state(row) in wanted else None, seconds=SECONDS, every=0.1) is True

    with nothing_can_be_sealed(), slow_worker(environment, log):
        ring("evidence.tasks.sweep_bundles")
        assert reached(bundle, BundleState.BUILDING), log.read_text()[:1500]
        capture = ask_for_capture(make_case(), site.demo("/ok"))
        # The second bundle is rung for too: it waits for the first, and the worker's other process stays free.
        ring("evidence.tasks.sweep_bundles")
        ring("evidence.tasks.sweep_captures")
        assert reached(capture, CaptureState.KEPT, CaptureState.FAILED), log.read_text()[:1500]
        assert (state(bundle), state(second)) == (BundleState.BUILDING, BundleState.REQUESTED)
        assert state(capture) == CaptureState.KEPT
        assert not pulse.is_quiet(pulse.SLOW, now=timezone.now())
        assert not pulse.is_quiet(pulse.CAPTURE, now=timezone.now())
        assert pulse.is_quiet(pulse.QUICK, now=timezone.now())
        # Said after the capture: the web process need not be able to shut a browser in.
        assert until(lambda: pulse.told(pulse.CAPTURE), seconds=SECONDS) == ""
