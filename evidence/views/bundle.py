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

from cases import pulse
from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import bundle as bundle_actions
from evidence.actions import client_copy
from evidence.actions import share as share_actions
from evidence.bundles import open_archive, release_basis
from evidence.client_copy_forms import ClientCopyForm
from evidence.forms import ShareForm
from evidence.models import Bundle, BundleState, ClientCopy, Reader, Share
from evidence.outgoing import archive_response
from evidence.packet.profiles import PROFILES
from evidence.packet.progress import DONE
from evidence.packet.redaction import Hidden
from evidence.proofs import said
from evidence.share_page import questions
from evidence.views.bundle_new import asked

AROUND = 3
"""How many parts of a build are shown on either side of the one at work."""


@requires(Permission.BUNDLE_BUILD, methods=("GET", "POST"))
@one_use
def bundles(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the bundles of a case and the kinds of reader that one can be built for."""
    if request.method == "POST":
        return asked(request, reference)
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
        if case.is_age_locked:
            return redirect("cases:case", reference)
        rows = list(Bundle.objects.visible_to(request.actor).filter(case=case).for_rows())
        page = reverse("evidence:new_bundle", args=[reference])
        kinds = [
            {"label": str(reader.label), "line": PROFILES[reader].line, "url": f"{page}?reader={reader.value}"}
            for reader in Reader
        ]
        context = case_page(request, case, tab="bundle", bundles=rows, kinds=kinds)
        return render(request, "evidence/bundle_list.html", context)


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
    done = str(sum(part.get("state") == DONE for part in found.parts))
    away = str(int(_is_away(found)))
    asked_for = (request.GET.get("state"), request.GET.get("done", done), request.GET.get("away", away))
    is_other = asked_for != (found.state, done, away)
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


@requires(Permission.BUNDLE_BUILD, methods=("POST",))
@one_use
def stop(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Stop a build."""
    with acting_as(request.actor):
        found = _bundle(request, reference, bundle_id)
        try:
            bundle_actions.stop(bundle_id=found.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
    return redirect("evidence:bundle", reference, bundle_id)


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


def _is_away(found: Bundle) -> bool:
    """Whether a bundle waits for a worker that gives no sign of life."""
    waits = found.state in (BundleState.REQUESTED, BundleState.BUILDING)
    return waits and pulse.is_quiet(pulse.SLOW, now=timezone.now())


def bundle_context(request: SignedInRequest, found: Bundle, form: ShareForm) -> dict[str, Any]:
    """Return the context of one bundle's page, inside `acting_as`."""
    now: datetime = timezone.now()
    is_for_client = found.reader == Reader.CLIENT and found.state == BundleState.SEALED
    shares = list(Share.objects.visible_to(request.actor).filter(bundle=found).order_by("-made_at", "pk"))
    return case_page(
        request,
        found.case,
        tab="bundle",
        bundle=found,
        steps=_steps(found),
        done=sum(part.get("state") == DONE for part in found.parts),
        is_away=_is_away(found),
        hidden=[Hidden.of_row(row) for row in found.hidden],
        shares=[{"row": share, "stands": share.revoked_at is None and share.expires_at > now} for share in shares],
        basis=release_basis(found.case, Reader(found.reader)),
        no_consent=_no_consent(found),
        may_share=request.user.may(Permission.BUNDLE_SHARE),
        form=form,
        proof=said.of(found),
        questions=questions(found),
        changes_url=reverse("evidence:bundle_changes", args=[found.case.reference, found.pk]),
        now=now,
        for_client=is_for_client,
        **(_client_copy(found, now) if is_for_client else {}),
    )


def _bundle(request: SignedInRequest, reference: str, bundle_id: UUID) -> Bundle:
    rows = Bundle.objects.visible_to(request.actor).filter(case__reference=reference)
    found: Bundle = get_object_or_404(rows.select_related("case", "supersedes", "supplements"), pk=bundle_id)
    return found


def _client_copy(found: Bundle, now: datetime) -> dict[str, Any]:
    """Return what the card on the client's own copy shows."""
    rows = ClientCopy.objects.filter(bundle=found)
    try:
        client_copy.refuse_without_page(found.case)
        no_page = ""
    except IllegalMove as refusal:
        no_page = str(refusal)
    return {
        "laid": rows.standing(at=now).first(),
        "kept_here": rows.filter(kept_here=True).exists(),
        "copy_form": ClientCopyForm(),
        "no_page": no_page,
    }


def _no_consent(found: Bundle) -> str:
    """Say why a bundle may not be shared yet, or nothing."""
    try:
        share_actions.refuse_without_consent(found.case, Reader(found.reader))
    except IllegalMove as refusal:
        return str(refusal)
    return ""


def _steps(found: Bundle) -> list[dict[str, str]]:
    """Return the steps of a build as components/parts.html reads them: a few whole ones until the parts are known."""
    if found.parts and found.state in (BundleState.BUILDING, BundleState.FAILED, BundleState.STOPPED):
        return _folded(found.parts)
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


def _folded(parts: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the parts around the one at work; those further away are one line each way, so that a page stays short."""
    at = next((place for place, part in enumerate(parts) if part["state"] != DONE), len(parts))
    first, last = max(0, at - AROUND), min(len(parts), at + AROUND + 1)
    shown = list(parts[first:last])
    if first:
        shown.insert(0, {"label": _("%(n)d parts before") % {"n": first}, "state": DONE})
    if last < len(parts):
        shown.append({"label": _("%(n)d parts to come") % {"n": len(parts) - last}, "state": "later"})
    return shown
