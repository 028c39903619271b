"""Handing a bundle over by staff: cut it into encrypted volumes, take them for a stick, take the packet to print."""

import base64
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import volume as volume_actions
from evidence.bundles import open_archive
from evidence.handout import NotThere, packet_response, volume_response
from evidence.handover_forms import VolumeForm
from evidence.models import Bundle, BundleState, Receipt, Share, VolumeSet
from evidence.outgoing import bytes_response
from evidence.proofs import beside, inside
from evidence.proofs.inside import Entry
from evidence.share_page import newest_volumes, volume_name

SHOWN_ONCE = "volumes_shown_once"


@requires(Permission.BUNDLE_SHARE, methods=("GET", "POST"), step_up=True)
@one_use
def volumes(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Show the volumes of a bundle, and make a new set; its password is shown once, on the page that follows."""
    with acting_as(request.actor):
        bundle = _bundle(request, reference, bundle_id)
        if bundle.case.is_age_locked:
            return redirect("cases:case", reference)
        form = VolumeForm(request.POST or None, initial={"max_bytes": 100_000_000, "max_files": 1000})
        if request.method == "POST" and form.is_valid():
            try:
                made = volume_actions.make(
                    bundle_id=bundle.pk,
                    inside=files_inside(bundle),
                    by=request.actor,
                    at=timezone.now(),
                    **form.cleaned_data,
                )
            except (IllegalMove, VaultError) as refusal:
                form.add_error(None, str(refusal))
            else:
                request.session[SHOWN_ONCE] = {"set": str(made.volumes.pk), "password": made.password}
                return redirect("evidence:volumes", reference, bundle_id)
        context = _context(request, bundle, form)
        return render(request, "evidence/volumes.html", context, status=422 if form.is_bound else 200)


def files_inside(bundle: Bundle) -> list[Entry]:
    """Return the list of files in a bundle's archive; no byte of them leaves. Raises VaultError, IllegalMove."""
    if bundle.state != BundleState.SEALED:
        raise IllegalMove(_("This bundle is not built yet."))
    with open_archive(bundle) as opener:
        try:
            return inside.entries(opener)
        except inside.NotOurs as error:
            raise IllegalMove(_("The archive of this bundle cannot be cut.")) from error


@requires(Permission.BUNDLE_SHARE, methods=("POST",), step_up=True)
@one_use
def take(request: SignedInRequest, reference: str, bundle_id: UUID, number: int) -> HttpResponse:
    """Send one volume of the newest set; each is in the record."""
    with ExitStack() as unsent:
        with acting_as(request.actor):
            bundle = _bundle(request, reference, bundle_id)
            cut = newest_volumes(bundle)
            if cut is None or not 1 <= number <= len(cut.volumes):
                messages.error(request, _("There is no such volume."))
                return redirect("evidence:volumes", reference, bundle_id)
            bundle.opened()
            try:
                opener = unsent.enter_context(open_archive(bundle))
                name = volume_name(cut, number)
                volume_actions.note_download(bundle_id=bundle.pk, what=name, by=request.actor, at=timezone.now())
            except (IllegalMove, VaultError) as refusal:
                messages.error(request, str(refusal))
                return redirect("evidence:volumes", reference, bundle_id)
        try:
            response = volume_response(opener, bundle=bundle, cut=cut, number=number)
        except NotThere:
            messages.error(request, _("This is not in the bundle."))
            return redirect("evidence:bundle", reference, bundle_id)
        unsent.pop_all()
    return response


@requires(Permission.BUNDLE_SHARE, methods=("POST",), step_up=True)
@one_use
def packet(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Send the packet alone, to print; each is in the record."""
    with ExitStack() as unsent:
        with acting_as(request.actor):
            bundle = _bundle(request, reference, bundle_id)
            try:
                if bundle.state != BundleState.SEALED:
                    raise IllegalMove(_("This bundle is not built yet."))
                opener = unsent.enter_context(open_archive(bundle))
                volume_actions.note_download(bundle_id=bundle.pk, what="packet", by=request.actor, at=timezone.now())
            except (IllegalMove, VaultError) as refusal:
                messages.error(request, str(refusal))
                return redirect("evidence:bundle", reference, bundle_id)
        try:
            response = packet_response(opener, reference=bundle.reference)
        except NotThere:
            messages.error(request, _("This is not in the bundle."))
            return redirect("evidence:bundle", reference, bundle_id)
        unsent.pop_all()
    return response


@requires(Permission.BUNDLE_BUILD)
def stamps(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Give the time stamps that came after the bundle was sealed."""
    bundle = _bundle(request, reference, bundle_id)
    data = beside.archive_of(bundle)
    if data is None:
        messages.info(request, _("No time stamp came later."))
        return redirect("evidence:bundle", reference, bundle_id)
    return bytes_response(data, name=f"{bundle.reference}-timestamp.zip", content_type="application/zip")


@requires(Permission.BUNDLE_BUILD)
def receipt(request: SignedInRequest, reference: str, share_id: UUID) -> HttpResponse:
    """Give the paper of a receipt."""
    shares = Share.objects.visible_to(request.actor).filter(case__reference=reference).select_related("bundle")
    share: Share = get_object_or_404(shares, pk=share_id)
    found = Receipt.objects.visible_to(request.actor).filter(share=share, is_made=True).first()
    if found is None:
        messages.info(request, _("There is no receipt yet."))
        return redirect("evidence:bundle", reference, share.bundle_id)
    data = base64.b64decode(found.document)
    return bytes_response(data, name=f"{share.bundle.reference}-receipt.pdf", content_type="application/pdf")


def _context(request: SignedInRequest, bundle: Bundle, form: VolumeForm) -> dict[str, Any]:
    shown = request.session.pop(SHOWN_ONCE, None) or {}
    found = newest_volumes(bundle)
    return case_page(
        request,
        bundle.case,
        tab="bundle",
        bundle=bundle,
        form=form,
        cut=found,
        password=shown.get("password", "") if found is not None and shown.get("set") == str(found.pk) else "",
        earlier=VolumeSet.objects.filter(bundle=bundle).count() - 1,
    )


def _bundle(request: SignedInRequest, reference: str, bundle_id: UUID) -> Bundle:
    rows = Bundle.objects.visible_to(request.actor).filter(case__reference=reference).select_related("case")
    found: Bundle = get_object_or_404(rows, pk=bundle_id)
    return found
