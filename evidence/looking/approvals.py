"""What a second person's yes does to a sealed original, and what they read before it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cases.actions.approval import Handler
from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Approval, ApprovalKind
from evidence.actions import release as release_actions
from evidence.models import Reader, Release


def asked(approval: Approval, actor: Actor, at: datetime) -> Panel | None:
    """Return what exactly would leave, for whom, and on which paper it was asked for."""
    facts = approval.words()["facts"]
    if "exhibit" not in facts:
        return None
    release = Release.objects.visible_to(actor).filter(pk=approval.subject_id).select_related("exhibit").first()
    reader = Reader(facts["reader"])
    power = str(reader.power.label) if reader.power is not None else ""
    context = {"facts": facts, "release": release, "reader": str(reader.label), "power": power}
    return Panel("evidence/_release_asked.html", context)


HANDLERS: Mapping[str, Handler] = {ApprovalKind.ORIGINAL_RELEASE: release_actions.allowed}
PANELS: Mapping[str, Callable[..., Panel | None]] = {ApprovalKind.ORIGINAL_RELEASE: asked}
