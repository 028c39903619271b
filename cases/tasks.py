"""Celery's side of cases: thin sweeps that hand due rows to actions and handlers. Arguments are ids."""

import logging
from collections.abc import Callable
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from cases import erasing, outbox, purge, roster
from cases.access import acting_as
from cases.actions import anchor as anchor_actions
from cases.actions import approval, export, limit, look, register_entry, reminder, second, stamp
from cases.actor import Actor
from cases.effects import all_handlers
from cases.http import TOKEN_KEPT
from cases.models import Approval, CaseTask, Effect, Export, FormToken, RegisterEntry, TrusteeLink
from cases.pulse import beat
from cases.register import REGISTER_WARNS
from cases.sessions import SessionStore
from cases.vault import Vault

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
    """Put the reminders into the outbox that are due: one mail for each person, platform and turn."""
    now = timezone.now()
    actor = Actor.system("reminders")
    with acting_as(actor):
        late = list(CaseTask.objects.to_remind(at=now).order_by("due_at").values_list("pk", flat=True)[:SWEEP_SIZE])
    try:
        with acting_as(actor):
            reminder.remind_together(task_ids=late, by=actor, at=now)
    except Exception:
        # One case that cannot be read must not hold up the rest.
        log.exception("reminders one by one")
        for task_id in late:
            try:
                with acting_as(actor):
                    reminder.remind(task_id=task_id, by=actor, at=now)
            except Exception:
                log.exception("a reminder failed", extra={"task": str(task_id)})
    beat("reminders")
    return len(late)


@shared_task
def sweep_roster() -> int:
    """Follow the roster: on-call access, and what call-takers left behind."""
    done = roster.sweep(now=timezone.now())
    beat("roster")
    return done


@shared_task
def sweep_ended() -> None:
    """Remove ended sessions and old form tokens."""
    SessionStore.clear_expired()
    FormToken.objects.filter(used_at__lt=timezone.now() - TOKEN_KEPT).delete()
    limit.remove_old(at=timezone.now())
    beat("ended")


@shared_task
def anchor_record() -> None:
    """Anchor the days that have ended, ask for their time stamps, and tell of refusals that were only counted."""
    actor = Actor.system("anchor")
    now = timezone.now()
    with acting_as(actor):
        anchor_actions.make_anchors(by=actor, at=now)
        stamp.ask(by=actor, at=now)
        look.tell_refusals(at=now)
    beat("anchor")


@shared_task
def sweep_approvals() -> int:
    """Carry out what trustees answered and what 24 hours allowed; end what stood too long. One failure is alone."""
    now = timezone.now()
    actor = Actor.system("approvals")
    with acting_as(actor):
        said = TrusteeLink.objects.answered().order_by("answered_at")
        answered = list(said.values_list("pk", flat=True)[:SWEEP_SIZE])
        ready = list(Approval.objects.due(at=now).order_by("ready_at").values_list("pk", flat=True)[:SWEEP_SIZE])
        old = list(Approval.objects.too_old(at=now).order_by("expires_at").values_list("pk", flat=True)[:SWEEP_SIZE])
    steps: list[tuple[Callable[..., object], dict[str, UUID]]] = [
        *((second.carry_out_answer, {"link_id": link_id}) for link_id in answered),
        *((second.carry_out_delay, {"approval_id": approval_id}) for approval_id in ready),
        *((approval.lapse, {"approval_id": approval_id}) for approval_id in old),
    ]
    for step, which in steps:
        try:
            with acting_as(actor):
                step(**which, by=actor, at=now)
        except Exception:
            log.exception("an approval failed", extra={"approval": str(*which.values())})
    beat("approvals")
    return len(steps)


@shared_task
def sweep_erasures() -> int:
    """Carry out erasures that two people decided, and go on with what a killed worker left."""
    done = erasing.erase_waiting(at=timezone.now())
    beat("erasures")
    return done


@shared_task
def sweep_retention() -> int:
    """Announce what goes by rule, remove what was announced, remind of the register. Safe to run twice."""
    now = timezone.now()
    purge.announce(at=now)
    gone = purge.purge(at=now) + purge.contacts(at=now)
    actor = Actor.system("register")
    with acting_as(actor):
        soon = RegisterEntry.objects.due(by=now + REGISTER_WARNS).filter(reminded_at=None)
        entries = list(soon.values_list("pk", flat=True)[:SWEEP_SIZE])
    for entry_id in entries:
        with acting_as(actor):
            register_entry.remind(entry_id=entry_id, by=actor, at=now)
    beat("retention")
    return gone


@shared_task
def sweep_exports() -> int:
    """Remove lists whose days are over or whose askers lost them, and end those that nobody allowed."""
    now = timezone.now()
    actor = Actor.system("exports")
    with acting_as(actor):
        over = Export.objects.to_remove(at=now).values_list("pk", flat=True)[:SWEEP_SIZE]
        old = list(dict.fromkeys([*over, *export.lost()]))
        export.end_refused(by=actor, at=now)
    for export_id in old:
        with acting_as(actor):
            name = export.remove(export_id=export_id, by=actor, at=now)
        # After the commit: a file that could not be deleted now is an orphan, and swept as one.
        if name:
            Vault().delete(name)
    beat("exports")
    return len(old)
