"""Have reported links captured: one from its own page, or those that are ticked in the list."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import capture as capture_actions
from takedowns.models import ReportedUrl
from takedowns.states import LinkState
from takedowns.views.reported_url import case_of, link_of

MOST_AT_ONCE = 50


@requires(Permission.EVIDENCE_CAPTURE, methods=("POST",))
@one_use
def capture_link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Ask for a capture of one link; media only by who may look at material, and with their tick."""
    with_media = request.user.may(Permission.EVIDENCE_LOOK) and request.POST.get("with_media") == "on"
    with acting_as(request.actor):
        url = link_of(request, reference, url_id)
        try:
            made = capture_actions.request(
                case_id=url.case_id,
                url=url.address,
                link_id=url.pk,
                with_media=with_media,
                by=request.actor,
                at=timezone.now(),
            )
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("takedowns:link", reference, url_id)
    return redirect("evidence:capture", reference, made.pk)


@requires(Permission.EVIDENCE_CAPTURE, methods=("POST",))
@one_use
def capture_links(request: SignedInRequest, reference: str) -> HttpResponse:
    """Ask for captures of the ticked links, never with media; those that cannot be asked for are said."""
    chosen = _chosen(request.POST.getlist("links"))
    with acting_as(request.actor):
        case = case_of(request, reference)
        links = ReportedUrl.objects.visible_to(request.actor).filter(case=case, pk__in=chosen[:MOST_AT_ONCE])
        rows = [link for link in links.exclude(state=LinkState.DROPPED) if link.address]
    asked, refused = 0, ""
    for link in rows:
        try:
            with acting_as(request.actor):
                capture_actions.request(
                    case_id=case.pk,
                    url=link.address,
                    link_id=link.pk,
                    with_media=False,
                    by=request.actor,
                    at=timezone.now(),
                )
            asked += 1
        except IllegalMove as refusal:
            refused = str(refusal)
    if not rows:
        messages.error(request, _("Choose at least one link."))
    if asked:
        said = ngettext("%(n)d page waits to be captured.", "%(n)d pages wait to be captured.", asked) % {"n": asked}
        messages.success(request, said + " " + _("One page of a site at a time, so this may take a while."))
    if refused:
        left = ngettext("%(n)d link was left out:", "%(n)d links were left out:", len(rows) - asked)
        messages.error(request, left % {"n": len(rows) - asked} + " " + refused)
    return redirect("evidence:captures" if asked else "takedowns:links", reference)


def _chosen(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
