"""What a person does with a mail that lies at its notice: mark it as read, take over its ticket number."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from takedowns.actions import reply as actions
from takedowns.models import Reply
from takedowns.views.reported_url import case_of


def _reply(request: SignedInRequest, reference: str, notice_id: UUID, reply_id: UUID) -> Reply:
    mine = Reply.objects.visible_to(request.actor).filter(case=case_of(request, reference), notice_id=notice_id)
    found: Reply = get_object_or_404(mine, pk=reply_id)
    return found


@requires(Permission.NOTICE_WRITE, methods=("POST",))
@one_use
def read(request: SignedInRequest, reference: str, notice_id: UUID, reply_id: UUID) -> HttpResponse:
    """Mark a reply as read."""
    with acting_as(request.actor):
        _reply(request, reference, notice_id, reply_id)
    with acting_as(request.actor):
        actions.mark_read(reply_id=reply_id, by=request.actor, at=timezone.now())
    messages.success(request, _("Marked as read. If they decided something, record their answer."))
    return redirect("takedowns:notice", reference, notice_id)


@requires(Permission.NOTICE_WRITE, methods=("POST",))
@one_use
def ticket(request: SignedInRequest, reference: str, notice_id: UUID, reply_id: UUID) -> HttpResponse:
    """Take over a ticket number that a reply seems to name."""
    with acting_as(request.actor):
        found = _reply(request, reference, notice_id, reply_id)
        suggested = {one["text"] for one in found.tickets}
    chosen = request.POST.get("ticket", "")
    if chosen not in suggested:
        messages.error(request, _("This number does not stand in the mail."))
        return redirect("takedowns:notice", reference, notice_id)
    try:
        with acting_as(request.actor):
            actions.take_ticket(reply_id=reply_id, ticket=chosen, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The ticket number is kept with the notice."))
    return redirect("takedowns:notice", reference, notice_id)
