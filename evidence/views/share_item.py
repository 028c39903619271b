"""What a recipient takes besides the whole archive, what they confirm, and what they ask."""

import base64
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SharedRequest, one_use, requires_share
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import receipt as receipt_actions
from evidence.actions import share_item as share_item_actions
from evidence.actions.share import NoneLeft
from evidence.bundles import open_archive
from evidence.handout import NotThere, packet_response, volume_response
from evidence.handover_forms import QuestionForm, ReceiptForm
from evidence.models import Bundle, Receipt, Share
from evidence.outgoing import bytes_response
from evidence.proofs import beside
from evidence.share_page import PACKET, newest_volumes, share_context, volume_name


@requires_share(methods=("POST",))
def packet(request: SharedRequest) -> HttpResponse:
    """Send the packet alone and count it."""
    with ExitStack() as unsent:
        with acting_as(request.actor):
            bundle = _bundle(request)
            try:
                opener = unsent.enter_context(open_archive(bundle))
                share_item_actions.take(
                    door_id=request.opened_door_id, name=PACKET, by=request.actor, at=timezone.now()
                )
            except (VaultError, NoneLeft) as refusal:
                return _not_sent(request, refusal)
        try:
            response = packet_response(opener, reference=bundle.reference)
        except NotThere:
            return _not_sent(request, NotThere(_("This is not there. Ask us for it.")))
        unsent.pop_all()
    return response


@requires_share(methods=("POST",))
def volume(request: SharedRequest, number: int) -> HttpResponse:
    """Send one encrypted volume and count it."""
    with ExitStack() as unsent:
        with acting_as(request.actor):
            bundle = _bundle(request)
            cut = newest_volumes(bundle)
            if cut is None or not 1 <= number <= len(cut.volumes):
                return _not_sent(request, NotThere(_("There is no such volume.")))
            bundle.opened()
            name = volume_name(cut, number)
            try:
                opener = unsent.enter_context(open_archive(bundle))
                share_item_actions.take(door_id=request.opened_door_id, name=name, by=request.actor, at=timezone.now())
            except (VaultError, NoneLeft) as refusal:
                return _not_sent(request, refusal)
        try:
            response = volume_response(opener, bundle=bundle, cut=cut, number=number)
        except NotThere:
            return _not_sent(request, NotThere(_("This is not there. Ask us for it.")))
        unsent.pop_all()
    return response


@requires_share()
def stamps(request: SharedRequest) -> HttpResponse:
    """Give the time stamps that came after the bundle was sealed; they hold nothing of the case and are not counted."""
    bundle = _bundle(request)
    data = beside.archive_of(bundle)
    if data is None:
        messages.info(request, _("No time stamp came later."))
        return redirect(_opened())
    return bytes_response(data, name=f"{bundle.reference}-timestamp.zip", content_type="application/zip")


@requires_share(methods=("GET", "POST"))
@one_use
def receipt(request: SharedRequest) -> HttpResponse:
    """Give the receipt's paper, or take a receipt."""
    if request.method == "POST":
        return _take_receipt(request)
    found = Receipt.objects.visible_to(request.actor).select_related("share__bundle").filter(is_made=True).first()
    if found is None:
        messages.info(request, _("There is no receipt yet."))
        return redirect(_opened())
    data = base64.b64decode(found.document)
    return bytes_response(data, name=f"{found.share.bundle.reference}-receipt.pdf", content_type="application/pdf")


@requires_share(methods=("POST",))
@one_use
def ask(request: SharedRequest) -> HttpResponse:
    """Pass a question on to who works on the case."""
    form = QuestionForm(request.POST)
    with acting_as(request.actor):
        share = _share(request)
        if not form.is_valid():
            return _page(request, share, question_form=form)
        try:
            share_item_actions.ask(
                door_id=request.opened_door_id, text=form.cleaned_data["text"], by=request.actor, at=timezone.now()
            )
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Your question was passed on."))
    return redirect(_opened())


def _take_receipt(request: SharedRequest) -> HttpResponse:
    form = ReceiptForm(request.POST)
    with acting_as(request.actor):
        share = _share(request)
        if not form.is_valid():
            return _page(request, share, receipt_form=form)
        try:
            receipt_actions.give(
                door_id=request.opened_door_id, by=request.actor, at=timezone.now(), **form.cleaned_data
            )
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Thank you. Your receipt was recorded; its paper is ready in a minute."))
    return redirect(_opened())


def _page(request: SharedRequest, share: Share, **forms: Any) -> HttpResponse:
    context = share_context(share, **forms)
    shown = next(iter(forms.values()))
    return render(request, "share/opened.html", {**context, "form": shown}, status=422)


def _not_sent(request: SharedRequest, refusal: Exception) -> HttpResponse:
    if isinstance(refusal, NoneLeft):
        messages.warning(request, _("It was taken as often as was allowed. Ask us for a new link."))
    else:
        messages.error(request, str(refusal))
    return redirect(_opened())


def _bundle(request: SharedRequest) -> Bundle:
    rows = Bundle.objects.visible_to(request.actor).filter(shares__door_id=request.opened_door_id)
    found: Bundle = get_object_or_404(rows)
    return found


def _share(request: SharedRequest) -> Share:
    rows = Share.objects.visible_to(request.actor).select_related("bundle")
    found: Share = get_object_or_404(rows, door_id=request.opened_door_id)
    return found


def _opened() -> str:
    return reverse("share:opened", urlconf=settings.SHARE_URLCONF)
