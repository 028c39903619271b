"""Celery's side of evidence: thin sweeps that hand waiting work to its builder. Arguments are ids."""

import logging

from celery import shared_task
from django.utils import timezone

from cases.access import acting_as
from cases.pulse import beat
from evidence import orphans
from evidence.bundles import BUILDER, build_and_seal
from evidence.models import Bundle

SWEEP_SIZE = 20
log = logging.getLogger("recourse.tasks")


@shared_task
def sweep_bundles() -> int:
    """Build what was asked for, and what a killed worker left; one bundle that fails leaves the others alone."""
    with acting_as(BUILDER):
        waiting = Bundle.objects.to_build(at=timezone.now()).order_by("requested_at", "pk")
        found = list(waiting.values_list("pk", flat=True)[:SWEEP_SIZE])
    for bundle_id in found:
        try:
            build_and_seal(bundle_id)
        except Exception:
            log.exception("a bundle failed", extra={"event": "bundle"})
    beat("bundles")
    return len(found)


@shared_task
def sweep_orphans() -> int:
    """Remove stored and staged files that no row names any more: what a killed process left behind."""
    return orphans.sweep(at=timezone.now())
