"""How an anchor gets its time stamp: the worker asks the authority, keeps the reply, then reads it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from cases import outbox, timestamps
from cases.access import acting_as
from cases.actions import stamp as stamp_actions
from cases.actions.anchor import message_of
from cases.actor import Actor
from cases.effects import Handler, failed
from cases.models import Anchor, AnchorStamp, Effect
from cases.outbox import Claim
from cases.states import EffectState

ACTOR = Actor.system("stamps")
CLOCKS_DIFFER = timedelta(minutes=5)


def stamp_anchor(claimed: Claim, effect: Effect) -> None:
    """Get one stamp. Marked after: a second stamp of one anchor does no harm, a missing one does."""
    with acting_as(ACTOR):
        anchor: Anchor = Anchor.objects.get(pk=str(effect.subject_id))
        name = str(effect.payload.get("authority", ""))
        is_there = AnchorStamp.objects.good().filter(anchor=anchor, authority=name).exists()
    authority = next((one for one in timestamps.authorities() if one.name == name), None)
    if is_there or authority is None:
        outbox.finish(claimed, at=timezone.now(), state=EffectState.DONE if is_there else EffectState.CANCELLED)
        return
    message = message_of(bytes(anchor.prev), bytes(anchor.heads_hash))
    query = timestamps.make_query(message)
    try:
        reply = timestamps.fetch(authority, query)
    except timestamps.NoReply as trouble:
        _later(claimed, effect, error=f"{authority.name}: {trouble}")
        return
    now = timezone.now()
    with acting_as(ACTOR):
        kept = stamp_actions.keep(anchor=anchor, authority=name, query=query, reply=reply, by=ACTOR, at=now)
    when, error = _worth(kept, anchor, now=now)
    with acting_as(ACTOR):
        stamp_actions.judge(stamp_id=kept.pk, stamped_at=when, error=error, by=ACTOR, at=now)
    if when is None:
        _later(claimed, effect, error=f"{authority.name}: {error}")
    else:
        outbox.finish(claimed, at=timezone.now())


def _worth(kept: AnchorStamp, anchor: Anchor, *, now: datetime) -> tuple[datetime | None, str]:
    try:
        when = timestamps.read(
            bytes(kept.reply),
            message=message_of(bytes(anchor.prev), bytes(anchor.heads_hash)),
            nonce=int(kept.nonce),
            query=bytes(kept.query),
            trusted=timestamps.roots(Path(settings.TSA_ROOTS)),
        )
    except timestamps.BadStamp as bad:
        return None, str(bad)
    except (OSError, ValueError) as error:
        return None, f"the root certificates cannot be read ({type(error).__name__})"
    if abs(when - now) > CLOCKS_DIFFER:
        return None, "its time does not fit ours"
    return when, ""


def _later(claimed: Claim, effect: Effect, *, error: str) -> None:
    if outbox.retry_later(claimed, at=timezone.now(), error=error) == EffectState.FAILED:
        failed(claimed, effect, error=error)


HANDLERS: Mapping[str, Handler] = {stamp_actions.KIND: stamp_anchor}
