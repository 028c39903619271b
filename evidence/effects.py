"""How the effects of evidence happen: time stamps that were not there when a bundle was built, or run out."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from cases import outbox, timestamps
from cases.access import acting_as
from cases.actor import Actor
from cases.effects import Handler, failed
from cases.models import Effect
from cases.outbox import Claim
from cases.states import EffectState
from evidence.actions import proof as proof_actions
from evidence.models import Bundle, BundleStamp, BundleState
from evidence.proofs import renewal, stamps
from evidence.proofs.listing import manifest_of
from evidence.proofs.stamps import Clock

ACTOR = Actor.system("stamps")


def stamp_bundle(claimed: Claim, effect: Effect) -> None:
    """Get one stamp. Marked after: a second stamp of one bundle does no harm, a missing one does."""
    with acting_as(ACTOR):
        bundle = Bundle.objects.filter(pk=str(effect.subject_id)).first()
        name = str(effect.payload.get("authority", ""))
        good = BundleStamp.objects.good().filter(bundle=bundle, authority=name, renews=None)
        is_there = bundle is None or bundle.state != BundleState.SEALED or good.exists()
    authority = next((one for one in timestamps.authorities() if one.name == name), None)
    if is_there or authority is None or bundle is None:
        outbox.finish(claimed, at=timezone.now(), state=EffectState.DONE if is_there else EffectState.CANCELLED)
        return
    try:
        with acting_as(ACTOR):
            manifest = manifest_of(bundle)
        reply = stamps.ask(authority, manifest, clock=Clock())
    except timestamps.NoReply as trouble:
        _later(claimed, effect, error=f"{authority.name}: {trouble}")
        return
    _kept(claimed, effect, bundle, reply)


def renew_stamp(claimed: Claim, effect: Effect) -> None:
    """Lay a fresh stamp over an old one before the old one's certificate runs out. Marked after, as above."""
    with acting_as(ACTOR):
        old = BundleStamp.objects.select_related("bundle").filter(pk=str(effect.subject_id)).first()
        is_done = old is None or BundleStamp.objects.good().filter(renews=old).exists()
    authority = renewal.authority_for(old.authority) if old is not None else None
    if is_done or authority is None or old is None:
        outbox.finish(claimed, at=timezone.now(), state=EffectState.DONE if is_done else EffectState.CANCELLED)
        return
    try:
        reply = stamps.ask(authority, renewal.message_of(bytes(old.reply)), clock=Clock())
    except timestamps.NoReply as trouble:
        _later(claimed, effect, error=f"{authority.name}: {trouble}")
        return
    _kept(claimed, effect, old.bundle, reply, renews=old)


def _kept(
    claimed: Claim, effect: Effect, bundle: Bundle, reply: stamps.Reply, *, renews: BundleStamp | None = None
) -> None:
    now: datetime = timezone.now()
    with acting_as(ACTOR):
        proof_actions.keep_stamp(bundle_id=bundle.pk, reply=reply, by=ACTOR, at=now, renews=renews)
    if reply.is_good:
        outbox.finish(claimed, at=now)
    else:
        _later(claimed, effect, error=f"{reply.authority}: {reply.error}")


def _later(claimed: Claim, effect: Effect, *, error: str) -> None:
    if outbox.retry_later(claimed, at=timezone.now(), error=error) == EffectState.FAILED:
        failed(claimed, effect, error=error)


HANDLERS: Mapping[str, Handler] = {
    proof_actions.KIND: stamp_bundle,
    proof_actions.RENEW: renew_stamp,
}
