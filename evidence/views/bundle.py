"""Bundles of a case: ask for one, watch it being built, take a copy."""

from contextlib import ExitStack
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import bundle as bundle_actions
from evidence.actions import share as share_actions
from evidence.bundles import open_archive, release_basis
from evidence.forms import BundleForm, ShareForm
from evidence.models import Bundle, BundleState, Exhibit, Reader, Share
from evidence.outgoing import archive_response


@requires(Permission.BUNDLE_BUILD, methods=("GET", "POST"))
@one_use
def bundles(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the bundles of a case and the form that asks for one."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
        if case.is_age_locked:
            return redirect("cases:case", reference)
        offered = _offered(request, case)
        form = BundleForm(request.POST or None, offered=offered)
        if request.method == "POST" and form.is_valid():
            try:
                made = _ask(request, case, form)
            except IllegalMove as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("evidence:bundle", reference, made.pk)
        rows = list(Bundle.objects.visible_to(request.actor).filter(case=case).for_rows())
        media = Exhibit.objects.visible_to(request.actor).filter(case=case).sealed().count() - len(offered)
        context = case_page(request, case, tab="bundle", form=form, bundles=rows, offered=offered, media=media)
        return render(request, "evidence/bundle_list.html", context, status=422 if form.is_bound else 200)


@requires(Permission.BUNDLE_BUILD)
def bundle(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Show one bundle: how far it is, what is inside, and who may open it."""
    found = _bundle(request, reference, bundle_id)
    if found.case.is_age_locked:
        return redirect("cases:case", reference)
    initial = {"recipient": found.recipient, "purpose": found.purpose, "days": 3, "downloads": 2}
    form = ShareForm(initial=initial, reader=found.reader)
    return render(request, "evidence/bundle_detail.html", bundle_context(request, found, form))


@requires(Permission.BUNDLE_BUILD)
def changes(request: SignedInRequest, reference: str, bundle_id: UUID) -> JsonResponse:
    """Say whether a bundle is still in the state that the page shows."""
    found = _bundle(request, reference, bundle_id)
    is_other = found.state != request.GET.get("state")
    return JsonResponse({"changes": int(is_other), "text": _("The bundle has changed.") if is_other else ""})


@requires(Permission.BUNDLE_BUILD, methods=("POST",))
@one_use
def again(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Ask for the same bundle anew."""
    with acting_as(request.actor):
        old = _bundle(request, reference, bundle_id)
        try:
            made = bundle_actions.request_again(bundle_id=old.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("evidence:bundle", reference, old.pk)
    return redirect("evidence:bundle", reference, made.pk)


@requires(Permission.BUNDLE_BUILD, methods=("POST",), step_up=True)
@one_use
def download(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Send a sealed bundle's archive; each copy is in the record."""
    with ExitStack() as unsent:
        with acting_as(request.actor):
            found = _bundle(request, reference, bundle_id)
            try:
                if found.state != BundleState.SEALED:
                    raise IllegalMove(_("This bundle is not built yet."))
                opener = unsent.enter_context(open_archive(found))
                bundle_actions.note_download(bundle_id=found.pk, by=request.actor, at=timezone.now())
            except (IllegalMove, VaultError) as refusal:
                messages.error(request, str(refusal))
                return redirect("evidence:bundle", reference, bundle_id)
        response = archive_response(opener, found.reference)
        unsent.pop_all()
    return response


def bundle_context(request: SignedInRequest, found: Bundle, form: ShareForm) -> dict[str, Any]:
    """Return the context of one bundle's page, inside `acting_as`."""
    now: datetime = timezone.now()
    shares = list(Share.objects.visible_to(request.actor).filter(bundle=found).order_by("-made_at", "pk"))
    return case_page(
        request,
        found.case,
        tab="bundle",
        bundle=found,
        steps=_steps(found),
        shares=[{"row": share, "stands": share.revoked_at is None and share.expires_at > now} for share in shares],
        basis=release_basis(found.case, Reader(found.reader)),
        no_consent=_no_consent(found),
        may_share=request.user.may(Permission.BUNDLE_SHARE),
        form=form,
        changes_url=reverse("evidence:bundle_changes", args=[found.case.reference, found.pk]),
        now=now,
    )


def _ask(request: SignedInRequest, case: Case, form: BundleForm) -> Bundle:
    return bundle_actions.request(
        case_id=case.pk,
        reader=Reader(form.cleaned_data["reader"]),
        recipient=form.cleaned_data["recipient"],
        purpose=form.cleaned_data["purpose"],
        included=[UUID(text) for text in form.cleaned_data["included"]],
        by=request.actor,
        at=timezone.now(),
    )


def _offered(request: SignedInRequest, case: Case) -> list[Exhibit]:
    rows = Exhibit.objects.visible_to(request.actor).filter(case=case).sealed().for_rows()
    return [row for row in rows if not row.is_media]


def _bundle(request: SignedInRequest, reference: str, bundle_id: UUID) -> Bundle:
    rows = Bundle.objects.visible_to(request.actor).filter(case__reference=reference)
    found: Bundle = get_object_or_404(rows.select_related("case", "supersedes"), pk=bundle_id)
    return found


def _no_consent(found: Bundle) -> str:
    """Say why a bundle may not be shared yet, or nothing."""
    try:
        share_actions.refuse_without_consent(found.case, Reader(found.reader))
    except IllegalMove as refusal:
        return str(refusal)
    return ""


def _steps(found: Bundle) -> list[dict[str, str]]:
    """Return the three steps of a build as components/parts.html reads them."""
    order = [BundleState.REQUESTED, BundleState.BUILDING, BundleState.SEALED]
    reached = order.index(BundleState(found.state)) if found.state in order else 1
    words = [_("Asked for"), _("Being built"), _("Sealed")]
    is_sealed = found.state == BundleState.SEALED
    return [
        {
            "label": word,
            "state": "done" if place < reached or is_sealed else "now" if place == reached else "later",
        }
        for place, word in enumerate(words)
    ]
