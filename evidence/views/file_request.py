"""Let a client send files over their own page, until a day; take it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import file_request as actions
from evidence.forms_upload import FileRequestForm, UploadForm
from evidence.views.upload import list_context


@requires(Permission.CLIENT_MESSAGE, methods=("POST",))
@one_use
def ask(request: SignedInRequest, reference: str) -> HttpResponse:
    """Ask for files in words that the client reads."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
        form = FileRequestForm(request.POST)
        if not form.is_valid():
            if case.is_age_locked:
                return redirect("cases:case", reference)
            context = list_context(request, case, UploadForm(), asking=form)
            return render(request, "evidence/exhibit_list.html", context, status=422)
    try:
        with acting_as(request.actor):
            actions.ask(
                case_id=case.pk,
                words=form.cleaned_data["words"],
                until=form.cleaned_data["until"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The client can send files on their page now."))
    return redirect("evidence:exhibits", reference)


@requires(Permission.CLIENT_MESSAGE, methods=("POST",))
@one_use
def end(request: SignedInRequest, reference: str) -> HttpResponse:
    """Take the request back."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    try:
        with acting_as(request.actor):
            actions.withdraw(case_id=case.pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The client can send no more files."))
    return redirect("evidence:exhibits", reference)
