"""Celery's side of evidence: thin sweeps that hand waiting work to its builder. Arguments are ids."""

import logging
import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from cases.access import acting_as
from cases.pulse import CAPTURE, beat, tell
from evidence import orphans, proof_sweep, resumable, scrub
from evidence.actions import bundle as bundle_actions
from evidence.actions import capture as capture_actions
from evidence.bundles import BUILDER, build_and_seal
from evidence.capture import browser
from evidence.capture import worker as capture_worker
from evidence.looking import sweep as looking
from evidence.matching import sweep as matching
from evidence.models import Bundle
from evidence.probes import run as probes

SWEEP_SIZE = 20
LONGEST_BUILD = 4 * 3600
"""How long one build may take, in seconds."""
PROBE_SECONDS = 60.0
SCRUB_SECONDS = 60.0
"""Rounds beside a long build are short: whoever asks for a capture waits for the end of one of them at most."""
log = logging.getLogger("recourse.tasks")


@shared_task(soft_time_limit=LONGEST_BUILD, time_limit=LONGEST_BUILD + 60)
def sweep_bundles() -> int:
    """Build one bundle that was asked for or that a killed worker left, and ring again; one that fails is passed over.

    A packet of thousands of exhibits takes an hour: this task alone may, and its claim is renewed every minute. While
    one is at work no other is begun, so that the slow worker's other process stays free.
    """
    with acting_as(BUILDER):
        waiting = Bundle.objects.to_build(at=timezone.now()).order_by("requested_at", "pk")
        found = list(waiting.values_list("pk", flat=True)[:SWEEP_SIZE])
    is_built = False
    for bundle_id in found:
        try:
            is_built = build_and_seal(bundle_id, alone=True)
        except Exception:
            log.exception("a bundle failed", extra={"event": "bundle"})
        if is_built:
            bundle_actions.ring()
            break
    beat("bundles")
    return int(is_built)


@shared_task
def sweep_captures() -> int:
    """Make one capture, and ring again while there are more: each in a task of its own, so that none waits long."""
    made = capture_worker.capture_next(at=timezone.now())
    tell(CAPTURE, browser.trouble())
    if made:
        capture_actions.ring()
    beat("captures")
    return int(made)


@shared_task
def sweep_orphans() -> int:
    """Remove stored and staged files that no row names any more: what a killed process left behind."""
    removed = orphans.sweep(at=timezone.now())
    beat("orphans")
    return removed


@shared_task
def sweep_uploads() -> int:
    """Take in what clients sent, and clear away uploads that nobody finished."""
    made = resumable.sweep(at=timezone.now())
    beat("uploads")
    return made


@shared_task
def sweep_fingerprints() -> int:
    """Make fingerprints that clients let us keep, and compare what is new."""
    made = matching.sweep(at=timezone.now())
    beat("fingerprints")
    return made


@shared_task
def sweep_receipts() -> int:
    """Make and sign the papers of receipts that were given."""
    made = proof_sweep.receipts(at=timezone.now())
    beat("receipts")
    return made


@shared_task
def sweep_stamps() -> int:
    """Ask again for time stamps that are missing or run out, and warn of a signing certificate that does."""
    at = timezone.now()
    proof_sweep.warn(at=at)
    put = proof_sweep.stamps(at=at)
    beat("stamps")
    return put


@shared_task
def sweep_looks() -> int:
    """End looks whose page said no more, and releases whose days are over."""
    ended = looking.sweep(at=timezone.now())
    beat("looks")
    return ended


@shared_task
def sweep_probes() -> int:
    """Read what is new from exhibits, in the sandbox; stops in time for the next sweep to take over."""
    until = time.monotonic() + PROBE_SECONDS
    done = probes.sweep(limit=SWEEP_SIZE, go_on=lambda: time.monotonic() < until)
    beat("probes")
    return done


def ring_uploads() -> None:
    """Tell a worker that a client sent files; when the queue is away the next sweep finds them."""
    try:
        sweep_uploads.apply_async(retry=False, ignore_result=True)
    except Exception:
        log.warning("could not ring; the sweep will find it", extra={"event": "ring"})


@shared_task
def sweep_scrub() -> int:
    """Verify a share of the stored files that are due; the rest waits for the next time."""
    counts = scrub.run(at=timezone.now(), most_bytes=settings.SCRUB_BYTES, seconds=SCRUB_SECONDS)
    beat("scrub")
    return counts.looked
