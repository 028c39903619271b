"""Celery and its whole timetable. The database is the queue: beat only rings, tasks carry ids only."""

import ctypes
import os
import signal

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent, worker_init, worker_process_init

from config.runtime.workers import CAPTURE_QUEUE, QUICK_QUEUE, SLOW_QUEUE
from config.startup import refuse_to_serve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("recourse")
PR_SET_PDEATHSIG = 1
SHORTEST_RING = 300.0
"""Seconds after which a ring of beat's is worth nothing: a worker that was away finds few of them, not thousands."""

# Which queue each task waits in (ADR 0032). Quick: legal clocks, mail, reminders, looks at links, the last step of an
# upload. Slow: whatever decodes, sets pages, reads or deletes many stored files. Captures stand in a line of their own.
QUEUES: dict[str, str] = {
    "cases.tasks.anchor_record": QUICK_QUEUE,
    "cases.tasks.do_effect": QUICK_QUEUE,
    "cases.tasks.sweep_approvals": QUICK_QUEUE,
    "cases.tasks.sweep_effects": QUICK_QUEUE,
    "cases.tasks.sweep_ended": QUICK_QUEUE,
    "cases.tasks.sweep_erasures": SLOW_QUEUE,
    "cases.tasks.sweep_exports": QUICK_QUEUE,
    "cases.tasks.sweep_reminders": QUICK_QUEUE,
    "cases.tasks.sweep_retention": SLOW_QUEUE,
    "cases.tasks.sweep_roster": QUICK_QUEUE,
    "evidence.tasks.sweep_bundles": SLOW_QUEUE,
    "evidence.tasks.sweep_captures": CAPTURE_QUEUE,
    "evidence.tasks.sweep_fingerprints": SLOW_QUEUE,
    "evidence.tasks.sweep_looks": QUICK_QUEUE,
    "evidence.tasks.sweep_orphans": SLOW_QUEUE,
    "evidence.tasks.sweep_probes": SLOW_QUEUE,
    "evidence.tasks.sweep_receipts": SLOW_QUEUE,
    "evidence.tasks.sweep_scrub": SLOW_QUEUE,
    "evidence.tasks.sweep_stamps": QUICK_QUEUE,
    "evidence.tasks.sweep_uploads": QUICK_QUEUE,
    "takedowns.tasks.check_now": QUICK_QUEUE,
    "takedowns.tasks.sweep_clocks": QUICK_QUEUE,
    "takedowns.tasks.sweep_due_links": QUICK_QUEUE,
    "takedowns.tasks.sweep_mail": SLOW_QUEUE,
}

# Before anything rings: where a task goes cannot be changed any more once somebody has asked.
app.conf.update(
    # Each with an exchange of its own name: with the default one every message would lie in all three.
    task_queues={name: {"exchange": name, "routing_key": name} for name in (QUICK_QUEUE, SLOW_QUEUE, CAPTURE_QUEUE)},
    task_default_queue=QUICK_QUEUE,
    task_create_missing_queues=False,
    task_routes={task: {"queue": queue} for task, queue in QUEUES.items()},
)


@app.on_configure.connect  # type: ignore[union-attr]
def _configure(sender: Celery, **_: object) -> None:
    """Read the broker and the sweep's beat from Django's settings, late, so that importing this needs none."""
    from django.conf import settings

    every = float(settings.SWEEP_SECONDS)
    sender.conf.update(
        broker_url=settings.REDIS_URL,
        broker_connection_retry_on_startup=True,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_max_tasks_per_child=500,
        task_soft_time_limit=240,
        task_time_limit=300,
        broker_transport_options={
            "visibility_timeout": 900,
            "socket_connect_timeout": 2,
            "socket_timeout": 10,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        },
        worker_hijack_root_logger=False,
        beat_schedule={
            name: {"task": task, "schedule": seconds, "options": {"expires": max(seconds, SHORTEST_RING)}}
            for name, (task, seconds) in _timetable(every).items()
        },
    )


def _timetable(every: float) -> dict[str, tuple[str, float]]:
    """Return what beat rings for, and each how many seconds. What is due is in the database, not in the bell."""
    return {
        "do what is due in the outbox": ("cases.tasks.sweep_effects", every),
        "remind of what is late": ("cases.tasks.sweep_reminders", every),
        "follow the roster": ("cases.tasks.sweep_roster", every),
        "end sessions and tokens": ("cases.tasks.sweep_ended", 3600.0),
        "carry out what a second person allowed": ("cases.tasks.sweep_approvals", every),
        "erase what two people decided": ("cases.tasks.sweep_erasures", every),
        "follow the keeping times": ("cases.tasks.sweep_retention", 3600.0),
        "remove lists whose days are over": ("cases.tasks.sweep_exports", 900.0),
        "anchor the record": ("cases.tasks.anchor_record", 3600.0),
        "build requested bundles": ("evidence.tasks.sweep_bundles", every),
        "keep and compare fingerprints": ("evidence.tasks.sweep_fingerprints", every),
        "make papers of receipts": ("evidence.tasks.sweep_receipts", every),
        "ask for time stamps that are missing": ("evidence.tasks.sweep_stamps", 3600.0),
        "take in and clear away uploads": ("evidence.tasks.sweep_uploads", every),
        "end looks that ran out": ("evidence.tasks.sweep_looks", every),
        "read from new exhibits": ("evidence.tasks.sweep_probes", every),
        "capture pages that were asked for": ("evidence.tasks.sweep_captures", every),
        "verify stored files": ("evidence.tasks.sweep_scrub", 900.0),
        "remove files that no row names": ("evidence.tasks.sweep_orphans", 21_600.0),
        "look at links that are due": ("takedowns.tasks.sweep_due_links", every),
        "notice clocks that have passed": ("takedowns.tasks.sweep_clocks", every),
        "fetch, sort and file mail": ("takedowns.tasks.sweep_mail", every),
    }


@worker_init.connect
@beat_init.connect
def _need_the_keys(**_: object) -> None:
    """Refuse to start without the keys of the data."""
    refuse_to_serve()


@worker_process_init.connect
def _end_with_the_worker(**_: object) -> None:
    """Let the kernel end a pool process whose worker was killed: it would wait for work that cannot come."""
    worker = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker:
        os._exit(1)


@heartbeat_sent.connect
def _worker_lives(**_: object) -> None:
    """Tell Health which queues this worker empties: from its own process, so also while all below are at work."""
    from cases import pulse

    pulse.say_alive(*app.amqp.queues.consume_from)


@beat_init.connect
def _beat_tells(**_: object) -> None:
    """Tell Health of each ring, in beat's process alone."""
    after_task_publish.connect(_beat_lives)


def _beat_lives(**_: object) -> None:
    from cases import pulse

    pulse.say_alive(pulse.BEAT)


app.autodiscover_tasks(["cases", "evidence", "takedowns"])
