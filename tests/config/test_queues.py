"""Which queue each task waits in, whoever rings for it, and which worker empties it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery.signals import before_task_publish

import cases.tasks
import evidence.tasks
import takedowns.tasks
from cases import outbox, pulse
from config.celery import QUEUES, app
from config.runtime.workers import CAPTURE_QUEUE, PLANS, QUICK, QUICK_QUEUE, SLOW, SLOW_QUEUE
from evidence.actions import bundle as bundle_actions
from evidence.actions import capture as capture_actions
from tests.architecture.code import APPS, python_files

TASKS = sorted(name for name in app.tasks if name.split(".")[0] in APPS)
QUICK_TASKS = {
    "cases.tasks.anchor_record",
    "cases.tasks.do_effect",
    "cases.tasks.sweep_approvals",
    "cases.tasks.sweep_effects",
    "cases.tasks.sweep_ended",
    "cases.tasks.sweep_reminders",
    "cases.tasks.sweep_roster",
    "evidence.tasks.sweep_looks",
    "evidence.tasks.sweep_uploads",
    "takedowns.tasks.check_now",
    "takedowns.tasks.sweep_clocks",
    "takedowns.tasks.sweep_due_links",
}
"""Somebody waits for these, or a law counts: they never stand behind a build."""


def queue_of(task: str) -> str:
    return str(app.amqp.router.route({}, task)["queue"].name)


@contextmanager
def heard() -> Iterator[dict[str, str]]:
    """Note into which queue each task goes that is rung for."""
    found: dict[str, str] = {}

    def note(sender: str, routing_key: str, exchange: str, **_: object) -> None:
        assert exchange in ("", routing_key)
        found[sender] = routing_key

    before_task_publish.connect(note)
    try:
        yield found
    finally:
        before_task_publish.disconnect(note)


def test_every_task_has_a_stated_queue_and_every_queue_a_worker():
    assert set(TASKS) == set(QUEUES), "state in config/celery.py in which queue a task waits"
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(QUEUES)
    emptied = [queue for plan in PLANS for queue in plan.queues]
    assert sorted(emptied) == sorted(set(QUEUES.values())) == sorted(app.conf.task_queues)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_goes_where_it_is_stated_and_never_slow_before_quick(task):
    assert queue_of(task) == QUEUES[task]
    if task in QUICK_TASKS:
        assert queue_of(task) == QUICK_QUEUE
    if (app.tasks[task].soft_time_limit or 0) > app.conf.task_soft_time_limit:
        assert queue_of(task) == SLOW_QUEUE, "a task that may take longer than others is slow"


def test_whoever_rings_rings_in_the_right_queue():
    with heard() as found:
        bundle_actions.ring()
        capture_actions.ring()
        outbox.ring()
        outbox.ring("cases.tasks.sweep_approvals")
        outbox.ring("evidence.tasks.sweep_probes")
        evidence.tasks.ring_uploads()
        takedowns.tasks.ring()
        cases.tasks.sweep_erasures.apply_async(retry=False, ignore_result=True)
    assert found == {
        "evidence.tasks.sweep_bundles": SLOW_QUEUE,
        "evidence.tasks.sweep_captures": CAPTURE_QUEUE,
        "cases.tasks.sweep_effects": QUICK_QUEUE,
        "cases.tasks.sweep_approvals": QUICK_QUEUE,
        "evidence.tasks.sweep_probes": SLOW_QUEUE,
        "evidence.tasks.sweep_uploads": QUICK_QUEUE,
        "takedowns.tasks.sweep_due_links": QUICK_QUEUE,
        "cases.tasks.sweep_erasures": SLOW_QUEUE,
    }


def test_nobody_names_a_queue_beside_the_table():
    rings = re.compile(r"(send_task|apply_async|\.delay)\(")
    ringing = [text for path in python_files(*APPS) if rings.search(text := path.read_text())]
    assert ringing
    assert not [text for text in ringing if "queue=" in text]
    assert {task for text in ringing for task in re.findall(r'send_task\("([\w.]+)"', text)} <= set(QUEUES)


def test_a_ring_that_nobody_heard_lapses():
    for entry in app.conf.beat_schedule.values():
        assert entry["schedule"] <= entry["options"]["expires"] <= max(300, entry["schedule"])


def test_the_slow_worker_does_two_things_at_once_and_gives_memory_back():
    assert SLOW.arguments()[:4] == ["worker", "-Q", "capture,slow", "-n"]
    assert "--concurrency=2" in SLOW.arguments()
    assert any(option.startswith("--max-memory-per-child=") for option in SLOW.arguments())
    assert SLOW.arguments(processes=1).count("--concurrency=1") == 1
    assert "--concurrency=2" not in SLOW.arguments(processes=1)
    assert {QUICK.arguments()[4], SLOW.arguments()[4]} == {"worker@%h", "slow@%h"}
    assert (pulse.QUICK, pulse.SLOW, pulse.CAPTURE) == (QUICK_QUEUE, SLOW_QUEUE, CAPTURE_QUEUE)
