"""Celery's side of takedowns: thin sweeps. Arguments are ids; the database knows what is due."""

import logging
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.pulse import beat, tell
from takedowns import mail_filing, mailbox, rechecks
from takedowns.actions import notice_clock
from takedowns.models import NoticeClock

SWEEP_SIZE = 500
CLOCKS = Actor.system("clocks")
log = logging.getLogger("recourse.tasks")


@shared_task
def sweep_due_links() -> int:
    """Look at one batch of links that are due, and ring again while there are more. Safe to run twice."""
    claimed = rechecks.look_once(fetch=rechecks.fetch_process(), at=timezone.now())
    if claimed:
        ring()
    beat("links")
    return claimed


@shared_task
def check_now(url_id: str) -> int:
    """A person asked for a look: the row is due already, so this is the same sweep, rung for."""
    log.info("a look was asked for", extra={"link": str(UUID(url_id))})
    return int(sweep_due_links())


@shared_task
def sweep_mail() -> int:
    """Fetch what lies in the mailbox, then sort and file what is here. Safe to run twice."""
    now = timezone.now()
    if settings.MAILBOX_URL:
        try:
            mailbox.fetch(mailbox.Address.of(settings.MAILBOX_URL), at=now)
        except mailbox.MailboxAway as away:
            log.warning(str(away), extra={"event": "mailbox"})
            tell("mailbox", str(away))
        else:
            tell("mailbox", "")
    moved = mail_filing.work(at=now)
    beat("mail")
    return moved


@shared_task
def sweep_clocks() -> int:
    """Turn clocks that have run out into the next step on Today."""
    now = timezone.now()
    with acting_as(CLOCKS):
        passed = list(NoticeClock.objects.passed(at=now).order_by("due_at").values_list("pk", flat=True)[:SWEEP_SIZE])
    for clock_id in passed:
        with acting_as(CLOCKS):
            notice_clock.miss(clock_id=clock_id, by=CLOCKS, at=now)
    beat("clocks")
    return len(passed)


def ring_after_commit() -> None:
    """Ring once the open transaction is through."""
    transaction.on_commit(ring)


def ring() -> None:
    """Tell a worker that links are due; when the queue is away the next sweep finds them."""
    try:
        sweep_due_links.apply_async(retry=False, ignore_result=True)
    except Exception:
        log.warning("could not ring; the sweep will find it", extra={"event": "ring"})
