"""Lay a client's own copy on their page, or take it off."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import client_copy as actions
from evidence.client_copy_forms import ClientCopyForm
from evidence.forms import ShareForm
from evidence.models import Bundle, ClientCopy
from evidence.views.bundle import bundle_context


@requires(Permission.BUNDLE_SHARE, methods=("POST",), step_up=True)
@one_use
def lay(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Lay a bundle that was made for the client on their page."""
    form = ClientCopyForm(request.POST)
    with acting_as(request.actor):
        rows = Bundle.objects.visible_to(request.actor).filter(case__reference=reference).select_related("case")
        bundle: Bundle = get_object_or_404(rows, pk=bundle_id)
        if form.is_valid():
            days = form.cleaned_data["lie_days"]
            try:
                actions.lay(bundle_id=bundle.pk, days=days, by=request.actor, at=timezone.now())
            except IllegalMove as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("It lies on their page now. Tell them in a safe way."))
            return redirect("evidence:bundle", reference, bundle.pk)
        context: dict[str, Any] = bundle_context(request, bundle, ShareForm(reader=bundle.reader))
        context["copy_form"] = form
        return render(request, "evidence/bundle_detail.html", context, status=422)


@requires(Permission.BUNDLE_SHARE, methods=("POST",), step_up=True)
@one_use
def end(request: SignedInRequest, reference: str, client_copy_id: UUID) -> HttpResponse:
    """Take it off their page."""
    with acting_as(request.actor):
        rows = ClientCopy.objects.visible_to(request.actor).filter(case__reference=reference)
        laid: ClientCopy = get_object_or_404(rows, pk=client_copy_id)
        try:
            actions.take_back(copy_id=laid.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("It is off their page. What they took already stays with them."))
    return redirect("evidence:bundle", reference, laid.bundle_id)
