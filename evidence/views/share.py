"""Shares: staff make and end one; a recipient comes in by link and secret, sees what is inside, downloads."""

from contextlib import ExitStack
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SharedRequest, SignedInRequest, one_use, open_to_all, requires, requires_share
from cases.permissions import Door, Permission
from cases.sessions import OPENED_DOOR
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import share as share_actions
from evidence.bundles import open_archive
from evidence.forms import DoorForm, ShareForm
from evidence.models import Bundle, Share
from evidence.outgoing import archive_response
from evidence.share_page import share_context
from evidence.views.bundle import bundle_context

SHOWN_ONCE = "share_shown_once"
NOT_OPENED = gettext_lazy(
    "That did not open anything. Check the code. If it is right, wait some minutes and try once more, "
    "or ask us for a new link."
)
"""One text for a wrong code, an unknown, ended or used-up link, and too many tries."""


@requires(Permission.BUNDLE_SHARE, methods=("GET", "POST"), step_up=True)
@one_use
def make(request: SignedInRequest, reference: str, bundle_id: UUID) -> HttpResponse:
    """Make a share; the page that follows shows its link and secret once."""
    if request.method != "POST":
        return redirect("evidence:bundle", reference, bundle_id)
    with acting_as(request.actor):
        rows = Bundle.objects.visible_to(request.actor).filter(case__reference=reference).select_related("case")
        bundle: Bundle = get_object_or_404(rows, pk=bundle_id)
        form = ShareForm(request.POST, reader=bundle.reader)
        if form.is_valid():
            try:
                now = timezone.now()
                fresh = share_actions.make(bundle_id=bundle.pk, by=request.actor, at=now, **form.cleaned_data)
            except IllegalMove as refusal:
                form.add_error(None, str(refusal))
            else:
                return _show_once(request, reference, fresh)
        return render(request, "evidence/bundle_detail.html", bundle_context(request, bundle, form), status=422)


@requires(Permission.BUNDLE_SHARE, methods=("POST",), step_up=True)
@one_use
def reissue(request: SignedInRequest, reference: str, share_id: UUID) -> HttpResponse:
    """Make a fresh link and code for the same person in one press."""
    with acting_as(request.actor):
        rows = Share.objects.visible_to(request.actor).filter(case__reference=reference)
        share: Share = get_object_or_404(rows, pk=share_id)
        try:
            fresh = share_actions.reissue(share_id=share.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("evidence:bundle", reference, share.bundle_id)
    return _show_once(request, reference, fresh)


def _show_once(request: SignedInRequest, reference: str, fresh: share_actions.Made) -> HttpResponse:
    link = reverse("share:door", args=[fresh.token], urlconf=settings.SHARE_URLCONF)
    request.session[SHOWN_ONCE] = {
        "share": str(fresh.share.pk),
        "link": f"{settings.SCHEME}://{settings.STAFF_HOST}{link}",
        "secret": share_actions.spoken_secret(fresh.secret),
    }
    return redirect("evidence:share_made", reference, fresh.share.pk)


@requires(Permission.BUNDLE_SHARE)
def made(request: SignedInRequest, reference: str, share_id: UUID) -> HttpResponse:
    """Show link and secret of the share that was just made, once: they are kept nowhere else."""
    rows = Share.objects.visible_to(request.actor).filter(case__reference=reference).select_related("bundle__case")
    share: Share = get_object_or_404(rows, pk=share_id)
    shown = request.session.pop(SHOWN_ONCE, None)
    if not shown or shown["share"] != str(share.pk):
        messages.info(request, _("Link and code were shown once. If they are lost, end this share and make a new one."))
        return redirect("evidence:bundle", reference, share.bundle_id)
    words = {"link": shown["link"], "secret": shown["secret"]}
    context = case_page(request, share.bundle.case, tab="bundle", share=share, bundle=share.bundle, **words)
    return render(request, "evidence/share_made.html", context)


@requires(Permission.BUNDLE_SHARE, methods=("POST",), step_up=True)
@one_use
def revoke(request: SignedInRequest, reference: str, share_id: UUID) -> HttpResponse:
    """End a share now."""
    with acting_as(request.actor):
        rows = Share.objects.visible_to(request.actor).filter(case__reference=reference)
        share: Share = get_object_or_404(rows, pk=share_id)
        try:
            share_actions.revoke(share_id=share.pk, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The share was ended. Its link opens nothing any more."))
    return redirect("evidence:bundle", reference, share.bundle_id)


@open_to_all("the door of a share: the link is known, the person is not yet", methods=("GET", "POST"))
def door(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the second secret. GET looks nothing up, so a mail scanner learns and spends nothing."""
    if getattr(request, "door", None) != Door.SHARE:
        raise Http404
    form = DoorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened_door = share_actions.enter(token=token, secret=form.cleaned_data["secret"], at=timezone.now())
        except share_actions.NotOpened:
            form.add_error("secret", NOT_OPENED)
        else:
            request.session.flush()
            request.session[OPENED_DOOR] = str(opened_door.pk)
            return redirect(_shared("share:opened"))
    return render(request, "share/door.html", {"form": form}, status=422 if form.is_bound else 200)


@requires_share()
def opened(request: SharedRequest) -> HttpResponse:
    """Show what is inside, how to check it, and how long it stays."""
    share: Share | None = (
        Share.objects.visible_to(request.actor).select_related("bundle").filter(door_id=request.opened_door_id).first()
    )
    if share is None:
        return render(request, "share/closed.html", status=404)
    return render(request, "share/opened.html", share_context(share))


@requires_share(methods=("POST",))
def download(request: SharedRequest) -> HttpResponse:
    """Send the archive and count it. Keys are read before the first byte; the body needs no context."""
    now = timezone.now()
    with ExitStack() as unsent:
        with acting_as(request.actor):
            rows = Bundle.objects.visible_to(request.actor)
            bundle: Bundle = get_object_or_404(rows.filter(shares__door_id=request.opened_door_id))
            try:
                opener = unsent.enter_context(open_archive(bundle))
                share_actions.take_download(door_id=request.opened_door_id, by=request.actor, at=now)
            except VaultError as failure:
                messages.error(request, str(failure))
                return redirect(_shared("share:opened"))
            except share_actions.NoneLeft:
                messages.warning(request, _("All downloads have been taken. Ask us for a new link."))
                return redirect(_shared("share:opened"))
        response = archive_response(opener, bundle.reference)
        unsent.pop_all()
    return response


@requires_share(methods=("POST",))
def leave(request: SharedRequest) -> HttpResponse:
    """End the session of a recipient on this device."""
    request.session.flush()
    return render(request, "share/closed.html")


def _shared(name: str) -> str:
    return reverse(name, urlconf=settings.SHARE_URLCONF)
