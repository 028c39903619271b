"""How a list is made by a worker: what its asker may see at that moment, sealed into the vault."""

from collections.abc import Mapping

from django.utils import timezone

from cases import exports, outbox
from cases.access import acting_as
from cases.actions import export as export_actions
from cases.actor import Actor
from cases.effects import Handler
from cases.models import Effect
from cases.outbox import Claim
from cases.states import IllegalMove
from cases.vault import Vault, VaultError

ACTOR = Actor.system("exports")


def build(claimed: Claim, effect: Effect) -> None:
    """Make one list. Marked after it was made: a second file is removed, a lost one would cost a person's time."""
    now = timezone.now()
    assert effect.subject_id is not None
    with acting_as(ACTOR):
        export = export_actions.start(export_id=effect.subject_id, at=now)
    if export is None:
        outbox.finish(claimed, at=now)
        return
    asker = Actor.user(export.asked_by)
    try:
        with acting_as(asker):
            built = exports.build(export.pk, export.kind, asker, export.filters)
    except VaultError as trouble:
        outbox.retry_later(claimed, at=timezone.now(), error=type(trouble).__name__)
        return
    try:
        with acting_as(ACTOR):
            export_actions.made(export_id=export.pk, built=built, by=ACTOR, at=timezone.now())
    except IllegalMove:
        Vault().delete(built.stored.name)
    outbox.finish(claimed, at=timezone.now())


HANDLERS: Mapping[str, Handler] = {export_actions.BUILD: build}
