"""Write a note: a fact, the client's words, or an opinion, and said to be so."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actions import note as note_actions
from cases.forms import NoteForm
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, NoteNature
from cases.permissions import Permission
from cases.views.timeline import timeline_context


@requires(Permission.CASE_EDIT, methods=("POST",))
@one_use
def write(request: SignedInRequest, reference: str) -> HttpResponse:
    """Write one note into a case."""
    now = timezone.now()
    form = NoteForm(request.POST)
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor).select_related("owner"), reference=reference)
        if case.is_age_locked:
            raise Http404
        if not form.is_valid():
            return render(request, "cases/timeline.html", timeline_context(request, case, form=form), status=422)
    nature, text = NoteNature(form.cleaned_data["nature"]), form.cleaned_data["text"]
    with acting_as(request.actor):
        note_actions.write(case_id=case.pk, nature=nature, text=text, author=request.user, by=request.actor, at=now)
    messages.success(request, _("Note kept."))
    return redirect("cases:timeline", case.reference)
