"""What a second person's yes ends: a hold, a case, an entry of the register. And what they are shown before it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cases import erasing, register
from cases.actions import erasure, hold, register_entry
from cases.actions.approval import Handler
from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Approval, ApprovalKind, ErasureReason, Hold, RegisterEntry


def _erase(approval: Approval, by: Actor, at: datetime) -> None:
    erasure.granted(approval=approval, by=by, at=at)


def _lift(approval: Approval, by: Actor, at: datetime) -> None:
    hold.lift_granted(approval=approval, by=by, at=at)


def _delete_entry(approval: Approval, by: Actor, at: datetime) -> None:
    register_entry.deletion_granted(approval=approval, by=by, at=at)


HANDLERS: Mapping[str, Handler] = {
    ApprovalKind.ERASURE: _erase,
    ApprovalKind.HOLD_LIFT: _lift,
    ApprovalKind.REGISTER_DELETION: _delete_entry,
}


def _erasure(approval: Approval, actor: Actor, at: datetime) -> Panel:
    return Panel(
        "cases/_erasure_panel.html",
        {
            "case": approval.case,
            "reason": ErasureReason(approval.facts.get("reason", ErasureReason.CLIENT)).label,
            "counts": erasing.in_words(erasing.what_goes(approval.case_id)) if approval.case_id else [],
        },
    )


def _hold(approval: Approval, actor: Actor, at: datetime) -> Panel:
    return Panel("cases/_hold_panel.html", {"hold": Hold.objects.filter(pk__in=[approval.subject_id]).first()})


def _register(approval: Approval, actor: Actor, at: datetime) -> Panel:
    entry = RegisterEntry.objects.visible_to(actor).filter(pk=approval.subject_id).first()
    steps = [register.STEPS[name] for name in entry.steps] if entry else []
    return Panel("cases/_register_panel.html", {"entry": entry, "steps": steps})


PANELS: Mapping[str, Callable[[Approval, Actor, datetime], Panel]] = {
    ApprovalKind.ERASURE: _erasure,
    ApprovalKind.HOLD_LIFT: _hold,
    ApprovalKind.REGISTER_DELETION: _register,
}
