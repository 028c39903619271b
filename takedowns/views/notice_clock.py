"""Write down that a clock of a notice stands still, runs on, or was started anew."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.access import acting_as
from cases.clocks import ClockEvent, Happened
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from takedowns.actions import notice_clock
from takedowns.forms import ClockForm
from takedowns.models import NoticeClock
from takedowns.views.notice_sent import sent_notice

SAID = {
    Happened.PAUSED: _("The clock stands still."),
    Happened.RESUMED: _("The clock runs on."),
    Happened.RESTARTED: _("The clock was started anew."),
}


@requires(Permission.NOTICE_SEND, methods=("POST",))
@one_use
def change_clock(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Pause, resume or restart one clock of a notice."""
    form = ClockForm(request.POST)
    with acting_as(request.actor):
        found = sent_notice(request, reference, notice_id)
        its = set(NoticeClock.objects.visible_to(request.actor).filter(notice=found).values_list("pk", flat=True))
    if not form.is_valid():
        messages.error(request, " ".join(str(said) for errors in form.errors.values() for said in errors))
        return redirect("takedowns:notice", reference, notice_id)
    given, now = form.cleaned_data, timezone.now()
    if given["clock"] not in its:
        raise Http404
    kind = Happened(given["do"])
    event = ClockEvent(kind, given["since"] or now, given["why"])
    try:
        with acting_as(request.actor):
            notice_clock.happened(clock_id=given["clock"], event=event, by=request.actor, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(SAID[kind]))
    return redirect("takedowns:notice", reference, notice_id)
