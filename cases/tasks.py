"""Celery's side of cases: thin sweeps that hand due rows to actions and handlers. Arguments are ids."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import anchor as anchor_actions
from cases.actions import reminder
from cases.actor import Actor
from cases.effects import all_handlers
from cases.http import TOKEN_KEPT
from cases.models import CaseTask, Effect, FormToken
from cases.pulse import beat
from cases.sessions import SessionStore

SWEEP_SIZE = 200
log = logging.getLogger("recourse.tasks")


@shared_task
def sweep_effects() -> int:
    """Do what is due in the outbox; one failing effect leaves the others alone. Safe to run twice."""
    now = timezone.now()
    with acting_as(Actor.system("sweep")):
        due = list(Effect.objects.due(at=now).order_by("due_at", "pk").values_list("pk", flat=True)[:SWEEP_SIZE])
    for effect_id in due:
        try:
            do_effect(str(effect_id))
        except Exception:
            log.exception("an effect failed", extra={"effect": str(effect_id)})
    beat("effects")
    return len(due)


@shared_task
def do_effect(effect_id: str) -> None:
    """Claim and carry out one effect; nothing when another worker has it."""
    now = timezone.now()
    handlers = all_handlers()
    claimed = outbox.claim(UUID(effect_id), at=now)
    if claimed is None:
        return
    effect = Effect.objects.select_related("case").get(pk=claimed.effect_id)
    handler = handlers.get(effect.kind)
    if handler is None:
        outbox.retry_later(claimed, at=now, error=f"nobody handles {effect.kind}")
        return
    try:
        handler(claimed, effect)
    except Exception as error:
        outbox.retry_later(claimed, at=timezone.now(), error=type(error).__name__)
        raise


@shared_task
def sweep_reminders() -> int:
    """Put one reminder into the outbox for each task whose time has passed."""
    now = timezone.now()
    actor = Actor.system("reminders")
    with acting_as(actor):
        late = list(CaseTask.objects.to_remind(at=now).order_by("due_at").values_list("pk", flat=True)[:SWEEP_SIZE])
    for task_id in late:
        with acting_as(actor):
            reminder.remind(task_id=task_id, by=actor, at=now)
    beat("reminders")
    return len(late)


@shared_task
def sweep_ended() -> None:
    """Remove ended sessions and old form tokens."""
    SessionStore.clear_expired()
    FormToken.objects.filter(used_at__lt=timezone.now() - TOKEN_KEPT).delete()
    beat("ended")


@shared_task
def anchor_record() -> None:
    """Anchor yesterday's record once."""
    actor = Actor.system("anchor")
    with acting_as(actor):
        anchor_actions.make_anchor(by=actor, at=timezone.now())
    beat("anchor")
