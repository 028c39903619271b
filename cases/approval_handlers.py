"""What a second person's yes does in this app, by kind."""

from cases.actions import age, export
from cases.actions.approval import Handler
from cases.models import ApprovalKind

HANDLERS: dict[str, Handler] = {
    ApprovalKind.AGE_UNLOCK: age.unlock,
    ApprovalKind.BULK_EXPORT: export.approved,
}
