"""Mark a task as done."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actions import case_task as task_actions
from cases.http import SignedInRequest, one_use, requires
from cases.models import CaseTask
from cases.permissions import Permission
from cases.queue import in_words
from cases.states import IllegalMove


@requires(Permission.CASE_EDIT, methods=("POST",))
@one_use
def done(request: SignedInRequest, task_id: UUID) -> HttpResponse:
    """Mark one task as done, and lead back to the list it was pressed on."""
    with acting_as(request.actor):
        task = get_object_or_404(CaseTask.objects.visible_to(request.actor).select_related("case"), pk=task_id)
        words = in_words(task)
    try:
        with acting_as(request.actor):
            task_actions.finish(task_id=task.pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        needs_note = task.kind in task_actions.NEEDS_A_NOTE
        messages.info(request, str(refusal) if needs_note else _("That was ended already."))
    else:
        said = {"what": words.title, "case": task.case.reference}
        messages.success(request, _("Done: %(what)s (%(case)s)") % said)
    back = request.POST.get("back", "")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if safe else "cases:today")
