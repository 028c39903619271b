"""What the worker does for the staff: hands over the work of one who left, follows up a refused emergency."""

from collections.abc import Mapping
from uuid import UUID

from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import emergency, handover
from cases.actions import staff as staff_actions
from cases.actor import Actor, ActorKind
from cases.effects import Handler
from cases.models import Effect
from cases.outbox import Claim
from cases.states import EffectState, IllegalMove

ACTOR = Actor.system("outbox")


def hand_over(claimed: Claim, effect: Effect) -> None:
    """Hand over the work of somebody who left. Doing it twice finds nothing left, so it is marked afterwards."""
    now = timezone.now()
    try:
        with acting_as(ACTOR):
            words = dict(effect.payload)
            by = Actor(ActorKind.USER, UUID(words["by"])) if words["by"] else ACTOR
            handover.hand_over_everything(user_id=UUID(words["person"]), to_id=UUID(words["to"]), by=by, at=now)
    except IllegalMove as refusal:
        outbox.finish(claimed, at=now, state=EffectState.FAILED, error=str(refusal))
    else:
        outbox.finish(claimed, at=timezone.now())


def emergency_refused(claimed: Claim, effect: Effect) -> None:
    """Look whether a refused emergency access was a barred colleague's, and tell the supervisors of that case."""
    now = timezone.now()
    with acting_as(ACTOR):
        words = dict(effect.payload)
        person = UUID(words["person"])
        emergency.refused(reference=words["reference"], person_id=person, reason=words["why"], by=ACTOR, at=now)
        outbox.finish(claimed, at=now)


HANDLERS: Mapping[str, Handler] = {staff_actions.HAND_OVER: hand_over, emergency.REFUSED: emergency_refused}
