"""What a second person's yes does to notices, and what that person reads before saying it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cases.actions.approval import Handler
from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Approval, ApprovalKind
from takedowns.actions import notice_approval
from takedowns.models import Means, Notice


def letter(approval: Approval, actor: Actor, at: datetime) -> Panel | None:
    """Return the letter as it was when it was asked for: what goes out is exactly this."""
    facts = approval.words()["facts"]
    if "text" not in facts:
        return None
    notice = Notice.objects.visible_to(actor).filter(pk=approval.subject_id).select_related("case").first()
    return Panel(
        "takedowns/_approval_letter.html", {"facts": facts, "notice": notice, "by_mail": facts["means"] == Means.MAIL}
    )


HANDLERS: Mapping[str, Handler] = {ApprovalKind.NOTICE_SEND: notice_approval.send}
PANELS: Mapping[str, Callable[..., Panel | None]] = {ApprovalKind.NOTICE_SEND: letter}
