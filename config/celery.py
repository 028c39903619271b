"""Celery and its whole timetable. The database is the queue: beat only rings, tasks carry ids only."""

import ctypes
import os
import signal

from celery import Celery
from celery.signals import beat_init, worker_init, worker_process_init

from config.startup import refuse_to_serve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("recourse")
PR_SET_PDEATHSIG = 1


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
            "do what is due in the outbox": {"task": "cases.tasks.sweep_effects", "schedule": every},
            "remind of what is late": {"task": "cases.tasks.sweep_reminders", "schedule": every},
            "follow the roster": {"task": "cases.tasks.sweep_roster", "schedule": every},
            "end sessions and tokens": {"task": "cases.tasks.sweep_ended", "schedule": 3600.0},
            "carry out what a second person allowed": {"task": "cases.tasks.sweep_approvals", "schedule": every},
            "erase what two people decided": {"task": "cases.tasks.sweep_erasures", "schedule": every},
            "follow the keeping times": {"task": "cases.tasks.sweep_retention", "schedule": 3600.0},
            "remove lists whose days are over": {"task": "cases.tasks.sweep_exports", "schedule": 900.0},
            "anchor the record": {"task": "cases.tasks.anchor_record", "schedule": 3600.0},
            "build requested bundles": {"task": "evidence.tasks.sweep_bundles", "schedule": every},
            "keep and compare fingerprints": {"task": "evidence.tasks.sweep_fingerprints", "schedule": every},
            "make papers of receipts": {"task": "evidence.tasks.sweep_receipts", "schedule": every},
            "ask for time stamps that are missing": {"task": "evidence.tasks.sweep_stamps", "schedule": 3600.0},
            "take in and clear away uploads": {"task": "evidence.tasks.sweep_uploads", "schedule": every},
            "end looks that ran out": {"task": "evidence.tasks.sweep_looks", "schedule": every},
            "read from new exhibits": {"task": "evidence.tasks.sweep_probes", "schedule": every},
            "capture pages that were asked for": {"task": "evidence.tasks.sweep_captures", "schedule": every},
            "verify stored files": {"task": "evidence.tasks.sweep_scrub", "schedule": 900.0},
            "remove files that no row names": {"task": "evidence.tasks.sweep_orphans", "schedule": 21_600.0},
            "look at links that are due": {"task": "takedowns.tasks.sweep_due_links", "schedule": every},
            "notice clocks that have passed": {"task": "takedowns.tasks.sweep_clocks", "schedule": every},
        },
    )


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


app.autodiscover_tasks(["cases", "evidence", "takedowns"])
